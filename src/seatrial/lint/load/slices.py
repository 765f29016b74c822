"""Which piece of a text is which document, for texts that do not parse as a whole.

Holds: a line that begins with `---` always begins a document (YAML allows it nowhere else), so the
text can be cut there without being understood. Pieces keep their offsets: what is left out is
replaced by blanks, so marks stay true.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

_BEGINS = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_NOT_A_BREAK = re.compile(r"[^\r\n\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Slice:
    """One document: offsets in the text."""

    start: int
    end: int


@lru_cache(maxsize=1)
def document_starts(text: str) -> tuple[int, ...]:
    """Offsets at which documents begin, the first one's included. Kept for the next question."""
    return (0, *(found.start() for found in _BEGINS.finditer(text) if found.start() > 0))


def slice_with(text: str, offset: int, not_before: int = 0) -> Slice:
    """The document in which composing failed.

    An error at the very beginning of a document is of the one before, which did not come to its
    end, unless that one is over: `not_before` is where what is done ends.
    """
    starts = document_starts(text)
    index = bisect_right(starts, offset) - 1
    if starts[index] == offset and index > 0 and starts[index] > not_before:
        index -= 1
    index = max(index, bisect_right(starts, not_before) - 1)
    end = starts[index + 1] if index + 1 < len(starts) else len(text)
    return Slice(starts[index], end)


def blanked(text: str, start: int, end: int) -> str:
    """The text with blanks from `start` to `end`."""
    return text[:start] + _NOT_A_BREAK.sub(" ", text[start:end]) + text[end:]
