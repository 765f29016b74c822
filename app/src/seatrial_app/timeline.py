"""What must happen when, after SIGTERM. Pure: from a view to the moments that are due.

    DRAIN ----- window ----- CLOSE ------- limit ------- LEAVE -- half the margin -- QUIT

Does: decide which moments are due, and when to look again.
Does not: read a clock, run a callback, end a process.
Holds: LEAVE is due no later than window + limit after DRAIN; QUIT before the grace period is over.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple

from seatrial_app.budget import Budget

QUIT_SHARE_OF_MARGIN = (
    0.5  # how much of the margin a forced leave may take before the process is ended
)


class Moment(enum.Enum):
    """A point in the end of a server, reached at most once."""

    DRAIN = "drain"  # SIGTERM came
    CLOSE = "close"  # the window is over
    LEAVE = "leave"  # second signal, or the limit was reached
    STOP = "stop"  # the server says that it has ended
    QUIT = "quit"  # it has not, and time is up: the process is ended from here


ORDER: tuple[Moment, ...] = (Moment.DRAIN, Moment.CLOSE, Moment.LEAVE, Moment.STOP, Moment.QUIT)


class View(NamedTuple):
    """What a decision needs: when what was reached (seconds of one clock), and the budget."""

    reached: Mapping[Moment, float]
    budget: Budget
    may_quit: bool  # the process is ours to end


def dues(view: View) -> dict[Moment, float]:
    """When each moment that is not reached yet will be due, as far as that can be told now."""
    due: dict[Moment, float] = {}
    began_s = view.reached.get(Moment.DRAIN)
    if began_s is None:
        return due
    left_s = view.reached.get(Moment.LEAVE, began_s + view.budget.total_s)
    if Moment.STOP not in view.reached:
        due[Moment.CLOSE] = min(began_s + view.budget.window_s, left_s)
        due[Moment.LEAVE] = left_s
    if view.may_quit:
        due[Moment.QUIT] = left_s + view.budget.margin_s * QUIT_SHARE_OF_MARGIN
    return {moment: at_s for moment, at_s in due.items() if moment not in view.reached}


def due_now(view: View, now_s: float) -> tuple[Moment, ...]:
    """The moments to be marked at `now_s`, in order."""
    due = dues(view)
    return tuple(moment for moment in ORDER if moment in due and due[moment] <= now_s)


def wait_s(view: View, now_s: float) -> float | None:
    """Seconds until something is due; None: nothing will be, unless something happens."""
    due = dues(view)
    return max(0.0, min(due.values()) - now_s) if due else None
