"""Files that must be whole, private or held by one process."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seatrial.kit.errors import MachineError, SeatrialError, UsageError

PRIVATE_FILE = 0o600
PRIVATE_DIR = 0o700


class Locked(UsageError):
    """Somebody else holds the lock."""


def write_atomic(path: Path, data: bytes, *, mode: int = PRIVATE_FILE) -> None:
    """Replace `path` by `data` in one step; readers see the old or the new file, never half of one.

    Raises MachineError when the disk is full or the directory cannot be written, UsageError when
    `path` is there and no regular file: a device must not be replaced by one.
    """
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is not a regular file", remedy="choose another place")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        try:
            os.fchmod(descriptor, mode)
            with os.fdopen(descriptor, "wb", closefd=False) as stream:
                stream.write(data)
                stream.flush()
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
    except OSError as error:
        # What hinders the clean-up (the same full disk, say) must not hide the first failure.
        with suppress(OSError):
            temporary.unlink()
        raise explain_os_error(error, f"cannot write {path}") from error


def private_directory(path: Path) -> Path:
    """Make `path` (and its parents) with mode 0700, or check that it is a directory of ours."""
    try:
        path.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise UsageError(f"{path} is not a directory", remedy="choose another place") from error
    except OSError as error:
        raise explain_os_error(error, f"cannot make the directory {path}") from error
    # Neither it nor a link to it: a place in /tmp may have been made by somebody before us.
    if {path.stat().st_uid, path.lstat().st_uid} != {os.geteuid()}:
        raise UsageError(f"{path} belongs to another user", remedy="choose another place")
    return path


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file `path` exclusively; the kernel lets go when the process ends, however it
    ends.

    Raises Locked at once when another process holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Locked(f"{path} is held by another process") from error
        yield
    finally:
        os.close(descriptor)


def explain_os_error(error: OSError, doing: str) -> SeatrialError:
    """An operational error with a remedy in place of the kernel's bare number."""
    remedies = {
        errno.ENOSPC: "free some space on that disk, or choose another place",
        errno.EDQUOT: "your disk quota is used up: free some space, or choose another place",
        errno.EACCES: "check the permissions of that place, or choose another one",
        errno.EPERM: "check the permissions of that place, or choose another one",
        errno.EROFS: "that file system is read-only: choose another place",
        errno.ENAMETOOLONG: "choose a place with a shorter path",
        errno.EMFILE: "raise the limit of open files (ulimit -n)",
    }
    remedy = remedies.get(error.errno or 0, "")
    return MachineError(f"{doing}: {os.strerror(error.errno or 0).lower()}", remedy=remedy)
