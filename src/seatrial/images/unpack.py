"""A layer's tar stream, written into a directory of its own in overlayfs' form. (edge)

Does: files, directories, symbolic and hard links, pipes, modes, times; owners and file capabilities
when we may give files away; whiteouts as 0/0 character devices, opaque directories as extended
attributes in both forms (`trusted.` for root's mounts, `user.` for `userxattr` mounts).
Does not: make device nodes (each is skipped with a record).

Holds: nothing outside of the directory is written, read or followed, whatever the tar says;
symbolic links on the way to an entry are followed inside the layer only; no layer is larger than
its limits.

Differs from Kubernetes: without root, all files of an image belong to the user who unpacked it.
"""

import errno
import os
import shutil
import stat
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from seatrial.images.compression import DAMAGE, plain
from seatrial.images.digest import Checked, Sum
from seatrial.images.interface import BrokenImage, ShelfFailure
from seatrial.images.layers import Opaque, Parts, Place, Skip, Whiteout, meaning, split
from seatrial.kit.files import explain_os_error
from seatrial.kit.record import get_record

record = get_record("images.unpack")

COPY_BYTES = 1024 * 1024
# As the kernel's own limit of symbolic links in one path.
LINKS_FOLLOWED_MAX = 40
TIME_S_MAX = 2.0**33  # beyond it some file systems wrap around
# A file system without extended attributes, or one that refuses this name.
_NO_XATTR = {errno.EPERM, errno.EOPNOTSUPP, errno.EACCES, errno.EINVAL}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one layer may hold, unpacked."""

    bytes_max: int = 16 * 1024**3
    entries_max: int = 1_000_000


def unpack(
    stream: BinaryIO,
    into: Path,
    *,
    diff_id: str,
    limits: Limits | None = None,
    keep_owners: bool | None = None,
) -> None:
    """Write the layer in `stream` (plain or compressed) into the empty directory `into`.

    `diff_id` is the digest its plain bytes must have; `keep_owners` None asks this machine.
    Raises BrokenImage, ShelfFailure; what is half done stays for the caller to throw away.
    """
    what = f"layer {diff_id}"
    keep = may_give_files_away() if keep_owners is None else keep_owners
    try:
        tar_bytes = Checked(plain(stream, what=what), total := Sum(diff_id, what=what))
        _Unpacker(into, limits or Limits(), keep_owners=keep, what=what).run(tar_bytes)
        while tar_bytes.read(COPY_BYTES):
            pass  # what follows the tar's end mark counts for the digest
        total.close()
    except (tarfile.TarError, ValueError, OverflowError, *DAMAGE) as error:
        raise BrokenImage(f"{what} cannot be read: {error}") from error
    except OSError as error:
        raise shelf_failure(error, f"cannot unpack {what} into {into}") from error


def may_give_files_away() -> bool:
    """Whether we may make files of any owner: root, and not in a user namespace's part of users."""
    if os.geteuid() != 0:
        return False
    try:
        inside, outside, count = Path("/proc/self/uid_map").read_text().split()[:3]
    except (OSError, ValueError):
        return False
    return inside == outside == "0" and int(count) == 2**32 - 1


