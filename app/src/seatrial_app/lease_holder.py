"""Under which name a pod holds its leases: `db-0_<uid of the pod>`.

Does: find the pod's name and uid in the environment (downward API) or in the service account's
token, which the kubelet binds to the pod.
Does not: verify the token: it is our own.
Holds: two pods never have one identity, not even a StatefulSet's old and new `db-0`; a container
that restarts in its pod keeps it, and so need not wait for its own lease to run out.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial_app.identity import NAME_VARIABLE
from seatrial_app.lease_api import ACCOUNT

UID_VARIABLE = "POD_UID"


@dataclass(frozen=True)
class Holder:
    """A pod as a holder of leases."""

    pod_name: str
    uid: str

    @property
    def identity(self) -> str:
        return f"{self.pod_name}_{self.uid}"


def find_holder(environ: Mapping[str, str] = os.environ, *, account: Path = ACCOUNT) -> Holder:
    """Who we are (edge). Without a uid a random one stands for this process alone."""
    try:
        token = (account / "token").read_text(encoding="utf-8")
    except OSError:
        token = ""
    name, uid = parse_pod_of_token(token)
    name = environ.get(NAME_VARIABLE) or name or socket.gethostname()
    return Holder(name, environ.get(UID_VARIABLE) or uid or secrets.token_hex(8))


def parse_pod_of_token(token: str) -> tuple[str, str]:
    """Name and uid of the pod that a service account token is bound to; "" where it is not."""
    payload = [*token.strip().split("."), "", ""][1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        pod = claims["kubernetes.io"]["pod"]
        return str(pod["name"]), str(pod["uid"])
    except (ValueError, KeyError, TypeError):
        return "", ""
