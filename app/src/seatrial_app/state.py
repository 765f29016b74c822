"""The states of a server's life, as one table.

Does: say, for each state, what the probes answer, whether connections are let go, and where it may
lead.
Does not: keep a state, read a clock, know a signal. `furthest` is the whole logic.
Holds: from DRAINING on the only way is forward; a state already passed is never reached again.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import NamedTuple


class State(enum.Enum):
    """Where a server is in its life. The values are the words of log lines and health answers."""

    STARTING = "starting"  # nobody has declared it ready yet
    READY = "ready"
    UNREADY = "unready"  # was ready once; a dependency fails, or the application said so
    DRAINING = "draining"  # SIGTERM came: accepts and serves on, lets each connection go
    CLOSING = "closing"  # the window is over: accepts nobody new, finishes what is in flight
    STOPPED = "stopped"  # the server has ended


class Traits(NamedTuple):
    """What holds in a state. Readiness is `ready_late` or `ready_early`, by the owner's choice."""

    ready_late: bool
    ready_early: bool
    live: bool
    lets_go: bool
    accepts: bool
    leads_to: frozenset[State]


def _traits(flags: str, *leads_to: State) -> Traits:
    late, early, live, lets_go, accepts = (flag == "x" for flag in flags)
    return Traits(late, early, live, lets_go, accepts, frozenset(leads_to))


_END = (State.DRAINING, State.CLOSING, State.STOPPED)

#: One row a state. Flags: ready (late), ready (early), live, lets connections go, accepts.
TABLE: dict[State, Traits] = {
    State.STARTING: _traits("--x-x", State.READY, *_END),
    State.READY: _traits("xxx-x", State.UNREADY, *_END),
    State.UNREADY: _traits("--x-x", State.READY, *_END),
    State.DRAINING: _traits("x-xxx", State.CLOSING, State.STOPPED),
    State.CLOSING: _traits("--xx-", State.STOPPED),
    State.STOPPED: _traits("--xx-"),
}

#: The stages of the end, in order.
ENDING: tuple[State, ...] = _END


def furthest(readiness: State, reached: Iterable[State]) -> State:
    """The state of a server whose readiness is `readiness` and which has `reached` these stages.

    The stages of the end outrank readiness, and the last of them outranks the others: however the
    facts came in, in whatever order, nobody can be led back by them.
    """
    stages = set(reached)
    for stage in reversed(ENDING):
        if stage in stages:
            return stage
    return readiness


def readiness_of(*, was_ready: bool, objections: int) -> State:
    """READY without objections; with some, STARTING until it was ready once, UNREADY after."""
    if not objections:
        return State.READY
    return State.UNREADY if was_ready else State.STARTING
