"""What the unpacker writes is what overlayfs reads, with and without root."""

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from seatrial.images.digest import digest_of
from seatrial.images.unpack import may_give_files_away, unpack

pytestmark = pytest.mark.kernel

ORDINARY_USER = 65534
LOOK = """
set -e
mount -t overlay overlay -o "$1" "$2"
cd "$2"
find . -mindepth 1 | sort | tr '\\n' ' '
cat kept/file
"""


def layer(root: Path, *names: str) -> Path:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in names:
            info = tarfile.TarInfo(name.rstrip("/"))
            info.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            info.mode = 0o755
            info.size = 0 if name.endswith("/") or ".wh." in name else len(root.name)
            tar.addfile(info, io.BytesIO(root.name.encode()))
    data = buffer.getvalue()
    root.mkdir()
    unpack(io.BytesIO(data), root, diff_id=digest_of(data))
    return root


def make_and_look(directory: Path, options: str) -> str:
    """Two layers under an overlay in fresh user and mount namespaces: what is seen in it."""
    low = layer(directory / "low", "gone", "kept/", "kept/file", "emptied/", "emptied/old",
                "swapped/", "swapped/old")  # fmt: skip
    high = layer(directory / "high", ".wh.gone", "kept/", "kept/file", "emptied/.wh..wh..opq",
                 "emptied/new", ".wh.swapped", "swapped/", "swapped/new")  # fmt: skip
    for name in ("upper", "work", "merged"):
        (directory / name).mkdir()
    mount = f"lowerdir={high}:{low},upperdir={directory}/upper,workdir={directory}/work{options}"
    unshare = ["unshare", "--mount", *(["--user", "--map-root-user"] if options else [])]
    done = subprocess.run(
        [*unshare, "sh", "-c", LOOK, "look", mount, directory / "merged"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SEEN = "./emptied ./emptied/new ./kept ./kept/file ./swapped ./swapped/new high"


@pytest.mark.skipif(not may_give_files_away(), reason="a mount without a user namespace needs root")
def test_roots_overlay_hides_what_is_whited_out(tmp_path: Path) -> None:
    assert make_and_look(tmp_path, "") == SEEN


@pytest.mark.skipif(shutil.which("unshare") is None, reason="this machine has no unshare")
def test_an_ordinary_users_overlay_hides_what_is_whited_out(tmp_path: Path) -> None:
    if not may_give_files_away():
        assert make_and_look(tmp_path, ",userxattr") == SEEN
        return
    directory = Path("/tmp", f"seatrial-overlay-{os.getpid()}")
    directory.mkdir()
    try:
        os.chown(directory, ORDINARY_USER, ORDINARY_USER)
        assert as_ordinary_user(directory) == 0
    finally:
        shutil.rmtree(directory)


def as_ordinary_user(directory: Path) -> int:
    """Make and look in a child that has given root up; its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setresgid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
            os.setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
            code = 0 if make_and_look(directory, ",userxattr") == SEEN else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
