"""A directory → the files in it that may hold manifests (edge).

Does: goes through it sorted by name; tells charts from other directories; leaves out hidden files,
what `exclude` matches, and files that a kustomization uses as patches or data: they are pieces of
objects, not objects.
Holds: no directory is entered twice, however symbolic links lead.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from seatrial.findings.model import Place
from seatrial.lint.load.charts import CHART
from seatrial.lint.load.kustomization import KUSTOMIZATIONS, fragments
from seatrial.lint.load.read import Unreadable, read_file
from seatrial.lint.model import BadInput

SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(slots=True)
class Found:
    """What one directory holds; paths begin as the directory was named."""

    files: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    bad: list[BadInput] = field(default_factory=list)
    passed_over: int = 0


def walk(root: str, exclude: Sequence[str] = ()) -> Found:
    """Everything below `root`."""
    found = Found()
    walker = _Walker(root, exclude, found)
    walker.enter(root)
    if walker.pieces:
        whole = [file for file in found.files if os.path.realpath(file) not in walker.pieces]
        found.passed_over += len(found.files) - len(whole)
        found.files = whole
    return found


class _Walker:
    """One walk: where it has been, and which files turned out to be pieces of others."""

    def __init__(self, root: str, exclude: Sequence[str], found: Found) -> None:
        self.pieces: set[str] = set()
        self._prefix = "" if root == "." else os.path.join(root, "")
        self._exclude = exclude
        self._found = found
        self._entered: set[str] = set()

    def enter(self, directory: str) -> None:
        self._entered.add(os.path.realpath(directory))
        try:
            entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
        except OSError as error:
            self._complain(directory, f"cannot be read: {(error.strerror or '').lower()}")
            return
        names = {entry.name for entry in entries}
        if CHART in names:
            self._found.charts.append(directory)
            return
        for name in KUSTOMIZATIONS:
            if name in names:
                self._add_pieces(directory, name)
        for entry in entries:
            if not entry.name.startswith(".") and not self._is_excluded(entry.path):
                self._meet(entry)

    def _meet(self, entry: os.DirEntry[str]) -> None:
        if os.path.isdir(entry.path):  # entry.is_dir() raises for a link to itself
            self._meet_directory(entry)
        elif entry.name in KUSTOMIZATIONS:
            self._found.passed_over += 1
        elif entry.name.endswith(SUFFIXES):
            self._found.files.append(entry.path.removeprefix("./"))

    def _meet_directory(self, entry: os.DirEntry[str]) -> None:
        real = os.path.realpath(entry.path)
        above = os.path.realpath(os.path.dirname(entry.path))
        if entry.is_symlink() and os.path.commonpath((above, real)) == real:
            self._complain(entry.path, f"is a symbolic link that leads back to {real}")
        elif real not in self._entered:
            self.enter(entry.path)

    def _add_pieces(self, directory: str, name: str) -> None:
        try:
            text = read_file(os.path.join(directory, name))
        except Unreadable as error:
            self._complain(os.path.join(directory, name), str(error))
        else:
            self.pieces.update(
                os.path.realpath(os.path.join(directory, piece)) for piece in fragments(text)
            )

    def _is_excluded(self, path: str) -> bool:
        """By its path below the root or as it is named; a pattern for a directory holds below."""
        shown = path.removeprefix("./")
        below = shown.removeprefix(self._prefix)
        return any(
            fnmatchcase(each, pattern) or fnmatchcase(f"{each}/", pattern)
            for pattern in self._exclude
            for each in (shown, below, os.path.basename(path))
        )

    def _complain(self, path: str, message: str) -> None:
        self._found.bad.append(BadInput(Place(path.removeprefix("./")), message))
