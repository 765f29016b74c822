"""The suite every shelf must pass.

Derive a class and give it two fixtures: `shelf` yields an empty shelf, `archive` a file that holds
the image `docker.io/library/boat:v1` of two layers, whose upper one has `/hello`, and whose config
has the command `sail`.
"""

import asyncio
from pathlib import Path

import pytest

from seatrial.images.interface import (
    BrokenImage,
    ImageConfig,
    ImageMissing,
    InvalidImageName,
    PullFailure,
    Shelf,
)

BOAT = "docker.io/library/boat:v1"


class ShelfSuite:
    """Names in, layers out."""

    async def test_an_empty_shelf_has_nothing(self, shelf: Shelf) -> None:
        assert await shelf.list() == []
        assert await shelf.find("boat") is None

    async def test_a_loaded_image_is_found_by_any_spelling(
        self, shelf: Shelf, archive: Path
    ) -> None:
        assert await shelf.load(archive) == [BOAT]
        image = await shelf.find("boat:v1")
        assert image is not None
        assert image == await shelf.find("docker.io/boat:v1") == await shelf.find(BOAT)
        assert (image.reference, image.is_host, image.config.command) == (BOAT, False, ("sail",))
        assert image.image_id.startswith("sha256:")
        assert await shelf.list() == [image]
        assert await shelf.find("boat:v2") is None

    async def test_layers_come_topmost_first(self, shelf: Shelf, archive: Path) -> None:
        await shelf.load(archive)
        image = await shelf.find(BOAT)
        assert image is not None
        assert len(image.layers) == 2
        assert (image.layers[0] / "hello").is_file()
        assert not (image.layers[1] / "hello").exists()

    async def test_loading_again_and_at_once_changes_nothing(
        self, shelf: Shelf, archive: Path
    ) -> None:
        await asyncio.gather(*(shelf.load(archive) for _ in range(4)))
        first = await shelf.list()
        await shelf.load(archive)
        assert await shelf.list() == first
        assert len(first) == 1

    async def test_a_host_image_is_a_name_and_a_command(self, shelf: Shelf) -> None:
        config = ImageConfig(entrypoint=("/usr/bin/python3",), working_directory="/srv")
        image = await shelf.add_host("fortune", config)
        assert (image.is_host, image.layers, image.config) == (True, (), config)
        assert image.image_id == "host:docker.io/library/fortune:latest"
        assert await shelf.find("fortune:latest") == image
        other = await shelf.add_host("fortune", ImageConfig(entrypoint=("/bin/sh",)))
        assert await shelf.find("fortune") == other

    async def test_a_removed_image_is_gone(self, shelf: Shelf, archive: Path) -> None:
        await shelf.load(archive)
        await shelf.remove("boat:v1")
        assert await shelf.find(BOAT) is None
        with pytest.raises(ImageMissing, match=BOAT):
            await shelf.remove("boat:v1")
        await shelf.load(archive)
        assert await shelf.find(BOAT) is not None

    async def test_bad_names_are_refused_everywhere(self, shelf: Shelf) -> None:
        with pytest.raises(InvalidImageName):
            await shelf.find("No Such Name")
        with pytest.raises(InvalidImageName):
            await shelf.pull("No Such Name")
        with pytest.raises(InvalidImageName):
            await shelf.add_host("No Such Name", ImageConfig())

    async def test_what_is_no_archive_is_refused(self, shelf: Shelf, tmp_path: Path) -> None:
        letter = tmp_path / "letter.tar"
        letter.write_bytes(b"dear mother, " * 1000)
        with pytest.raises(BrokenImage, match="no image archive"):
            await shelf.load(letter)
        assert await shelf.list() == []

    async def test_a_registry_that_is_not_there_is_a_pull_failure(self, shelf: Shelf) -> None:
        with pytest.raises(PullFailure, match="cannot pull localhost:1/boat:v1"):
            await shelf.pull("localhost:1/boat:v1")
