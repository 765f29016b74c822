"""Asks a container over HTTP, as the kubelet does.

Does: GET with the probe's headers on a connection of its own; success is 200 to 399; redirects are
followed on the same host.
Does not: verify certificates, use proxies, keep connections.
"""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from seatrial.kubelet.errors import KubeletFailure
from seatrial.kubelet.probes.outcome import Outcome, failure, success

USER_AGENT = "kube-probe/1.37"
# As much of an answer's body as is read, and may appear in an event.
BODY_BYTES_MAX = 10 * 1024
REDIRECTS_MAX = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_ERRNO_WORDS = {111: "connection refused", 113: "no route to host", 101: "network is unreachable"}


def url_of(action: Mapping[str, Any], *, pod_ip: str, port: int) -> URL:
    """Where the action asks; the host defaults to the pod's address."""
    scheme = str(action.get("scheme") or "HTTP").lower()
    host = action.get("host") or pod_ip
    path = str(action.get("path") or "/")
    bracketed = f"[{host}]" if ":" in host else host
    slash = "" if path.startswith("/") else "/"
    return URL(f"{scheme}://{bracketed}:{port}{slash}{path}", encoded=True)


def headers_of(action: Mapping[str, Any]) -> dict[str, str]:
    """The action's headers, with the kubelet's own where it sets none."""
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "close"}
    for header in action.get("httpHeaders") or []:
        name = str(header["name"])
        replaced = {key for key in headers if key.lower() == name.lower()}
        headers = {key: text for key, text in headers.items() if key not in replaced}
        headers[name] = str(header.get("value", ""))
    return {key: text for key, text in headers.items() if text}


class HttpFailure(KubeletFailure):
    """No answer, in the words of Go's HTTP client."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `left_host`: a redirect to another host, which was not followed."""

    status: int
    body: str
    left_host: bool = False


async def ask(url: URL, headers: Mapping[str, str], *, timeout_s: float) -> Outcome:
    """One probe."""
    try:
        answer = await fetch(url, headers, timeout_s=timeout_s)
    except HttpFailure as error:
        return failure(str(error))
    if answer.left_host:
        return success(f"Probe terminated redirects, Response body: {answer.body}")
    if 200 <= answer.status < 400:
        return success(answer.body)
    return failure(f"HTTP probe failed with statuscode: {answer.status}")


async def fetch(url: URL, headers: Mapping[str, str], *, timeout_s: float) -> Answer:
    """One GET, redirects on the same host followed. Raises HttpFailure."""
    connector = aiohttp.TCPConnector(ssl=False, force_close=True, family=socket.AF_UNSPEC)
    try:
        async with (
            asyncio.timeout(timeout_s),
            aiohttp.ClientSession(
                connector=connector, skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
                cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None),
            ) as session,
        ):  # fmt: skip
            return await _follow(session, url, headers)
    except TimeoutError as error:
        waiting = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        raise HttpFailure(f'Get "{url}": {waiting}') from error
    except (aiohttp.ClientError, OSError) as error:
        raise HttpFailure(f'Get "{url}": {explain(error, url)}') from error


async def _follow(session: aiohttp.ClientSession, url: URL, headers: Mapping[str, str]) -> Answer:
    here = url
    for _ in range(REDIRECTS_MAX + 1):
        async with session.get(here, headers=headers, allow_redirects=False) as response:
            body = (await response.content.read(BODY_BYTES_MAX)).decode("utf-8", "replace")
            target = response.headers.get("Location")
            if response.status not in REDIRECTS or not target:
                return Answer(response.status, body)
            here = here.join(URL(target))
            if here.host != url.host:
                return Answer(response.status, body, left_host=True)
    raise HttpFailure(f'Get "{url}": stopped after {REDIRECTS_MAX} redirects')


def explain(error: BaseException, url: URL) -> str:
    """The failure in the words of Go's HTTP client, which operators search for."""
    place = f"{url.host}:{url.port}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"dial tcp: lookup {url.host}: no such host"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno or 0
        words = _ERRNO_WORDS.get(number, (error.os_error.strerror or "connection failed").lower())
        return f"dial tcp {place}: connect: {words}"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "EOF"
    if isinstance(error, ConnectionResetError):
        return f"read tcp {place}: read: connection reset by peer"
    if isinstance(error, aiohttp.ClientOSError):
        return f"read tcp {place}: read: {(error.strerror or 'failed').lower()}"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"net/http: HTTP/1.x transport connection broken: {error.message.strip()}"
    return str(error) or type(error).__name__
