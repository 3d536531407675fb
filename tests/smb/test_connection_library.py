"""What smbprotocol is relied on for beyond its documented surface: each by name."""

from importlib.metadata import version
import inspect
import json
from pathlib import Path
import threading
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from smbprotocol import Dialects
from smbprotocol.connection import Ciphers, Connection, Request, SigningAlgorithms
from smbprotocol.exceptions import MoreProcessingRequired, SMBResponseException
from smbprotocol.header import NtStatus, SMB2HeaderResponse
from smbprotocol.session import Session, SMB2SessionSetupRequest
from smbprotocol.transport import Tcp
from smbprotocol.tree import TreeConnect
import spnego

from custom_components.smb_ddns_sync.smb.handshake import _CIPHERS, _DIALECTS, _SIGNINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Connect
    from .servers import Place

MANIFEST = Path(__file__).parents[2] / "custom_components/smb_ddns_sync/manifest.json"


def parameters(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_the_version_is_the_one_that_was_read() -> None:
    requirements = json.loads(MANIFEST.read_text())["requirements"]

    assert f"smbprotocol=={version('smbprotocol')}" in requirements
    assert version("smbprotocol") == "1.17.0"


def test_a_transport_opens_nothing_before_it_is_told_to() -> None:
    transport = Tcp("192.0.2.1", 445, 1)

    assert not transport.connected
    assert transport._sock is None


def test_a_connection_takes_whatever_transport_it_is_given() -> None:
    source = inspect.getsource(Connection.connect)

    assert "self.transport = Tcp(" in source
    assert "self.transport.connect()" in source
    assert "target=self._process_message_thread" in source
    assert "self.transport.send(send_data)" in inspect.getsource(Connection._send)
    assert "self.transport.connected" in inspect.getsource(Connection._check_worker_running)


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (Connection.connect, ["preferred_encryption_algos", "preferred_signing_algos"]),
        (Connection.send, ["message", "sid", "tid", "credit_request"]),
        (Connection.receive, ["request", "wait", "timeout", "resolve_symlinks"]),
        (Connection.verify_signature, ["header", "session_id", "force"]),
        (Connection._generate_signature, ["b_header", "signing_key", "message_id", "response"]),
        (Connection._decrypt, ["message"]),
        (Session.__init__, ["username", "password", "require_encryption", "auth_protocol"]),
        (TreeConnect.__init__, ["session", "share_name"]),
        (TreeConnect.connect, ["require_secure_negotiate"]),
    ],
)
def test_what_is_called_has_the_parameters_it_is_called_with(
    function: Callable[..., Any], names: list[str]
) -> None:
    assert set(names) <= set(parameters(function))


def test_a_connection_has_what_is_read_from_it() -> None:
    connection = Connection(uuid4(), "server", require_signing=True)

    assert connection.sequence_window == {"low": 0, "high": 1}
    assert connection.outstanding_requests == {}
    assert connection.session_table == {}
    assert connection.preauth_integrity_hash_value == []
    assert connection.preauth_integrity_session_hash_value == {}
    for name in (
        "dialect",
        "cipher_id",
        "signing_algorithm_id",
        "supports_encryption",
        "server_guid",
        "max_read_size",
        "max_write_size",
        "max_transact_size",
        "_t_exc",
    ):
        assert getattr(connection, name) is None, name
    assert connection.supports_multi_credit is False


def test_a_session_has_the_keys_that_are_taken_from_it() -> None:
    session = Session(Connection(uuid4(), "server"), "user", "password")

    for name in ("signing_key", "encryption_key", "decryption_key", "encrypt_data"):
        assert getattr(session, name) is None, name
    assert session.session_id == 0


def test_a_request_waits_for_its_response() -> None:
    assert "self.response = None" in inspect.getsource(Request.__init__)
    assert "session_id" in parameters(Request)


def test_the_first_step_of_a_sign_in_is_told_by_an_exception_of_its_own() -> None:
    header = SMB2HeaderResponse()
    header["status"] = NtStatus.STATUS_MORE_PROCESSING_REQUIRED

    assert isinstance(SMBResponseException(header), MoreProcessingRequired)


def test_a_sign_in_can_name_the_session_before() -> None:
    request = SMB2SessionSetupRequest()
    request["previous_session_id"] = 7

    assert request.pack()[16:24] == (7).to_bytes(8, "little")


def test_every_dialect_cipher_and_way_of_signing_has_a_name_here() -> None:
    def values(numbers: type) -> set[int]:
        return {value for name, value in vars(numbers).items() if name.isupper()}

    wildcard = {Dialects.SMB_2_WILDCARD}
    assert set(_DIALECTS) == values(Dialects) - wildcard
    assert set(_CIPHERS) == values(Ciphers)
    assert set(_SIGNINGS) == values(SigningAlgorithms)


def test_the_tokens_of_a_sign_in_are_logged_where_they_are_filtered() -> None:
    """The filter knows them by the words "step input" and "step output" in these modules."""
    folder = Path(inspect.getfile(spnego)).parent

    modules = {
        file.stem
        for file in folder.glob("*.py")
        if "b64encode" in (text := file.read_text()) and "log.debug" in text
    }
    assert modules == {"_credssp", "_gss", "_negotiate", "_ntlm", "_sspi"}


def test_no_thread_of_the_library_outlives_the_set_up_of_a_session(
    place: Place, connect: Connect
) -> None:
    connect(place.target).connect()

    assert not [each for each in threading.enumerate() if each.name.startswith("msg_worker")]
