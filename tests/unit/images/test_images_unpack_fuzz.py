"""Whatever names and links a layer has, nothing outside of its directory is touched."""

import contextlib
import io
import tarfile
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.images.digest import digest_of
from seatrial.images.interface import BrokenImage
from seatrial.images.unpack import remove_tree, unpack

PART = st.sampled_from(["a", "b", "c", "..", ".", "", ".wh.a", ".wh..wh..opq", "victim"])
PATH = st.lists(PART, min_size=1, max_size=4).map("/".join)
TARGET = st.one_of(PATH, st.sampled_from(["/", "..", "../victim", "../victim/file", "/a/b"]))
KIND = st.sampled_from(
    [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE]
)
ENTRIES = st.lists(st.tuples(KIND, PATH, TARGET), max_size=8)


def layer(entries: list[tuple[bytes, str, str]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for kind, name, target in entries:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mode = kind, target, 0o700
            data = b"evil" if kind == tarfile.REGTYPE else b""
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def census(root: Path) -> list[tuple[str, int, int, bytes]]:
    """Every path outside the layer, with what a breach would change."""
    found = []
    for path in [root, *sorted(root.rglob("*"))]:
        if path == root / "layer" or (root / "layer") in path.parents:
            continue
        status = path.lstat()
        data = path.read_bytes() if path.is_file() else b""
        found.append((str(path), status.st_mode, status.st_nlink, data))
    return found


@settings(max_examples=300, deadline=None)
@given(ENTRIES)
def test_nothing_outside_is_touched(entries: list[tuple[bytes, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "victim").mkdir()
        (root / "victim/file").write_bytes(b"innocent")
        (root / "layer").mkdir()
        before = census(root)
        data = layer(entries)
        with contextlib.suppress(BrokenImage):
            unpack(io.BytesIO(data), root / "layer", diff_id=digest_of(data), keep_owners=False)
        assert census(root) == before
        remove_tree(root / "layer")
        assert (root / "victim/file").read_bytes() == b"innocent"
