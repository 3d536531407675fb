"""Servers with certificates that nobody trusts, and with some that are as good as real ones."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address
import ssl
import tempfile
from typing import TYPE_CHECKING, override

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from demo.echo import AddressEcho

if TYPE_CHECKING:
    from pathlib import Path


def untrusted_context() -> ssl.SSLContext:
    """Return a server's context with a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context


class TlsEcho(AddressEcho):
    """An echo over TLS that can't prove who it is."""

    @property
    @override
    def url(self) -> str:
        return super().url.replace("http://", "https://")

    @property
    @override
    def tls(self) -> ssl.SSLContext | None:
        return untrusted_context()


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate of 127.0.0.1 that an authority of ours gave out, and its key."""

    certificate: x509.Certificate
    pem: bytes  # with the key

    @property
    def der(self) -> bytes:
        """The certificate as it goes over the line."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def certificate_pin(self) -> str:
        """SHA-256 of the certificate, in hex."""
        return sha256(self.der).hexdigest()

    @property
    def key_pin(self) -> str:
        """SHA-256 of its public key, in base64, as curl and HPKP write it."""
        information = self.certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return f"sha256//{b64encode(sha256(information).digest()).decode()}"

    def context(self) -> ssl.SSLContext:
        """Return a server's context with it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.pem)
            file.flush()
            context.load_cert_chain(file.name)
        return context


class Authority:
    """An authority that is trusted where `REQUESTS_CA_BUNDLE` names its file."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of tests")])
        self._own = self._sign(self._name, self._key.public_key(), is_authority=True)

    def write(self, file: Path) -> Path:
        """Write its certificate."""
        file.write_bytes(self._own.public_bytes(serialization.Encoding.PEM))
        return file

    def give(self, key: ec.EllipticCurvePrivateKey | None = None) -> Shown:
        """Give out a certificate, for a new key if not told otherwise."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        certificate = self._sign(name, key.public_key(), is_authority=False)
        pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return Shown(certificate, pem)

    def _sign(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, *, is_authority: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        issuer = self._key.public_key()
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=is_authority,
            crl_sign=is_authority,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False
            )
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
