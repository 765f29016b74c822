"""What one look at a target says.

`NEVER` is for what no waiting can mend: a Job that failed, a bare pod that has ended. A server that
refuses, answers nonsense or is of the wrong kind is `NOT_YET`: it may be replaced at any moment.
"""

from __future__ import annotations

import enum
from typing import NamedTuple


class State(enum.Enum):
    """Where a target stands."""

    READY = "ready"
    NOT_YET = "not-yet"
    NEVER = "never"


class Verdict(NamedTuple):
    """A state, and why it is not `READY`."""

    state: State
    reason: str = ""


READY = Verdict(State.READY)


def not_yet(reason: str) -> Verdict:
    """Look again later."""
    return Verdict(State.NOT_YET, reason)


def never(reason: str) -> Verdict:
    """Waiting is in vain."""
    return Verdict(State.NEVER, reason)
