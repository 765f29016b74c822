"""One registry, spoken to over HTTP (OCI distribution, Docker's version 2). (edge)

Does: fetch documents and blobs, with the token or password the registry asks for; try again a few
times when the network or the registry stumbles. Proxies come from the environment.
Does not: push, list, or keep anything.

Holds: bytes that are handed out have the digest and size they were asked by; a password goes to the
registry and to the token service it names, and over plain HTTP only to this machine.

Differs from Kubernetes: plain HTTP is spoken to registries of this machine (localhost, 127.0.0.1),
no other insecure registry can be configured.
"""

import asyncio
import base64
import hashlib
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

import aiohttp

from seatrial.images.challenge import Challenge, parse_challenge
from seatrial.images.digest import Sum, check, is_digest
from seatrial.images.interface import BrokenImage, PullFailure
from seatrial.images.manifest import (
    DOCUMENT_BYTES_MAX,
    INDEXES,
    MANIFESTS,
    Descriptor,
    parse_json,
)
from seatrial.images.reference import DEFAULT_REGISTRY, Reference
from seatrial.kit.backoff import Backoff
from seatrial.kit.errors import Bug
from seatrial.kit.record import get_record

record = get_record("images.registry")
T = TypeVar("T")

# docker.io is a name for people; its registry answers elsewhere.
_HOSTS = {DEFAULT_REGISTRY: "registry-1.docker.io"}
CONNECT_LIMIT_S = 15.0
SILENCE_LIMIT_S = 60.0  # between two pieces of an answer; a whole layer may take long
ATTEMPTS_MAX = 3
PIECE_BYTES = 1024 * 1024

