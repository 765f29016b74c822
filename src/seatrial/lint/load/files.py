"""Files and directories → sources (edge)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from seatrial.findings.model import Place
from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.model import BadInput

SUFFIXES = (".yaml", ".yml", ".json")


def load(paths: Sequence[str]) -> tuple[list[Manifest], list[BadInput]]:
    """Every manifest below the paths, and everything that could not be read."""
    manifests: list[Manifest] = []
    bad: list[BadInput] = []
    for path in paths:
        for file in _files(Path(path)):
            for each in _read(file):
                if isinstance(each, Manifest):
                    manifests.append(each)
                else:
                    bad.append(each)
    return manifests, bad


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
    else:
        yield path


def _read(file: Path) -> Iterator[Manifest | BadInput]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        yield BadInput(Place(str(file)), f"cannot be read: {error.strerror}")
    else:
        yield from read_text(Source(str(file), text))
