"""The cluster's keys, certificate and administrator's token; made once, in files of mode 0600."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seatrial.apiserver.certificates import Tls, ensure_certificates
from seatrial.apiserver.tokens import new_signing_key
from seatrial.cluster.plan import API_RELAY_IP, API_SERVICE_IP
from seatrial.kit.files import private_directory, write_atomic

TOKEN_BYTES = 32
ADDRESSES = ("127.0.0.1", API_SERVICE_IP, API_RELAY_IP)


@dataclass(frozen=True, slots=True)
class Pki:
    """What the API server is told."""

    ca_pem: str
    signing_key_pem: str
    token: str
    server: Tls


def ensure_pki(directory: Path) -> Pki:
    """Read what is there, make what is missing. Raises MachineError."""
    private_directory(directory)
    certificates = ensure_certificates(directory, addresses=ADDRESSES)
    return Pki(
        ca_pem=certificates.ca_pem,
        signing_key_pem=_kept(
            directory / "service-account.key", lambda: new_signing_key().decode()
        ),
        token=_kept(directory / "token", lambda: secrets.token_urlsafe(TOKEN_BYTES)),
        server=certificates.server,
    )


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists() or not path.read_text().strip():
        write_atomic(path, make().encode())
    return path.read_text()
