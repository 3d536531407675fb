"""Write docs/providers.md from the descriptions of the providers.

A test fails while the file says anything else than this would write.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.provider import FamilyRule
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS

if TYPE_CHECKING:
    from datetime import timedelta

    from custom_components.smb_ddns_sync.ddns.provider import ProviderDescription

ROOT: Final = Path(__file__).parents[1]
TARGET: Final = ROOT / "docs" / "providers.md"
_TEXTS: Final = ROOT / "custom_components" / "smb_ddns_sync" / "translations" / "en.json"

_FAMILY_RULES: Final = {
    FamilyRule.APART: "one call each",
    FamilyRule.TOGETHER: "one call, what changed",
    FamilyRule.ALWAYS_BOTH: "one call, always both",
}

_INTRODUCTION: Final = """\
# Providers

<!-- Written by scripts/providers from the descriptions in ddns/providers; a change here is lost.
-->

{count} providers, in the order in which the form shows them. The form of each is made from the
same description: it asks for the fields below, links to where the credentials are made and says
which rights they need.

- **Families**: whether a provider takes IPv4 and IPv6 addresses, and how both go to it. *Always
  both*: a family that is left out of a call is deleted there, or may be; so both are sent
  whenever one changes.
- **Checked**: credentials and names are proved before a record is saved. Where there is no way to
  ask without an update, wrong credentials show at the first update; nothing more is sent then.
- **Least interval**: no two calls for one name come sooner. No call is made at all while nothing
  changes.
