"""The cluster's keys, certificate and administrator's token, made once and kept in files of mode
0600.
"""

from dataclasses import dataclass

from seatrial.apiserver.certificates import (
    Tls,
)

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Pki:
    """What the API server is told."""

    ca_pem: str
    signing_key_pem: str
    token: str
    server: Tls
