"""The page of the providers says what their descriptions say."""

from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS
from scripts.providers import TARGET, document


def test_the_page_is_what_the_descriptions_make_of_it() -> None:
    assert TARGET.read_text() == document(), "run scripts/providers"


def test_every_provider_has_a_line_and_a_word_on_its_credentials() -> None:
    text = document()

    for description in PROVIDERS.values():
        assert f"| {description.title} | `{description.id}` |" in text
        assert f"- **{description.title}**: " in text
