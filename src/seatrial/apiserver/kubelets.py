"""How the API server reaches a node's kubelet: logs, the journal, whatever `nodes/NAME/proxy` asks.

Does: one streamed GET over the node's unix socket. *(edge)*
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp

from seatrial.api.names import explain_dns_subdomain
from seatrial.kit.errors import SeatrialError

# A kubelet on the same machine that does not accept within this is taken for dead, seconds.
CONNECT_LIMIT_S = 5.0


class KubeletUnreachable(SeatrialError):
    """The node's kubelet does not answer, or there is no such node."""


@dataclass(frozen=True, slots=True)
class KubeletAnswer:
    """What the kubelet says, piece by piece. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]


class KubeletConnector(Protocol):
    """A way to every node's kubelet."""

    def stream(
        self, node_name: str, path: str, query: Mapping[str, str]
    ) -> AbstractAsyncContextManager[KubeletAnswer]:
        """GET `path` from that node's kubelet. Raises KubeletUnreachable, `pieces` too."""


class NoKubelets:
    """A cluster without nodes."""

    def stream(
        self, node_name: str, path: str, query: Mapping[str, str]
    ) -> AbstractAsyncContextManager[KubeletAnswer]:
        """Never reaches anybody."""
        del path, query
        raise KubeletUnreachable(f"node {node_name!r} has no kubelet that could be asked")


class UnixKubelets:
    """Kubelets that listen on `NODES_DIR/NODE/kubelet.sock`."""

    def __init__(self, nodes_dir: Path) -> None:
        self._nodes_dir = nodes_dir

    @asynccontextmanager
    async def stream(
        self, node_name: str, path: str, query: Mapping[str, str]
    ) -> AsyncIterator[KubeletAnswer]:
        """GET over the node's socket; leaving the context drops the connection."""
        if explain_dns_subdomain(node_name):
            # A pod's maker chooses spec.nodeName; it must not lead out of our directory.
            raise KubeletUnreachable(f"{node_name!r} is no node's name")
        socket = self._nodes_dir / node_name / "kubelet.sock"
        connector = aiohttp.UnixConnector(str(socket))
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_LIMIT_S)
        async with aiohttp.ClientSession(connector=connector, timeout=limits) as session:
            try:
                response = await session.get(
                    f"http://kubelet{path}", params=query, allow_redirects=False
                )
            except (aiohttp.ClientError, TimeoutError) as error:
                raise KubeletUnreachable(
                    f"the kubelet of node {node_name!r} cannot be reached: {error}"
                ) from error
            async with response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                yield KubeletAnswer(response.status, headers, _pieces(response))


async def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        while piece := await response.content.readany():
            yield piece
    except aiohttp.ClientError as error:
        raise KubeletUnreachable(f"the kubelet went away in the middle: {error}") from error
