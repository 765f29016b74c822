"""How large a container's runtime is told that its memory may grow: JVM, Node.js, Go, Redis.

Does: reads the options from arguments and environment; sizes in bytes.
Holds: a size that cannot be read is none; a rule that cannot know stays silent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from seatrial.lint.manifest import FieldPath
from seatrial.lint.texts import Text

MIB = 2**20
_BINARY = {"": 1, "k": 2**10, "m": MIB, "g": 2**30, "t": 2**40}
_GO = {"": 1, "b": 1, "kib": 2**10, "mib": MIB, "gib": 2**30, "tib": 2**40}
_REDIS: Mapping[str, int] = {
    "": 1, "b": 1, "k": 10**3, "kb": 2**10, "m": 10**6, "mb": MIB, "g": 10**9, "gb": 2**30,
}  # fmt: skip
# What is left for all that is not in the heap: threads, code, buffers, copies while saving.
SHARE_MAX = 85  # percent of the limit
# Go counts nearly all of its memory in its limit.
GO_SHARE_MAX = 95
_SIGNS = ("-Xmx", "MaxRAMPercentage", "old-space-size", "old_space_size", "maxmemory")


@dataclass(frozen=True, slots=True)
class Heap:
    """One option that bounds a runtime's memory."""

    option: str  # as written: "-Xmx512m"
    field: FieldPath
    size: int  # bytes
    share_max: int = SHARE_MAX  # percent of the container's limit that it should keep below


def heaps_of(texts: Iterable[Text], limit: int) -> Iterator[Heap]:
    """Each bound that a container's texts give to its runtimes, under a limit of so many bytes."""
    previous = ""
    for text in texts:
        if text.name == "GOMEMLIMIT":
            size = size_in(text.text, _GO)
            if size is not None:
                yield Heap(f"GOMEMLIMIT={text.text}", text.field, size, GO_SHARE_MAX)
        elif any(sign in text.text for sign in _SIGNS) or previous == "--maxmemory":
            words = text.text.replace('"', " ").replace("'", " ").split()
            for before, word in zip([previous, *words], words, strict=False):
                heap = _heap(before, word, text.field, limit)
                if heap is not None:
                    yield heap
        previous = text.text if not text.name else ""


def size_in(text: str, units: Mapping[str, int]) -> int | None:
    """Bytes in `512m`, by these units; None for what is no size."""
    bare = text.strip().lower()
    digits = bare.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = bare[len(digits) :]
    if not (digits.isascii() and digits.isdigit()) or unit not in units:
        return None
    return int(digits) * units[unit]


def _heap(before: str, word: str, field: FieldPath, limit: int) -> Heap | None:
    name, equals, value = word.partition("=")
    if word.startswith("-Xmx"):
        size = size_in(word.removeprefix("-Xmx"), _BINARY)
    elif name.endswith("MaxRAMPercentage"):
        size = _part(value, limit)
    elif name.lstrip("-").replace("_", "-") == "max-old-space-size" and equals:
        size = int(value) * MIB if value.isascii() and value.isdigit() else None
    elif before == "--maxmemory":
        word, size = f"{before} {word}", size_in(word, _REDIS)
    else:
        return None
    return Heap(word, field, size) if size else None


def _part(percent: str, limit: int) -> int | None:
    is_number = percent.isascii() and percent.replace(".", "", 1).isdigit()
    return int(limit * float(percent) / 100) if is_number else None
