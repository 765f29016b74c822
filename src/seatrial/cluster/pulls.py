"""Pulls for nodes, which cannot reach the machine's network themselves: the control plane pulls.

Does: takes one JSON line, `{"reference": ..., "auth": {...}}`, on a unix socket of mode 0600, pulls
into the shelf that both sides see, and answers `{}` or `{"failure", "message", "remedy"}`.
Holds: a failure keeps its kind across the socket, so that the kubelet can name it.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from seatrial.images.interface import (
    BrokenImage,
    Image,
    ImageFailure,
    ImageMissing,
    InvalidImageName,
    PullFailure,
    Shelf,
    ShelfFailure,
)
from seatrial.kit.files import PRIVATE_FILE
from seatrial.network.connections import Connections

CONNECTIONS_MAX = 64  # pulls that wait for their turn
FAILURES: Mapping[str, type[ImageFailure]] = {
    kind.__name__: kind
    for kind in (InvalidImageName, ImageMissing, PullFailure, BrokenImage, ShelfFailure)
}


class PullServer:
    """The control plane's side, from `start` until `aclose`."""

    def __init__(self, socket: Path, shelf: Shelf) -> None:
        self._socket = socket
        self._shelf = shelf
        self._server: asyncio.Server | None = None
        self._connections = Connections("pulls", self._serve, connections_max=CONNECTIONS_MAX)

    async def start(self) -> None:
        """Listen. Raises OSError when the socket cannot be made."""
        self._socket.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._connections.serve, self._socket)
        self._socket.chmod(PRIVATE_FILE)

    async def aclose(self) -> None:
        """Give up what is under way; layers already taken in stay for the next time."""
        if self._server is not None:
            self._server.close()
        await self._connections.aclose()
        self._socket.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wish = orjson.loads(await reader.readline())
        writer.write(orjson.dumps(await self._pull(wish)) + b"\n")
        await writer.drain()

    async def _pull(self, wish: dict[str, Any]) -> dict[str, str]:
        try:
            await self._shelf.pull(wish["reference"], auth=wish["auth"])
        except ImageFailure as failure:
            name = type(failure).__name__
            return {"failure": name, "message": str(failure), "remedy": failure.remedy}
        return {}


class RemotePuller:
    """A node's side."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def pull(self, reference: str, auth: Mapping[str, str] | None) -> None:
        """Have it pulled into the shelf that both sides see. Raises what a shelf raises."""
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket)
        except OSError as error:
            raise PullFailure(f"the control plane cannot be asked to pull: {error}") from error
        try:
            wish = {"reference": reference, "auth": dict(auth) if auth else None}
            writer.write(orjson.dumps(wish) + b"\n")
            await writer.drain()
            line = await reader.readline()
        finally:
            writer.close()
        if not line:
            raise PullFailure(f"the pull of {reference} was given up: the control plane stops")
        answer = orjson.loads(line)
        if answer:
            kind = FAILURES.get(answer["failure"], PullFailure)
            raise kind(answer["message"], remedy=answer["remedy"])


class NodeShelf:
    """What a node sees of the shelves: the first that has an image gives it; pulls go through.

    `verify` puts a shelf of its own before the user's, and leaves no trace there.
    """

    def __init__(self, shelves: list[Shelf], puller: RemotePuller) -> None:
        self._shelves = shelves
        self._puller = puller

    async def find(self, reference: str) -> Image | None:
        """The image of that name if one of them has it."""
        for shelf in self._shelves:
            image = await shelf.find(reference)
            if image is not None:
                return image
        return None

    async def pull(self, reference: str, *, auth: Mapping[str, str] | None = None) -> Image:
        """Fetch it from its registry. Raises what RemotePuller raises."""
        await self._puller.pull(reference, auth)
        image = await self._shelves[-1].find(reference)
        if image is None:
            raise ImageMissing(f"{reference} was pulled and is gone again")
        return image
