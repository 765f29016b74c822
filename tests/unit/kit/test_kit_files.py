"""Files that must be whole, private, or held by one process."""

import errno
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.kit.backoff import Backoff
from seatrial.kit.errors import MachineError, UsageError
from seatrial.kit.files import Locked, explain_os_error, held, private_directory, write_atomic

HOLD = """
import sys
from pathlib import Path
from seatrial.kit.files import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "file"
    with pytest.raises(MachineError, match="cannot write"):
        write_atomic(missing, b"x")


def test_a_failed_clean_up_does_not_hide_the_failure() -> None:
    with pytest.raises(MachineError, match="not a directory"):
        write_atomic(Path("/dev/null/file"), b"x")


def test_a_full_disk_is_explained() -> None:
    explained = explain_os_error(OSError(errno.ENOSPC, ""), "cannot write /data/file")
    assert str(explained) == "cannot write /data/file: no space left on device"
    assert "free some space" in explained.remedy
    assert explained.exit_code == 3


def test_a_private_directory_is_made_and_checked(tmp_path: Path) -> None:
    made = private_directory(tmp_path / "a" / "b")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="not a directory"):
        private_directory(tmp_path / "file")


def test_a_lock_is_held_by_one_process_and_let_go_by_its_death(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Locked), held(lock):
            pass
        other.kill()
        other.wait()
    with held(lock):
        pass


def test_backoff_grows_to_its_bound() -> None:
    delays = [Backoff(first_s=10).delay_s(failures) for failures in range(8)]
    assert delays == [0, 10, 20, 40, 80, 160, 300, 300]
    assert Backoff(first_s=10).delay_s(10_000) == 300
