"""Several shelves seen as one: the first is written to, the others are only looked into."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from seatrial.images.interface import Image, ImageConfig, Shelf


class Shelves:
    """A Shelf over shelves: `verify` puts its own images before the user's, and leaves no trace."""

    def __init__(self, shelves: Sequence[Shelf]) -> None:
        self._shelves = tuple(shelves)

    async def find(self, reference: str) -> Image | None:
        for shelf in self._shelves:
            image = await shelf.find(reference)
            if image is not None:
                return image
        return None

    async def pull(self, reference: str, *, auth: Mapping[str, str] | None = None) -> Image:
        # Into the last one, the user's own, so that the next cluster need not fetch it again.
        return await self._shelves[-1].pull(reference, auth=auth)

    async def load(self, archive: Path) -> list[str]:
        return await self._shelves[0].load(archive)

    async def add_host(self, reference: str, config: ImageConfig) -> Image:
        return await self._shelves[0].add_host(reference, config)

    async def list(self) -> list[Image]:
        found: dict[str, Image] = {}
        for shelf in self._shelves:
            for image in await shelf.list():
                found.setdefault(image.reference, image)
        return list(found.values())

    async def remove(self, reference: str) -> None:
        await self._shelves[0].remove(reference)
