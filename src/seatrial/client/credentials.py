"""Who we say we are: headers that go with each request.

Does: bearer tokens fixed, from a file that may be rotated, or from an exec plugin
(`client.authentication.k8s.io`), kept until it expires.
Does not: client certificates (those are the TLS context's), nor refresh after a 401.
Differs from Kubernetes: an exec plugin that returns a client certificate is refused with a clear
message; plugins are never interactive.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import orjson

from seatrial.client.errors import ClientError
from seatrial.kit.clock import wall_time_s

# How long a plugin may take; cloud logins talk over the network.
PLUGIN_LIMIT_S = 60.0
# A token is thrown away this long before it expires, so that none expires on its way.
EXPIRY_SLACK_S = 30.0
# A rotated token file is read again after this long, as client-go does.
TOKEN_FILE_KEPT_S = 60.0


class CredentialsFailure(ClientError):
    """No token is to be had: the file or the plugin gave none."""


class Credentials(Protocol):
    """Headers that say who we are."""

    async def headers(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class NoCredentials:
    """Nobody; or a client certificate says it."""

    async def headers(self) -> Mapping[str, str]:
        """None."""
        return {}


@dataclass(frozen=True, slots=True)
class Token:
    """A fixed bearer token."""

    token: str = field(repr=False)

    async def headers(self) -> Mapping[str, str]:
        """The bearer header."""
        return _bearer(self.token)


@dataclass(slots=True)
class TokenFile:
    """A bearer token in a file, read again after a minute."""

    path: Path
    _token: str = field(default="", repr=False)
    _read_at: float = 0.0

    async def headers(self) -> Mapping[str, str]:
        """The bearer header; raises CredentialsFailure when the file cannot be read."""
        now = wall_time_s()
        if not self._token or now - self._read_at > TOKEN_FILE_KEPT_S:
            self._token, self._read_at = _read_token(self.path), now
        return _bearer(self._token)


@dataclass(slots=True)
class ExecPlugin:
    """A program that prints an ExecCredential."""

    command: str
    args: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    api_version: str = "client.authentication.k8s.io/v1"
    _token: str = field(default="", repr=False)
    _expires_at: float = 0.0

    async def headers(self) -> Mapping[str, str]:
        """The bearer header; raises CredentialsFailure with what the plugin said."""
        if not self._token or wall_time_s() > self._expires_at - EXPIRY_SLACK_S:
            self._token, self._expires_at = _parse_credential(self.command, await self._run())
        return _bearer(self._token)

    async def _run(self) -> bytes:
        asked = {"apiVersion": self.api_version, "kind": "ExecCredential"}
        info = orjson.dumps({**asked, "spec": {"interactive": False}}).decode()
        environment = {**os.environ, **self.environment, "KUBERNETES_EXEC_INFO": info}
        pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                self.command, *self.args, stdin=null, stdout=pipe, stderr=pipe, env=environment
            )
        except OSError as error:
            why = f"exec plugin {self.command} cannot be run: {error.strerror}"
            raise CredentialsFailure(why, remedy="install it, or mend the kubeconfig") from error
        try:
            async with asyncio.timeout(PLUGIN_LIMIT_S):
                output, errors = await process.communicate()
        except TimeoutError as error:
            why = f"exec plugin {self.command} took longer than {PLUGIN_LIMIT_S:g} s"
            raise CredentialsFailure(why) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            said = errors.decode(errors="replace").strip()
            raise CredentialsFailure(
                f"exec plugin {self.command} failed with code {process.returncode}: {said}"
            )
        return output


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _read_token(path: Path) -> str:
    try:
        token = path.read_text().strip()
    except OSError as error:
        raise CredentialsFailure(f"token file {path}: {error.strerror}") from error
    if not token:
        raise CredentialsFailure(f"token file {path} is empty")
    return token


def _parse_credential(command: str, output: bytes) -> tuple[str, float]:
    """The token and when it ends (epoch seconds; infinity: never)."""
    try:
        status = orjson.loads(output).get("status") or {}
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise CredentialsFailure(f"exec plugin {command} printed no ExecCredential") from error
    token = status.get("token")
    if not token:
        raise CredentialsFailure(
            f"exec plugin {command} gave no token",
            remedy="client certificates from plugins are not supported: use a token",
        )
    ends = status.get("expirationTimestamp")
    if not ends:
        return str(token), float("inf")
    try:
        return str(token), datetime.fromisoformat(str(ends)).timestamp()
    except ValueError as error:
        why = f"exec plugin {command} gave expirationTimestamp {ends!r}, which is no time"
        raise CredentialsFailure(why) from error
