"""Every shelf against the one suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.images.build import Blueprint, File, write_archive
from seatrial.images.interface import ImageConfig, Shelf
from seatrial.images.shelf import DirectoryShelf
from seatrial.kit.backoff import Backoff
from seatrial.testing.suites.shelf import BOAT, ShelfSuite


class TestDirectoryShelf(ShelfSuite):
    @pytest.fixture
    def shelf(self, tmp_path: Path) -> Iterator[Shelf]:
        shelf = DirectoryShelf(tmp_path / "shelf", between_attempts=Backoff(first_s=0))
        yield shelf
        shelf.close()

    @pytest.fixture
    def archive(self, tmp_path: Path) -> Path:
        path = tmp_path / "boat.tar"
        layers = [[File("/base", b"wood")], [File("/hello", b"ahoy")]]
        write_archive(path, Blueprint(BOAT, layers, ImageConfig(command=("sail",))))
        return path
