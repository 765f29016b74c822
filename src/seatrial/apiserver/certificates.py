"""The cluster's own certificate authority, and the server's certificate signed by it.

Does: makes both once, keeps them in files of mode 0600, makes the server's again when it is about
to expire or must name somebody else. *(edge)*
Holds: keys are elliptic-curve (P-256) and never leave their directory.
"""

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from seatrial.kit.clock import wall_time_s
from seatrial.kit.errors import MachineError
from seatrial.kit.files import private_directory, write_atomic

AUTHORITY_LIFETIME = timedelta(days=3650)
SERVER_LIFETIME = timedelta(days=365)
# A certificate that ends sooner than this is made again at start-up.
RENEWED_BEFORE = timedelta(days=30)
# Clocks of clients may be late by this much.
_BACKDATED = timedelta(hours=1)

SERVER_NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its private key, both PEM."""

    certificate_pem: bytes
    key_pem: bytes


@dataclass(frozen=True, slots=True)
class Tls:
    """Where a server's certificate and key are."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """TLS as our server speaks it. Raises MachineError when the files cannot be used."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # We speak HTTP/1.1 only; clients that would rather have HTTP/2 must know.
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise MachineError(
                f"the certificate {self.certificate} cannot be used: {error}",
                remedy=f"remove {self.certificate.parent}; it is made again",
            ) from error
        return context


@dataclass(frozen=True, slots=True)
class Certificates:
    """The authority's certificate (PEM) and the server's files."""

    ca_pem: str
    server: Tls


def ensure_certificates(
    directory: Path, *, addresses: Sequence[str], names: Sequence[str] = SERVER_NAMES
) -> Certificates:
    """Read what is in `directory`; make what is missing, expiring or names others.

    `addresses` and `names` are those at which clients reach the server. Raises MachineError.
    """
    private_directory(directory)
    authority = _authority(directory)
    server = Tls(directory / "server.crt", directory / "server.key")
    if not _is_good(server, authority, names, addresses):
        pair = issue_server(authority, names=names, addresses=addresses)
        write_atomic(server.key, pair.key_pem)
        write_atomic(server.certificate, pair.certificate_pem)
    return Certificates(authority.certificate_pem.decode(), server)


def _authority(directory: Path) -> KeyPair:
    certificate, key = directory / "ca.crt", directory / "ca.key"
    if certificate.exists() and key.exists():
        return KeyPair(certificate.read_bytes(), key.read_bytes())
    pair = new_authority()
    write_atomic(key, pair.key_pem)
    write_atomic(certificate, pair.certificate_pem)
    return pair


def new_authority() -> KeyPair:
    """A self-signed authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("seatrial-ca")
    certificate = (
        _builder(name, name, key.public_key(), AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return KeyPair(_pem(certificate), _key_pem(key))


def issue_server(authority: KeyPair, *, names: Sequence[str], addresses: Sequence[str]) -> KeyPair:
    """A server's certificate for these names and addresses."""
    ca, ca_key = _load(authority)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(_name("kube-apiserver"), ca.subject, key.public_key(), SERVER_LIFETIME)
        .add_extension(_subjects(names, addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    return KeyPair(_pem(certificate), _key_pem(key))


def _is_good(
    server: Tls, authority: KeyPair, names: Sequence[str], addresses: Sequence[str]
) -> bool:
    if not (server.certificate.exists() and server.key.exists()):
        return False
    try:
        certificate = x509.load_pem_x509_certificate(server.certificate.read_bytes())
        certificate.verify_directly_issued_by(
            x509.load_pem_x509_certificate(authority.certificate_pem)
        )
        subjects = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    lasts = certificate.not_valid_after_utc - _now() > RENEWED_BEFORE
    return lasts and set(subjects.value) == set(_subjects(names, addresses))


def _subjects(names: Sequence[str], addresses: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [
            *(x509.DNSName(name) for name in names),
            *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
        ]
    )


def _load(pair: KeyPair) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate_pem)
        key = serialization.load_pem_private_key(pair.key_pem, password=None)
    except ValueError as error:
        raise MachineError("the cluster's certificate authority cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise MachineError("the cluster's certificate authority has no elliptic-curve key")
    return certificate, key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - _BACKDATED)
        .not_valid_after(_now() + lifetime)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _now() -> datetime:
    return datetime.fromtimestamp(wall_time_s(), UTC)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
