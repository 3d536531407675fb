"""AWS Route 53, API 2013-04-01 (docs.aws.amazon.com/Route53/latest/APIReference)."""

from typing import TYPE_CHECKING, Any, Final, override
from xml.sax.saxutils import escape

from yarl import URL

from ...outcome import RetryAfter
from ...provider import ProviderId, TtlBounds
from ..call import FAULT_WAIT
from ..signatures import Signed, basic_time, sigv4
from .cause import Cause, Denied, Forbidden, Missing, NotDoneError, Refused
from .client import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from .read import MalformedError, at, number, text
from .record_sets import RecordSet, RecordSetClient
from .xml_body import items, parse_xml
from .zone import Spot, Texts, Zone, longest, plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...names import DnsName

_MOST_PAGES: Final = 100
_ROOT: Final = "2013-04-01/hostedzone"
_XMLNS: Final = "https://route53.amazonaws.com/doc/2013-04-01/"
# docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html and the errors of each action.
_CODES: Final[Mapping[str, Callable[[str], Cause]]] = {
    "SignatureDoesNotMatch": Denied,
    "InvalidClientTokenId": Denied,
    "UnrecognizedClientException": Denied,
    "IncompleteSignature": Denied,
    "MissingAuthenticationToken": Denied,
    "ExpiredToken": Denied,
    "AccessDenied": Forbidden,
    "AccessDeniedException": Forbidden,
    "OptInRequired": Forbidden,
    "NoSuchHostedZone": Missing,
}


class Route53Client(RecordSetClient):
    """Public hosted zones of Route 53. Aliases and routed records are never touched."""

    id = ProviderId("route53")
    title = "AWS Route 53"
    api = URL("https://route53.amazonaws.com/")
    fields = (ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    credentials_url = "https://console.aws.amazon.com/iam/home#/security_credentials"
    ttl_bounds = TtlBounds(least=0, most=2147483647, automatic=False)
    texts = Texts.QUOTED

    @override
    async def find_zone(self, name: DnsName) -> Zone | None:
        zones: list[Zone] = []
        query = [("maxitems", "100")]
        for _ in range(_MOST_PAGES):
            value = at(await self.ask("GET", _ROOT, query=query), "ListHostedZonesResponse")
            zones += [
                Zone(plain_name(text(row, "Name")), text(row, "Id").rpartition("/")[2])
                for row in items(value, "HostedZones", "HostedZone")
                if at(row, "Config", "PrivateZone") != "true"
            ]
            if text(value, "IsTruncated") != "true":
                break
            query = [("maxitems", "100"), ("marker", text(value, "NextMarker"))]
        return longest(zones, name)

    @override
    async def read_set(self, spot: Spot) -> RecordSet | None:
        # The list begins at this name and type; a few more show routed records of the same name.
        query = [("name", spot.name), ("type", spot.type), ("maxitems", "10")]
        value = await self.ask("GET", f"{_ROOT}/{spot.zone.id}/rrset", query=query)
        found = [
            row
            for row in items(
                value, "ListResourceRecordSetsResponse", "ResourceRecordSets", "ResourceRecordSet"
            )
            if (plain_name(text(row, "Name")), text(row, "Type")) == (spot.name, spot.type)
        ]
        if not found and "ListResourceRecordSetsResponse" not in value:
            raise MalformedError("ListResourceRecordSetsResponse")
        if not found:
            return None
        if len(found) > 1 or "SetIdentifier" in found[0] or "AliasTarget" in found[0]:
            raise NotDoneError(
                Refused("an alias or records with a routing policy stand there; delete them")
            )
        values = items(found[0], "ResourceRecords", "ResourceRecord")
        return RecordSet(tuple(text(v, "Value") for v in values), number(found[0], "TTL"))

    @override
    async def write_set(self, spot: Spot, new: RecordSet, old: RecordSet | None) -> None:
        values = "".join(
            f"<ResourceRecord><Value>{escape(value)}</Value></ResourceRecord>"
            for value in new.values
        )
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>'
            f'<ChangeResourceRecordSetsRequest xmlns="{_XMLNS}"><ChangeBatch><Changes><Change>'
            f"<Action>{'CREATE' if old is None else 'UPSERT'}</Action><ResourceRecordSet>"
            f"<Name>{escape(spot.name)}.</Name><Type>{spot.type}</Type><TTL>{new.ttl}</TTL>"
            f"<ResourceRecords>{values}</ResourceRecords></ResourceRecordSet></Change></Changes>"
            f"</ChangeBatch></ChangeResourceRecordSetsRequest>"
        )
        value = await self.ask("POST", f"{_ROOT}/{spot.zone.id}/rrset", body=body.encode())
        status = text(value, "ChangeResourceRecordSetsResponse", "ChangeInfo", "Status")
        if status not in {"PENDING", "INSYNC"}:
            raise MalformedError("Status")

    @override
    def decode(self, body: str) -> Any:
        return parse_xml(body)

    @override
    def signed(self, method: str, url: URL, body: bytes) -> dict[str, str]:
        now = self.now()
        headers = {
            "host": url.raw_authority,
            "x-amz-content-sha256": Signed(method, "/", "", {}, body).body_hash,
            "x-amz-date": basic_time(now),
        }
        signed = Signed(method, url.raw_path, url.raw_query_string, headers, body)
        key_id, secret = self.entered("access_key_id"), self.secret("access_key_secret")
        written = sigv4(signed, now, "us-east-1", "route53", key_id, secret)
        return headers | {"Authorization": written}

    @override
    def refusal(self, status: int, value: Any) -> Cause | None:
        match value:
            case {"ErrorResponse": {"Error": {"Code": str(code)} as error}}:
                pass
            case {"InvalidChangeBatch": problem}:
                texts = [str(message) for message in items(problem, "Messages", "Message")]
                return Refused(self.scrubber.clean(", ".join(texts)) or "it gives no reason")
            case _:
                return None
        if code in {"Throttling", "ThrottlingException"}:
            return self.limited()
        shown = self.shown(error)
        if code == "PriorRequestNotComplete":
            return RetryAfter(f"{self.title} is still busy with the last change.", FAULT_WAIT)
        if code in _CODES:
            return _CODES[code](shown)
        return None
