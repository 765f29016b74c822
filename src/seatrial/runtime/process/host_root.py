"""This machine's own root as the root of a container: which pieces, laid over which. Pure.

An overlay shows one file system only, not what is mounted below it, so that each mounted disk is a
piece of its own. In a user namespace the kernel moreover refuses a lower directory with mounts
below: there a directory with mounts below is split. It is made anew, and each of its entries is a
piece, down to directories without mounts.

Holds: `/proc`, `/sys`, `/dev`, `/tmp`, `/run` are never pieces; nothing of the machine can be
written through a piece.
Differs from Kubernetes: there is no such image there. Files that lie directly in a split directory
are left out; file systems in memory, of the kernel or of other containers look empty.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

FRESH = ("/proc", "/sys", "/dev", "/tmp", "/run")
# Mounted file systems that hold files of the machine; all others are left out.
DISKS = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "overlay"})
DISKS |= {"squashfs", "erofs", "vfat", "exfat", "ntfs3", "nfs", "nfs4", "9p", "virtiofs"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A directory's entry. `link` is the target of a symbolic link.

    An "empty" directory is one in which there is nothing that we could read.
    """

    name: str
    kind: Literal["directory", "empty", "link", "other"]
    link: str = ""


@dataclass(frozen=True, slots=True)
class MountPoint:
    """What is mounted where."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the root, in the order of making.

    overlay: `path` of the machine under a writable layer; bind: the same, read-only (where overlay
    is refused); directory: an empty one; link: a symbolic link to `link`.
    """

    kind: Literal["overlay", "bind", "directory", "link"]
    path: str
    link: str = ""


def entries_shown(shown: Iterable[str]) -> tuple[str, ...]:
    """The entries of fresh directories that hold these: `/tmp/clone` for `/tmp/clone/app`.

    Only `/tmp` and `/run` hold anything but what the kernel or an earlier boot left there.
    """
    found = set()
    for path in shown:
        _, top, entry, *_ = [*path.split("/", 3), "", "", ""]
        if f"/{top}" in ("/tmp", "/run") and entry not in {"", ".", ".."}:
            found.add(f"/{top}/{entry}")
    return tuple(sorted(found))


Listing = Callable[[str], Iterable[Entry]]


def plan_whole(mounts: Iterable[MountPoint]) -> tuple[Piece, ...]:
    """The pieces of a root in as few overlays as can be."""
    disks = (mount.path for mount in mounts if mount.kind in DISKS and not _is_fresh(mount.path))
    return tuple(Piece("overlay", path) for path in sorted({"/", *disks}))


def _is_fresh(path: str) -> bool:
    return any(path == fresh or path.startswith(f"{fresh}/") for fresh in FRESH)


def plan_split(mounts: Iterable[MountPoint], listing: Listing) -> tuple[Piece, ...]:
    """The pieces of a root without mounts below any; `listing` gives a directory's entries."""
    points = {mount.path: mount.kind for mount in mounts}
    return tuple(_split("/", points, listing))


def _split(path: str, points: dict[str, str], listing: Listing) -> Iterable[Piece]:
    for entry in sorted(listing(path), key=lambda entry: entry.name):
        inside = f"{path.rstrip('/')}/{entry.name}"
        if entry.kind == "link":
            yield Piece("link", inside, entry.link)
        elif entry.kind == "empty" and inside not in FRESH:
            yield Piece("directory", inside)  # an overlay over nothing would only cost time
        elif entry.kind == "directory" and inside not in FRESH:
            yield from _cover(inside, points, listing)


def _cover(path: str, points: dict[str, str], listing: Listing) -> Iterable[Piece]:
    if points.get(path, "ext4") not in DISKS:
        yield Piece("directory", path)
    elif any(point.startswith(f"{path}/") for point in points):
        yield Piece("directory", path)
        yield from _split(path, points, listing)
    else:
        yield Piece("overlay", path)


def parse_mounts(mountinfo: str) -> list[MountPoint]:
    """The mount points of `/proc/self/mountinfo`, later ones over earlier ones."""
    points: dict[str, str] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        path = before.split(" ")[4].encode().decode("unicode_escape")
        points[path] = after.split(" ")[0]
    return [MountPoint(path, kind) for path, kind in points.items()]
