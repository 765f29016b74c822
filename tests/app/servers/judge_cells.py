"""What the judge asks of a server, and what an answer is worth.

Does: names the cells of one row of the table (docs/explanation/servers.md) and decides which
values mean that nobody was lost.
Does not: open sockets (judge_http.py), keep time (judge_schedule.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

IN_FLIGHT_S: Final = 3.0
"""How long the slow request takes that is in flight when SIGTERM comes."""


class Kind(Enum):
    """How a request reaches the server, seen from the connection that carries it."""

    NEW = "new"  # connects, sends and reads after SIGTERM
    IDLE = "idle"  # answered once before SIGTERM, the next request comes after it
    SILENT = "silent"  # connected before SIGTERM, the first request comes after it
    HALF = "half"  # half of the headers before SIGTERM, the rest after it
    IN_FLIGHT = "in flight"  # the application is at work when SIGTERM comes
    CROWD = "crowd"  # many new ones, one after another, around the end of the drain window


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One request of the list; ``at_s`` counts from SIGTERM."""

    key: str
    title: str
    kind: Kind
    at_s: float


PROBES: Final = (
    Probe(key="new_0.05", title="new, +0.05 s", kind=Kind.NEW, at_s=0.05),
    Probe(key="new_0.3", title="new, +0.3 s", kind=Kind.NEW, at_s=0.3),
    Probe(key="new_1.5", title="new, +1.5 s", kind=Kind.NEW, at_s=1.5),
    Probe(key="idle", title="idle keep-alive, next request +0.3 s", kind=Kind.IDLE, at_s=0.3),
    Probe(key="silent", title="connected, first request +0.3 s", kind=Kind.SILENT, at_s=0.3),
    Probe(key="half", title="half-sent headers, rest +0.3 s", kind=Kind.HALF, at_s=0.3),
    Probe(key="in_flight", title="in flight (3 s)", kind=Kind.IN_FLIGHT, at_s=0.0),
    Probe(key="crowd", title="60 new around the end of the window", kind=Kind.CROWD, at_s=0.0),
)
CROWD_SIZE: Final = 60
CROWD_APART_S: Final = 0.01
CROWD_BEFORE_S: Final = 0.3
"""So much before the end of the window the first of them connects."""
OK: Final = "200"
OK_CLOSE: Final = "200 + close"
NO_KEEP_ALIVE: Final = "no keep-alive"
"""The first answer already said ``Connection: close``: the client knows and loses nothing."""
REFUSED: Final = "refused"
RESET: Final = "RST"
END: Final = "EOF"
CUT: Final = "cut"
"""The answer began and did not end."""
SILENCE: Final = "no answer"
GRPC_OK: Final = "OK"
ECHO: Final = "echo"
"""A WebSocket message came back."""
SPARED: Final = "answered or refused"
"""Of a crowd: whoever was let in was answered, nobody was let in and thrown out."""

ANSWERED: Final = frozenset({OK, OK_CLOSE, NO_KEEP_ALIVE, GRPC_OK, ECHO, SPARED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run of the judge: a value for each cell, and how the process ended.

    ``exit_code`` is as the parent sees it: negative for a signal; None when it had to be killed.
    """

    cells: Mapping[str, str]
    exit_code: int | None
    exit_s: float

    def lost(self) -> dict[str, str]:
        """The cells whose request got no whole answer."""
        return {key: value for key, value in self.cells.items() if value not in ANSWERED}


def of_crowd(values: Iterable[str]) -> str:
    """One value for all of a crowd: to be refused is no loss, to be let in and dropped is."""
    lost = Counter(value for value in values if value not in {*ANSWERED, REFUSED})
    return ", ".join(f"{count} x {value}" for value, count in sorted(lost.items())) or SPARED
