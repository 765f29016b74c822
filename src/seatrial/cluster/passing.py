"""Directories of clusters that are made for one command and gone with it.

Does: makes one, removes it at the end of the block; removes those whose makers were killed.
Holds: each maker keeps a lock in its directory for as long as it lives, and so does the cluster in
it; only a directory with locks that nobody holds is removed.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seatrial.cluster.config import Layout
from seatrial.cluster.interrupts import held_back
from seatrial.cluster.state import is_locked
from seatrial.kit.files import held

MAKER = "maker"


@contextmanager
def passing_directory(purpose: str) -> Iterator[Path]:
    """An empty directory that only we can read, for the length of the block."""
    prefix = f"seatrial-{purpose}-"
    for each in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        _remove_forsaken(each)
    directory = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        with held(directory / MAKER):
            yield directory
    finally:
        with held_back():
            if directory.exists():  # the cluster in it may have taken it away already
                shutil.rmtree(directory)


def _remove_forsaken(directory: Path) -> None:
    maker, cluster = directory / MAKER, Layout(directory, directory).lock
    try:
        if maker.exists() and not is_locked(maker) and not is_locked(cluster):
            shutil.rmtree(directory)
    except PermissionError:
        return  # another user's
