"""What a layer's tar entry means, decided from its name and type alone.

Does: split and check names, tell whiteouts from files.
Does not: write anything.

Holds: no name that is returned is absolute, empty, or has a ".." in it.
"""

import tarfile
from dataclasses import dataclass

from seatrial.images.interface import BrokenImage

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
# Names that the AUFS driver of old left in layers; they mean nothing to anybody else.
_RESERVED = ".wh..wh."

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Make this entry (a file, directory, link or pipe)."""

    parts: Parts


@dataclass(frozen=True, slots=True)
class Whiteout:
    """Hide this name of the layers below."""

    parts: Parts


@dataclass(frozen=True, slots=True)
class Opaque:
    """Hide everything that the layers below have in this directory."""

    parts: Parts


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave this entry out, and say why."""

    name: str
    reason: str


Meaning = Place | Whiteout | Opaque | Skip


def meaning(member: tarfile.TarInfo) -> Meaning:
    """What is to be done for one entry. Raises BrokenImage when its name leaves the layer."""
    parts = split(member.name)
    last = parts[-1] if parts else ""
    if last == OPAQUE:
        return Opaque(parts[:-1])
    if last.startswith(_RESERVED):
        return Skip(member.name, "a name reserved by AUFS")
    if last.startswith(WHITEOUT):
        return _whiteout(member.name, parts)
    if member.ischr() or member.isblk():
        return Skip(member.name, "a device node")
    return Place(parts)


def split(name: str) -> Parts:
    """The parts of a tar name below the layer's root; empty for the root itself.

    Raises BrokenImage for a name that could lead outside.
    """
    parts = tuple(part for part in name.split("/") if part not in {"", "."})
    if ".." in parts or "\0" in name:
        raise BrokenImage(f"layer entry {name!r} leads outside of the layer")
    return parts


def _whiteout(name: str, parts: Parts) -> Whiteout:
    hidden = parts[-1].removeprefix(WHITEOUT)
    if hidden in {"", ".", ".."}:
        raise BrokenImage(f"layer entry {name!r} hides nothing that can be named")
    return Whiteout((*parts[:-1], hidden))
