"""The shelf among several processes, dead ones included."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from seatrial.images.build import File, archive_from_files
from seatrial.images.interface import BrokenImage, ImageConfig, ImageFailure
from seatrial.images.locks import open_lock, try_alone
from seatrial.images.records import ImageRecord, decode, encode
from seatrial.images.shelf import DirectoryShelf
from seatrial.images.unpack import Limits


def boat(to: Path, *, content: bytes = b"ahoy") -> Path:
    archive_from_files(to, reference="boat", files=[File("/hello", content)])
    return to


def layers_of(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "layers").iterdir())


async def test_another_shelf_sees_changes_at_once(tmp_path: Path) -> None:
    first, second = DirectoryShelf(tmp_path / "shelf"), DirectoryShelf(tmp_path / "shelf")
    assert await second.find("boat") is None
    await first.load(boat(tmp_path / "boat.tar"))
    assert await second.find("boat") == await first.find("boat") is not None
    await second.remove("boat")
    assert await first.find("boat") is None
    first.close()
    second.close()


LOADER = """
import asyncio, sys
from pathlib import Path
from seatrial.images.shelf import DirectoryShelf
from seatrial.images.interface import ImageConfig
shelf = DirectoryShelf(Path(sys.argv[1]))
async def main():
    await shelf.load(Path(sys.argv[2]))
    for n in range(20):
        await shelf.add_host(f"{sys.argv[3]}-{n}", ImageConfig())
asyncio.run(main())
"""


def load_in_processes(root: Path, archive: Path, names: Sequence[str]) -> list[int]:
    """One process for each name, all at once; their exit codes."""
    loaders = [
        subprocess.Popen([sys.executable, "-c", LOADER, root, archive, name]) for name in names
    ]
    return [loader.wait() for loader in loaders]


async def test_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    archive = boat(tmp_path / "boat.tar")
    assert load_in_processes(tmp_path / "shelf", archive, ["a", "b", "c"]) == [0, 0, 0]
    shelf = DirectoryShelf(tmp_path / "shelf")
    assert len(await shelf.list()) == 1 + 3 * 20
    shelf.close()


async def test_unnamed_layers_go_when_nobody_else_is_here(tmp_path: Path) -> None:
    root = tmp_path / "shelf"
    first = DirectoryShelf(root)
    await first.load(boat(tmp_path / "boat.tar"))
    old = layers_of(root)
    await first.load(boat(tmp_path / "boat.tar", content=b"new"))
    assert len(layers_of(root)) == 2
    DirectoryShelf(root).close()
    assert len(layers_of(root)) == 2, "a container of the first shelf may run from it"
    first.close()
    alone = DirectoryShelf(root)
    assert len(layers_of(root)) == 1
    assert layers_of(root) != old
    assert len(list((root / "blobs/sha256").iterdir())) == 1
    assert (await alone.find("boat")) is not None
    alone.close()


async def test_what_dead_processes_left_is_cleared(tmp_path: Path) -> None:
    root = tmp_path / "shelf"
    DirectoryShelf(root).close()
    for name in ("dead", "alive"):
        (root / "work" / name / "layer/usr").mkdir(parents=True)
        (root / "work" / name / "lock").touch()
    held = open_lock(root / "work/alive/lock")
    assert try_alone(held)
    DirectoryShelf(root).close()
    assert [path.name for path in (root / "work").iterdir()] == ["alive"]
    os.close(held)


async def test_a_missing_layer_is_said_and_can_be_loaded_again(tmp_path: Path) -> None:
    root = tmp_path / "shelf"
    shelf = DirectoryShelf(root)
    await shelf.load(boat(tmp_path / "boat.tar"))
    (root / "layers" / layers_of(root)[0]).rename(tmp_path / "stolen")
    with pytest.raises(BrokenImage, match="lacks its layer"):
        await shelf.find("boat")
    await shelf.load(tmp_path / "boat.tar")
    assert await shelf.find("boat") is not None
    shelf.close()


async def test_limits_hold_and_leave_nothing(tmp_path: Path) -> None:
    shelf = DirectoryShelf(tmp_path / "shelf", limits=Limits(bytes_max=3))
    with pytest.raises(ImageFailure, match="more than 3 bytes"):
        await shelf.load(boat(tmp_path / "boat.tar"))
    assert layers_of(tmp_path / "shelf") == []
    shelf.close()


def test_records_survive_writing() -> None:
    config = ImageConfig(("/a",), ("b",), {"A": "1"}, "/srv", "1:2", "SIGQUIT")
    records = {
        "docker.io/library/b:1": ImageRecord(
            "docker.io/library/b:1", "sha256:x", config, ("sha256:y",), "sha256:z"
        ),
        "docker.io/library/a:1": ImageRecord(
            "docker.io/library/a:1", "host:a", ImageConfig(), is_host=True
        ),
    }
    assert decode(encode(records), what="index") == records
    assert encode(records) == encode(dict(reversed(records.items())))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "damaged"),
        (b"[]", "damaged"),
        (b'{"version":1,"images":{"a":{}}}', "damaged"),
        (b'{"version":2}', "version 2, this program knows 1"),
    ],
)
def test_broken_records_are_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(BrokenImage, match=complaint):
        decode(data, what="index.json")
