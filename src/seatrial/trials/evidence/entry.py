"""One entry of the book: when, what kind, and the facts as they were seen.

Kinds and their facts:

    object    type (ADDED, MODIFIED, DELETED), object    one line of a watch, whole
    request   the driver's line (traffic/outcome.py)     `at` is when it ended
    flow, rules, start, signal, exit, listener           a node's journal (kit/journal.py)
    step      step, and what the step did                what the trial itself did
    note      text                                       what a reader should know

`at` is seconds since the epoch. Entries of watches are stamped when they arrive here; those of
drivers and journals carry their own stamp. On one machine that is one clock.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

JOURNAL_KINDS = ("flow", "rules", "start", "signal", "exit", "listener")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the book; never changed."""

    at: float
    kind: str
    facts: Mapping[str, Any]


def render_line(entry: Entry) -> str:
    """One JSON line without its end."""
    wire = {"at": entry.at, "kind": entry.kind, "facts": dict(entry.facts)}
    return json.dumps(wire, separators=(",", ":"), ensure_ascii=False)


def parse_lines(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of a book that was written down."""
    for line in lines:
        if line.strip():
            wire = json.loads(line)
            yield Entry(wire["at"], wire["kind"], wire["facts"])
