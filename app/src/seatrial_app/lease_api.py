"""Leases of a real API server, from inside a pod, with the standard library only (edge).

Does: read, create and update one Lease with the pod's service account: its token (read again each
time, because it is rotated), its CA, the API server's address from the environment.
Does not: retry, or decide.
Holds: no wait for the server is longer than the limit given; every failure is one of these errors.

    ApiError                the root
      ├ Unreachable         no answer, or a server that is not well (5xx, 429): try again
      ├ Outdated            someone else wrote first (409), or it is not there (404): read again
      └ Forbidden           401 or 403: needs a Role; the message holds one
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
ANSWER_BYTES_MAX = 1 << 20


class ApiError(Exception):
    """The API could not do what was asked."""


class Unreachable(ApiError):
    """No answer in time, or the server is not well."""


class Outdated(ApiError):
    """Someone else wrote first, or the object is not there."""


class Forbidden(ApiError):
    """The service account may not."""


class LeaseApi(Protocol):
    """What a guard needs of the API. Each raises ApiError."""

    namespace: str

    def read(self, name: str, limit_s: float) -> dict[str, Any] | None:
        """The Lease; None where there is none."""

    def create(self, body: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """Create it; Outdated where it exists."""

    def update(self, body: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """Replace it at its resourceVersion; Outdated where that is not the latest."""


class PodLeaseApi:
    """The API server of the cluster that this pod runs in."""

    def __init__(self, *, account: Path = ACCOUNT, environ: Mapping[str, str] = os.environ) -> None:
        """Raises ApiError outside a pod."""
        try:
            self._host = environ["KUBERNETES_SERVICE_HOST"]
            self._port = int(environ.get("KUBERNETES_SERVICE_PORT") or 443)
            self.namespace = (account / "namespace").read_text(encoding="utf-8").strip()
            self._trust = ssl.create_default_context(cafile=str(account / "ca.crt"))
        except KeyError as missing:
            raise ApiError(f"not in a pod: {missing.args[0]} is not set") from missing
        except (OSError, ValueError) as error:
            raise ApiError(f"no service account of a pod: {error}") from error
        self._token = account / "token"

    def read(self, name: str, limit_s: float) -> dict[str, Any] | None:
        try:
            return self._ask("GET", self._path(name), None, limit_s)
        except Outdated:
            return None

    def create(self, body: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        return self._ask("POST", self._path(), body, limit_s)

    def update(self, body: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        return self._ask("PUT", self._path(body["metadata"]["name"]), body, limit_s)

    def _path(self, name: str = "") -> str:
        place = f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"
        return f"{place}/{name}" if name else place

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None, limit_s: float
    ) -> dict[str, Any]:
        """One request on a connection of its own: one every few seconds is not worth keeping one,
        and a connection that silently died would cost the lease."""
        connection = http.client.HTTPSConnection(
            self._host, self._port, timeout=limit_s, context=self._trust
        )
        try:
            headers = {
                "Authorization": f"Bearer {self._token.read_text(encoding='utf-8').strip()}",
                "Accept": "application/json",
                "Content-Type": "application/json",
                "User-Agent": "seatrial-app",
            }
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            answer = json.loads(response.read(ANSWER_BYTES_MAX) or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"{method} {path}: {error}") from error
        finally:
            connection.close()
        return checked(response.status, answer, method, path)


def checked(status: int, answer: Any, method: str, path: str) -> dict[str, Any]:
    """The answer if it is a success, else the error that it means."""
    if 200 <= status < 300 and isinstance(answer, dict):
        return answer
    message = answer.get("message") if isinstance(answer, dict) else None
    said = f"{method} {path}: {status} {message or 'without a message'}"
    if status in (404, 409):
        raise Outdated(said)
    if status in (401, 403):
        raise Forbidden(f"{said}\n{ROLE}")
    raise Unreachable(said)


ROLE = """the pod's service account needs this Role, and a RoleBinding to it:
  apiVersion: rbac.authorization.k8s.io/v1
  kind: Role
  metadata: {name: single-instance}
  rules:
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [get, create, update]"""
