"""Unpacked layers, one directory each, named by the digest of their plain bytes. (edge)

Does: add a layer, find it, delete those that nobody names. Many processes at once.
Does not: know images.

Holds:
- a directory under `layers/` is whole: it was unpacked elsewhere and came by one rename;
- a place of work belongs to a process that lives, or is deleted at the next opening.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from seatrial.images.locks import alone, open_lock, try_alone
from seatrial.images.unpack import Limits, remove_tree, shelf_failure, unpack
from seatrial.kit.chance import name_suffix
from seatrial.kit.files import private_directory

Opening = Callable[[], BinaryIO]


class Stock:
    """The layers of one shelf."""

    def __init__(self, root: Path, limits: Limits) -> None:
        """Make what is missing under `root`, and clear what dead processes left."""
        self._root = root
        self._limits = limits
        self._layers = private_directory(root / "layers")
        self._work = private_directory(root / "work")
        with alone(self._work_lock):
            for place in sorted(self._work.iterdir()):
                _remove_if_abandoned(place)

    @property
    def bytes_max(self) -> int:
        """The most that one layer may hold."""
        return self._limits.bytes_max

    def path(self, diff_id: str) -> Path:
        """Where that layer is, or would be."""
        return self._layers / diff_id.replace(":", "-")

    def has(self, diff_id: str) -> bool:
        """Whether the layer is here."""
        return self.path(diff_id).is_dir()

    def add(self, diff_id: str, opening: Opening) -> None:
        """Unpack a layer unless it is here. Raises BrokenImage, ShelfFailure."""
        if self.has(diff_id):
            return
        with self.place_of_work() as place, opening() as stream:
            fresh = place / "layer"
            fresh.mkdir()
            fresh.chmod(0o755)  # whatever our mask
            unpack(stream, fresh, diff_id=diff_id, limits=self._limits)
            self._put(fresh, diff_id)

    def sweep(self, wanted: set[str]) -> None:
        """Delete every layer but `wanted`; only for a process that is alone with the shelf."""
        kept = {self.path(diff_id) for diff_id in wanted}
        for path in sorted(self._layers.iterdir()):
            if path not in kept:
                # Out of the way first: half a layer must not be found under its name.
                with self.place_of_work() as place:
                    path.rename(place / "layer")

    @contextmanager
    def place_of_work(self) -> Iterator[Path]:
        """A directory of our own on the shelf's disk, gone afterwards. Raises ShelfFailure."""
        place = self._work / f"{os.getpid()}-{name_suffix(10)}"
        try:
            with alone(self._work_lock):
                place.mkdir(0o700)
                descriptor = open_lock(place / "lock")
                try_alone(descriptor)
        except OSError as error:
            raise shelf_failure(error, f"cannot make {place}") from error
        try:
            yield place
        finally:
            os.close(descriptor)
            remove_tree(place)

    def _put(self, fresh: Path, diff_id: str) -> None:
        try:
            fresh.rename(self.path(diff_id))
        except OSError as error:
            if not self.has(diff_id):  # otherwise another process was quicker with the same bytes
                raise shelf_failure(error, f"cannot keep layer {diff_id}") from error

    @property
    def _work_lock(self) -> Path:
        return self._root / "work.lock"


def _remove_if_abandoned(place: Path) -> None:
    try:
        descriptor = open_lock(place / "lock")
    except FileNotFoundError:  # its owner has just finished with it
        return
    try:
        if try_alone(descriptor):
            remove_tree(place)
    finally:
        os.close(descriptor)