class _Unpacker:
    def __init__(self, root: Path, limits: Limits, *, keep_owners: bool, what: str) -> None:
        self._root = root
        self._limits = limits
        self._keep_owners = keep_owners
        self._what = what
        self._bytes = 0
        self._entries = 0
        # Modes and times of directories come last: a read-only one must still be filled.
        self._directories: dict[Path, tarfile.TarInfo] = {}
        # Where names led before, so that a layer's files do not walk the same way each.
        self._known_ways: dict[Parts, Path] = {}

    def run(self, stream: Checked) -> None:
        with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|") as tar:
            for member in tar:
                self._count(member)
                self._do(tar, member)
        for path, member in reversed(self._directories.items()):
            self._dress(path, member)
        self._root.chmod(stat.S_IMODE(self._root.stat().st_mode) | stat.S_IRWXU)

    def _count(self, member: tarfile.TarInfo) -> None:
        self._entries += 1
        self._bytes += member.size if member.isfile() else 0
        if self._entries > self._limits.entries_max:
            raise BrokenImage(f"{self._what} has more than {self._limits.entries_max} entries")
        if self._bytes > self._limits.bytes_max:
            raise BrokenImage(f"{self._what} has more than {self._limits.bytes_max} bytes of files")

    def _do(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        match meaning(member):
            case Skip(name, reason):
                record.info("layer.entry_skipped", layer=self._what, entry=name, reason=reason)
            case Opaque(parts):
                _make_opaque(self._directory(parts))
            case Whiteout(parts):
                self._hide(parts)
            case Place(parts):
                self._place(tar, member, parts)

    def _hide(self, parts: Parts) -> None:
        """A whiteout hides what is below, not what this layer itself has."""
        path = self._directory(parts[:-1]) / parts[-1]
        if _is_directory(path):
            _make_opaque(path)
        elif not os.path.lexists(path):
            os.mknod(path, stat.S_IFCHR, os.makedev(0, 0))

    def _place(self, tar: tarfile.TarFile, member: tarfile.TarInfo, parts: Parts) -> None:
        if member.isdir():
            self._directories[self._make_directory(parts)] = member
            return
        if not parts:
            raise BrokenImage(f"{self._what} has an entry {member.name!r} that is no directory")
        path = self._free(parts)
        if member.issym():
            path.symlink_to(member.linkname)
        elif member.islnk():
            self._hard_link(path, member)
            return
        elif member.isfifo():
            os.mkfifo(path, 0o600)
        else:
            self._file(path, tar.extractfile(member))
        self._dress(path, member)

    def _file(self, path: Path, source: IO[bytes] | None) -> None:
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
        with os.fdopen(descriptor, "wb") as target:
            if source is not None:
                shutil.copyfileobj(source, target, COPY_BYTES)

    def _hard_link(self, path: Path, member: tarfile.TarInfo) -> None:
        target = split(member.linkname)
        source = self._directory(target[:-1]) / target[-1] if target else self._root
        try:
            os.link(source, path, follow_symlinks=False)
        except (FileNotFoundError, PermissionError) as error:
            raise BrokenImage(
                f"{self._what}: {member.name!r} links to {member.linkname!r}, which is no file"
            ) from error

    def _dress(self, path: Path, member: tarfile.TarInfo) -> None:
        """Owner, then mode (a new owner clears set-id bits), then capabilities, then times."""
        if self._keep_owners:
            os.lchown(path, member.uid, member.gid)
        if not member.issym():
            path.chmod(stat.S_IMODE(member.mode))
            self._set_attributes(path, member)
        mtime_ns = int(min(max(float(member.mtime), 0.0), TIME_S_MAX) * 1e9)
        os.utime(path, ns=(mtime_ns, mtime_ns), follow_symlinks=False)

    def _set_attributes(self, path: Path, member: tarfile.TarInfo) -> None:
        for key, value in member.pax_headers.items():
            name = key.removeprefix("SCHILY.xattr.")
            # No other name: with `overlay.` attributes a layer could lie to the kernel.
            if name != key and name == "security.capability" and self._keep_owners:
                _try_attribute(path, name, value.encode("utf-8", "surrogateescape"))

    def _make_directory(self, parts: Parts) -> Path:
        if not parts:
            return self._root
        path = self._directory(parts[:-1]) / parts[-1]
        if not _is_directory(path):
            hides = _is_whiteout(path)
            self._remove(path)
            _make_open(path)
            if hides:
                _make_opaque(path)
        return path

    def _free(self, parts: Parts) -> Path:
        """A path where nothing is; a later entry of a layer replaces an earlier one."""
        path = self._directory(parts[:-1]) / parts[-1]
        self._remove(path)
        return path

    def _remove(self, path: Path) -> None:
        if _is_directory(path):
            shutil.rmtree(path)
            self._known_ways.clear()
            for inside in [known for known in self._directories if known.is_relative_to(path)]:
                del self._directories[inside]
        else:
            path.unlink(missing_ok=True)

    def _directory(self, parts: Parts) -> Path:
        """The directory `parts` inside the layer, made where it is missing.

        Symbolic links are walked by hand, with the layer's root as "/", so none leads out.
        """
        known = self._known_ways.get(parts)
        if known is not None:
            return known
        way, links = self._walk(parts)
        if not links:  # a link may be replaced by a later entry, a directory only by `_remove`
            self._known_ways[parts] = way
        return way

    def _walk(self, parts: Parts) -> tuple[Path, int]:
        """Where `parts` lead, and how many links were followed."""
        walked: list[str] = []
        left = list(reversed(parts))
        links = 0
        while left:
            part = left.pop()
            if part in {"", ".", ".."}:
                if part == ".." and walked:
                    walked.pop()
                continue
            path = self._root.joinpath(*walked, part)
            if not path.is_symlink():
                _ensure_directory(path, self._what)
                walked.append(part)
                continue
            links += 1
            if links > LINKS_FOLLOWED_MAX:
                raise BrokenImage(f"{self._what}: {'/'.join(parts)!r} has too many links in it")
            target = os.readlink(path)
            if target.startswith("/"):
                walked.clear()
            left.extend(reversed(target.split("/")))
        return self._root.joinpath(*walked), links


def _make_open(path: Path) -> None:
    """A directory that no entry describes; any user of a container may pass, whatever our mask."""
    path.mkdir()
    path.chmod(0o755)


def _ensure_directory(path: Path, what: str) -> None:
    try:
        _make_open(path)
    except FileExistsError as error:
        if not _is_directory(path):
            raise BrokenImage(f"{what}: {path.name!r} is a file and a directory") from error


def _is_directory(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_whiteout(path: Path) -> bool:
    return path.is_char_device() and path.lstat().st_rdev == 0


def _make_opaque(path: Path) -> None:
    taken = [_try_attribute(path, f"{kind}.overlay.opaque", b"y") for kind in ("trusted", "user")]
    if not any(taken):
        raise ShelfFailure(
            f"cannot mark {path} as opaque: its file system has no extended attributes",
            remedy="put the data directory on another file system (ext4, xfs, btrfs)",
        )


def _try_attribute(path: Path, name: str, value: bytes) -> bool:
    try:
        os.setxattr(path, name, value, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_XATTR:
            raise
        record.debug("layer.attribute_refused", path=str(path), name=name)
        return False
    return True


def remove_tree(path: Path) -> None:
    """Delete a layer, read-only directories included; no error when it is not there.

    Raises ShelfFailure.
    """
    try:
        _open_up(path)
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise shelf_failure(error, f"cannot delete {path}") from error


def _open_up(path: Path) -> None:
    """Without root, a directory without write permission cannot be emptied by its owner."""
    for directory, names, _ in os.walk(path):
        for name in names:
            inside = Path(directory, name)
            if not inside.is_symlink():
                inside.chmod(0o700)


def shelf_failure(error: OSError, doing: str) -> ShelfFailure:
    """What went wrong on the shelf's disk, with a remedy."""
    cause = explain_os_error(error, doing)
    return ShelfFailure(str(cause), remedy=cause.remedy)
