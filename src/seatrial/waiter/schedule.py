"""Which target to try when, and how it ends: a machine that is told the time. Pure.

Holds: a target is tried by one attempt at a time, and not at all once the whole does not depend on
it any more; who was ready once stays ready, who can never be stays so; at the time limit it ends.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple

from seatrial.waiter.backoff import Pauses
from seatrial.waiter.expression import Expression, evaluate, still_needed
from seatrial.waiter.verdicts import State, Verdict


class Outcome(enum.Enum):
    """How it ends; the value is the exit code."""

    READY = 0
    TIME_LIMIT = 1
    NEVER = 2


class Heard(NamedTuple):
    """What an attempt says of a target; `is_last`: it ends with this."""

    place: int
    verdict: Verdict
    is_last: bool = True


class Standing:
    """One target so far."""

    def __init__(self) -> None:
        self.verdict = Verdict(State.NOT_YET, "no answer yet")
        self.attempts = 0
        self.is_running = False
        self.next_s = 0.0


class Schedule:
    """All targets. Times are seconds on one clock; a `limit_s` of 0 is none."""

    def __init__(
        self, expression: Expression, count: int, *, pauses: Pauses, limit_s: float, now_s: float
    ) -> None:
        self.standings = [Standing() for _ in range(count)]
        self.began_s = now_s
        self._expression = expression
        self._pauses = pauses
        self._ends_s = now_s + limit_s if limit_s else None

    @property
    def states(self) -> Sequence[State]:
        """Each target's state."""
        return [standing.verdict.state for standing in self.standings]

    def needed(self) -> list[int]:
        """The targets that the whole still depends on."""
        return still_needed(self._expression, self.states)

    def outcome(self, now_s: float) -> Outcome | None:
        """None: it goes on."""
        state = evaluate(self._expression, self.states)
        if state is not State.NOT_YET:
            return Outcome.READY if state is State.READY else Outcome.NEVER
        has_ended = self._ends_s is not None and now_s >= self._ends_s
        return Outcome.TIME_LIMIT if has_ended else None

    def start_due(self, now_s: float) -> list[int]:
        """The targets to try now; they count as running until `hear` says otherwise."""
        due = [index for index in self._idle() if self.standings[index].next_s <= now_s]
        for index in due:
            self.standings[index].is_running = True
            self.standings[index].attempts += 1
        return due

    def hear(self, heard: Heard, now_s: float, *, chance: float) -> None:
        """An attempt has something to say; `chance` in [0, 1) spreads the next one."""
        standing = self.standings[heard.place]
        if standing.verdict.state is State.NOT_YET:
            standing.verdict = heard.verdict
        if heard.is_last:
            standing.is_running = False
            standing.next_s = now_s + self._pauses.pause_s(standing.attempts, chance)

    def next_s(self) -> float | None:
        """When there is something to do without having heard anything; None: never."""
        moments = [self.standings[index].next_s for index in self._idle()]
        if self._ends_s is not None:
            moments.append(self._ends_s)
        return min(moments, default=None)

    def _idle(self) -> list[int]:
        return [index for index in self.needed() if not self.standings[index].is_running]
