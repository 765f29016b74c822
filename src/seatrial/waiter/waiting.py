"""The loop: start what is due, hear what comes, until it ends.

Holds: knows no clock, thread or socket but through `World`, so it also runs in virtual time.
"""

from __future__ import annotations

from typing import Protocol

from seatrial.waiter.progress import Narrator
from seatrial.waiter.schedule import Heard, Outcome, Schedule


class World(Protocol):
    """Where attempts are made."""

    def now_s(self) -> float: ...

    def chance(self) -> float:
        """In [0, 1)."""

    def start(self, index: int) -> None:
        """Begin an attempt; `hear` tells what it says."""

    def hear(self, within_s: float | None) -> Heard | None:
        """The next thing that an attempt says; None when nothing comes `within_s` (None: ever)."""


def wait(world: World, schedule: Schedule, narrator: Narrator) -> Outcome:
    """How it ended. Whatever interrupts the world's `hear` leaves it."""
    while True:
        now_s = world.now_s()
        outcome = schedule.outcome(now_s)
        if outcome is not None:
            narrator.end(outcome, schedule, now_s)
            return outcome
        narrator.remind(schedule, now_s)
        for index in schedule.start_due(now_s):
            world.start(index)
        moments = [
            moment for moment in (schedule.next_s(), narrator.next_s()) if moment is not None
        ]
        heard = world.hear(max(0.0, min(moments) - now_s) if moments else None)
        if heard is not None:
            now_s = world.now_s()
            schedule.hear(heard, now_s, chance=world.chance())
            narrator.heard(heard, schedule, now_s)
