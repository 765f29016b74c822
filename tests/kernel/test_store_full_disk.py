"""A disk that is really full: a small tmpfs, in a mount namespace of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(shutil.which("unshare") is None, reason="this machine has no unshare"),
]

STORE = """
import asyncio, sys
from pathlib import Path
from seatrial.store.interface import WriteRefused
from seatrial.store.sqlite import open_store

path, ballast = Path(sys.argv[1], "store.db"), Path(sys.argv[1], "ballast")

async def fill(store):
    written = 0
    while True:
        try:
            await store.create(f"/{written}", lambda _: b"x" * 20_000)
        except WriteRefused as refused:
            return written, refused
        written += 1

async def main():
    ballast.write_bytes(b"x" * 300_000)
    store = open_store(path)
    written, refused = await fill(store)
    assert written > 5 and "disk is full" in str(refused) and refused.remedy
    assert store.revision == written == len((await store.list("")).entries)
    ballast.unlink()
    await store.create("/after", lambda _: b"x" * 20_000)
    await store.aclose()
    again = open_store(path)
    assert again.revision == len((await again.list("")).entries) == written + 1
    await again.aclose()

asyncio.run(main())
"""

SHELF = """
import asyncio, sys
from pathlib import Path
from seatrial.images.build import File, archive_from_files
from seatrial.images.interface import ShelfFailure
from seatrial.images.shelf import DirectoryShelf

root, archive = Path(sys.argv[1], "shelf"), Path(sys.argv[2], "boat.tar")
archive_from_files(archive, reference="boat", files=[File("/hull", b"x" * 2_000_000)])
shelf = DirectoryShelf(root)
try:
    asyncio.run(shelf.load(archive))
except ShelfFailure as failure:
    assert "no space left" in str(failure) and failure.remedy
else:
    raise AssertionError("a megabyte took two")
assert asyncio.run(shelf.list()) == []
assert not list((root / "work").iterdir()) and not list((root / "layers").iterdir())
"""


@pytest.mark.parametrize("script", [STORE, SHELF], ids=["store", "shelf"])
def test_a_full_disk_is_said_and_survived(tmp_path: Path, script: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = 'mount -t tmpfs -o size=1m tmpfs "$1" && shift && exec "$@"'
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    done = subprocess.run(
        ["unshare", "--mount", *user, "sh", "-c", mount, "sh", disk,
         sys.executable, "-c", script, disk, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