- **Notes**: an expiry, a limit of the provider, whether credentials are of one name only, and
  whether [two sites can share a name](setup.md#a-name-that-two-sites-share): that takes text
  records, read once a minute.

"""

_ADDING: Final = """
## Adding a provider that takes one call

1. Find out how it works, from its own documentation: where the call goes, where the credentials,
   the name and the addresses stand in it, what becomes of a family that is left out, every word
   of its answers. What cannot be established is not guessed; a provider whose success cannot be
   told from a web page is not added.
2. Add one row to a module of `ddns/providers/table/`. The form, the texts, this page and the
   manners follow from it. The docstring of `OneGet` (`ddns/providers/one_get.py`) names the
   placeholders. Only a new kind of credential needs a text: its note, in `selector.provider_note`
   of the translations.
3. Add one row to `tests/ddns/one_get_rows.py`, written from the documentation and not from the
   first row: the complete request, and each answer with what it means. The contract suite runs on
   it; a provider without that row fails.
4. Run `scripts/providers` and `scripts/test tests/ddns`.
"""

_NOT_HERE: Final = """
## Not here, and why

What is listed here is known, and left out on purpose. Where one call is all that it takes, a
custom URL reaches it, without what the forms above promise. Documents, other programs' sources and
their issues were searched for each; what is said of it is what they gave.

Of the 121 services that ddclient, inadyn, ddns-updater, ddns-go and Home Assistant's own
integrations know, 106 are here, Yandex as Yandex 360. Three are closed. Four are left out because
of what they do: dy.fi and DHIS publish the address of the caller, DNSEver and 3322 were not seen to
speak TLS. Of the other eight too little could be established.
"""

_REASONS: Final = {
    "Aliyun ESA": (
        "A record holds the addresses of both families in one value. Of the programs that ask it, "
        "one writes the address of one family over those of the other; how the two are to stand "
        "side by side its documents do not tell. Aliyun DNS is here."
    ),
    "ClouDNS DynURL": (
        "It publishes the address that a call comes from, whatever the call says, so a wrong one "
        "would stand there before it could be noticed. The HTTP API of ClouDNS is here."
    ),
    "CloudXNS": "The service is closed.",
    "ddns.fm": (
        "The three programs that ask it send the same call and take HTTP 200 for a success, "
        "whatever it says. What it answers to a wrong key, or for a foreign name, is nowhere "
        "told; its own page could not be had."
    ),
    "DHIS": (
        "It publishes the address that a call comes from, and takes the name away when no call "
        "comes for six minutes: a call without a change, all day long."
    ),
    "DNSEver": (
        "Its answers are documented, but only over plain HTTP, which would show the password to "
        "everybody on the way: the ten programs that were looked at ask it so, and none by TLS."
    ),
    "DNSmax, ThatIP": (
        "inadyn takes an answer that holds the address for a success; no document of theirs, and "
        "no word of a refusal, was found."
    ),
    "DuiaDNS": (
        "It answers with a page in which programs look for a name or an address. A refusal is "
        "known to none of them; one notes that small mistakes are answered as failures of the "
        "server (HTTP 500), so a wrong password would be sent again and again."
    ),
    "dy.fi": (
        "It publishes the address that a call comes from, as its specification says. A call that "
        "goes out over another line would publish a wrong one before its answer shows it."
    ),
    "Dynadot's full API": (
        "Its call that adds records is documented, its deletion is not, and a call for all records "
        "of a domain would cost them all by a mistake. Dynadot's dynamic DNS is here."
    ),
    "Eranet, Now.cn, TNET.HK": (
        "A program shows how they are asked and signs as an old API of Aliyun wants it; it takes "
        "any answer without an error for a success. The one page of Eranet that was found is of "
        "another, unsigned API over plain HTTP. How wrong credentials are refused is not told."
    ),
    "Google Domains": "The service is closed.",
    "Hetzner's old DNS console": "The service is closed. Hetzner Cloud is here.",
    "mydns.jp": (
        "It takes an address by TLS, but answers with a page; inadyn, which knows it, takes no "
        "answer at all for a success, ddclient did not take it in, and in ten other programs "
        "none reads what the page says."
    ),
    "3322 (Pubyun)": (
        "Its words are documented, but it was seen without a valid certificate, and every manual "
        "that was found asks it over plain HTTP."
    ),
}


def document() -> str:
    """Return the whole page."""
    notes = json.loads(_TEXTS.read_text(encoding="utf-8"))["selector"]["provider_note"]["options"]
    heads = ("Provider", "Id", "Fields", "Families", "Checked", "Least interval", "Notes")
    lines = [_INTRODUCTION.format(count=len(PROVIDERS)), _line(heads), _line(["---"] * len(heads))]
    lines += [_row(description) for description in PROVIDERS.values()]
    lines += ["\n## Credentials\n"]
    for description in PROVIDERS.values():
        link = f" [Make them here]({url})." if (url := description.credentials_url) else ""
        lines.append(f"- **{description.title}**: {notes[str(description.note)]}{link}")
    reasons = [_line(("Provider", "Why")), _line(["---"] * 2), *map(_line, _REASONS.items())]
    return "\n".join((*lines, _ADDING + _NOT_HERE, *reasons)) + "\n"


def _row(description: ProviderDescription) -> str:
    fields = [
        f"`{field.key}`" if field.required else f"`{field.key}` (optional)"
        for field in description.fields
    ]
    families = " + ".join(f"IPv{f.value}" for f in Family if f in description.families)
    if description.families == frozenset(Family):
        families += f"; {_FAMILY_RULES[description.family_rule]}"
    return _line(
        (
            description.title,
            f"`{description.id}`",
            ", ".join(fields),
            families,
            "yes" if description.can_check else "no",
            _span(description.least_interval),
            "; ".join(_notes(description)),
        )
    )


def _notes(description: ProviderDescription) -> list[str]:
    notes: list[str] = []
    if (expiry := description.expiry) is not None:
        by = "an update renews it" if expiry.renewed_by_update else "confirm it at the provider"
        notes.append(f"expires after {_span(expiry.after)}: {by}")
    if (budget := description.budget) is not None:
        notes.append(f"at most {budget.calls} calls in {_span(budget.within)}")
    if description.one_name:
        notes.append("one name per record")
    if description.keeps_texts:
        notes.append("two sites can share a name")
    return notes


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}{'s' if seconds != size else ''}"
    raise ValueError(f"no whole number of seconds: {span}")


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(PROVIDERS)} providers")