_RETRIED_STATUS = {408, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Document:
    """A manifest or index as it came."""

    data: bytes
    media_type: str
    digest: str


class _Stumble(Exception):
    """The network or the registry stumbled; the same request may succeed later."""


class Registry:
    """The repository of one image, for one pull."""

    def __init__(
        self,
        reference: Reference,
        between_attempts: Backoff,
        *,
        auth: Mapping[str, str] | None = None,
    ) -> None:
        """`auth` has `username` and `password`, when there are any."""
        self._reference = reference
        self._auth = _basic(auth)
        self._between_attempts = between_attempts
        self._authorization = ""
        host = _HOSTS.get(reference.registry, reference.registry)
        self._scheme = "http" if is_this_machine(host) else "https"
        self._base = f"{self._scheme}://{host}/v2/{reference.repository}"
        limits = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_LIMIT_S, sock_read=SILENCE_LIMIT_S
        )
        self._session = aiohttp.ClientSession(timeout=limits, trust_env=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def document(self, version: str) -> Document:
        """The manifest or index of a tag or digest. Raises PullFailure, BrokenImage."""
        return await self._attempts(lambda: self._document(version))

    async def blob(self, descriptor: Descriptor) -> bytes:
        """A small blob, checked. Raises PullFailure, BrokenImage."""
        return await self._attempts(lambda: self._blob(descriptor))

    async def download(self, descriptor: Descriptor, to: Path, *, bytes_max: int) -> None:
        """A blob into a file, checked. Raises PullFailure, BrokenImage, OSError."""
        if descriptor.size > bytes_max:
            raise BrokenImage(f"blob {descriptor.digest} is larger than {bytes_max} bytes")
        await self._attempts(lambda: self._download(descriptor, to))

    async def _document(self, version: str) -> Document:
        accept = ", ".join((*MANIFESTS, *INDEXES))
        async with self._get(f"manifests/{version}", accept) as response:
            data = await _read(response, DOCUMENT_BYTES_MAX, f"manifest {version}")
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            if is_digest(version):
                check(data, version, what=f"manifest {version}")
                digest = version
            return Document(data, response.content_type, digest)

    async def _blob(self, descriptor: Descriptor) -> bytes:
        what = f"blob {descriptor.digest}"
        async with self._get(f"blobs/{descriptor.digest}", "*/*") as response:
            return check(
                await _read(response, DOCUMENT_BYTES_MAX, what), descriptor.digest, what=what
            )

    async def _download(self, descriptor: Descriptor, to: Path) -> None:
        what = f"blob {descriptor.digest}"
        total, size = Sum(descriptor.digest, what=what), 0
        async with self._get(f"blobs/{descriptor.digest}", "*/*") as response:
            file = await asyncio.to_thread(to.open, "wb")
            try:
                async for piece in response.content.iter_chunked(PIECE_BYTES):
                    size += len(piece)
                    if size > descriptor.size:
                        raise BrokenImage(f"{what} is longer than its {descriptor.size} bytes")
                    total.add(piece)
                    await asyncio.to_thread(file.write, piece)
            finally:
                await asyncio.to_thread(file.close)
        total.close()

    async def _attempts(self, ask: Callable[[], Awaitable[T]]) -> T:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return await ask()
            except (aiohttp.ClientError, TimeoutError, _Stumble) as error:
                why = str(error) or type(error).__name__
                if attempt == ATTEMPTS_MAX:
                    raise PullFailure(
                        f"cannot pull {self._reference}: {why}",
                        remedy="look at the network and the registry's name, "
                        "or load the image from an archive",
                    ) from error
                record.info("registry.stumbled", image=str(self._reference), error=why)
                await asyncio.sleep(self._between_attempts.delay_s(attempt))
        raise Bug("the last attempt neither returned nor raised")

    @asynccontextmanager
    async def _get(self, path: str, accept: str) -> AsyncIterator[aiohttp.ClientResponse]:
        async with self._ask(path, accept) as response:
            if response.status != 401:
                self._check(response)
                yield response
                return
            challenge = parse_challenge(response.headers.get("WWW-Authenticate", ""))
        self._authorization = await self._answer(challenge)
        async with self._ask(path, accept) as response:
            self._check(response)
            yield response

    def _ask(self, path: str, accept: str) -> "aiohttp.client._RequestContextManager":
        headers = {"Accept": accept, "Accept-Encoding": "identity"}
        if self._authorization:
            headers["Authorization"] = self._authorization
        return self._session.get(f"{self._base}/{path}", headers=headers)

    def _check(self, response: aiohttp.ClientResponse) -> None:
        """Raises PullFailure for what will not change, _Stumble for what may."""
        name = str(self._reference)
        if response.status in {401, 403}:
            raise PullFailure(
                f"cannot pull {name}: pull access denied, repository does not exist "
                "or may require authorization",
                remedy="check the image's name, or name a pull secret",
            )
        if response.status == 404:
            raise PullFailure(f"cannot pull {name}: not found", remedy="check the name and tag")
        if response.status in _RETRIED_STATUS:
            raise _Stumble(f"{response.url.host} answers {response.status} {response.reason}")
        if response.status != 200:
            raise PullFailure(
                f"cannot pull {name}: {response.url.host} answers "
                f"{response.status} {response.reason}"
            )

    async def _answer(self, challenge: Challenge) -> str:
        """The Authorization header that a challenge wants."""
        if challenge.scheme == "basic" and self._auth:
            return self._auth
        realm = challenge.parameters.get("realm", "")
        if challenge.scheme != "bearer" or not realm.startswith(("https://", "http://")):
            return ""
        headers = {"Authorization": self._auth} if self._auth and self._is_private(realm) else {}
        wanted = {
            name: challenge.parameters[name]
            for name in ("service", "scope")
            if name in challenge.parameters
        }
        async with self._session.get(realm, params=wanted, headers=headers) as response:
            self._check(response)
            data = await _read(response, DOCUMENT_BYTES_MAX, "token")
        return f"Bearer {_token(data)}"

    def _is_private(self, realm: str) -> bool:
        return realm.startswith("https://") or self._scheme == "http"


def is_this_machine(host: str) -> bool:
    """Whether a registry's host (with or without port) is this machine."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


async def _read(response: aiohttp.ClientResponse, bytes_max: int, what: str) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_chunked(PIECE_BYTES):
        size += len(piece)
        if size > bytes_max:
            raise BrokenImage(f"{what} is larger than {bytes_max} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _basic(auth: Mapping[str, str] | None) -> str:
    if not auth or not auth.get("username"):
        return ""
    pair = f"{auth['username']}:{auth.get('password', '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _token(data: bytes) -> str:
    document = parse_json(data, what="token")
    if not isinstance(document, dict):
        raise PullFailure("the registry's token service sent no token")
    token = document.get("token") or document.get("access_token")
    if not isinstance(token, str):
        raise PullFailure("the registry's token service sent no token")
    return token
