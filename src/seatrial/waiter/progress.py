"""What is said while waiting: events, and how they look as a line of text.

Does: says a reason when it is new, and every 10 s that it still holds.
Does not: write: `emit` does. The first line and the last are told by the caller's events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from seatrial.waiter.durations import show_duration
from seatrial.waiter.schedule import Heard, Outcome, Schedule
from seatrial.waiter.verdicts import State

# After this long without a line it is said again who is waited for: silence looks like hanging.
REMIND_S = 10.0

Event = dict[str, Any]
QUIET, NORMAL, VERBOSE = range(3)


class Narrator:
    """Chooses what is worth a line."""

    def __init__(
        self, labels: Sequence[str], emit: Callable[[Event], None], *, level: int, began_s: float
    ) -> None:
        self._labels = labels
        self._emit = emit
        self._level = level
        self._began_s = began_s
        self._told: dict[int, str] = {}
        self._remind_s = began_s + REMIND_S

    def begin(self, expression: str, limit_s: float) -> None:
        """What is waited for."""
        self._say("waiting", self._began_s, expression=expression, timeout_s=limit_s)

    def heard(self, heard: Heard, schedule: Schedule, now_s: float) -> None:
        """After the schedule has heard it."""
        standing = schedule.standings[heard.place]
        reason = heard.verdict.reason
        is_news = self._told.get(heard.place) != reason
        is_told = heard.verdict.state is not State.NOT_YET or is_news
        if not is_told and self._level < VERBOSE:
            return
        self._told[heard.place] = reason
        more: Event = {"reason": reason} if reason else {}
        if self._level == VERBOSE and heard.is_last and heard.verdict.state is State.NOT_YET:
            more["next_s"] = round(standing.next_s - now_s, 3)
        self._tell(heard.verdict.state.value, heard.place, schedule, now_s, **more)

    def next_s(self) -> float | None:
        """When there is something to say without news; None: never."""
        return None if self._level == QUIET else self._remind_s

    def remind(self, schedule: Schedule, now_s: float) -> None:
        """If nothing was said for a while: who is waited for, and why."""
        if now_s < self._remind_s or self._level == QUIET:
            return
        for index in schedule.needed():
            reason = schedule.standings[index].verdict.reason
            self._tell("still", index, schedule, now_s, reason=reason)
        self._remind_s = now_s + REMIND_S

    def end(self, outcome: Outcome, schedule: Schedule, now_s: float) -> None:
        """The last line."""
        if outcome is Outcome.READY:
            self._say("end", now_s, ready=True, exit_code=outcome.value)
            return
        asked_for = State.NEVER if outcome is Outcome.NEVER else State.NOT_YET
        missing = {
            self._labels[index]: standing.verdict.reason
            for index, standing in enumerate(schedule.standings)
            if standing.verdict.state is asked_for
            and (outcome is Outcome.NEVER or index in schedule.needed())
        }
        self._fail("end", now_s, ready=False, exit_code=outcome.value, missing=missing)

    def interrupted(self, signal: str, schedule: Schedule, now_s: float) -> None:
        """Somebody wants us to go."""
        missing = {
            self._labels[index]: schedule.standings[index].verdict.reason
            for index in schedule.needed()
        }
        self._fail("interrupted", now_s, signal=signal, missing=missing)

    def _tell(self, event: str, index: int, schedule: Schedule, now_s: float, **more: Any) -> None:
        attempts = schedule.standings[index].attempts
        self._say(event, now_s, target=self._labels[index], attempts=attempts, **more)
        self._remind_s = now_s + REMIND_S

    def _say(self, event: str, now_s: float, **more: Any) -> None:
        if self._level > QUIET:
            self._fail(event, now_s, **more)

    def _fail(self, event: str, now_s: float, **more: Any) -> None:
        self._emit({"event": event, "after_s": round(now_s - self._began_s, 3), **more})


def show_event(event: Event) -> str:
    """One line of text."""
    return SHOWN[event["event"]](event)


def show_waiting(event: Event) -> str:
    limit_s = event["timeout_s"]
    limit = f"at most {show_duration(limit_s)}" if limit_s else "for as long as it takes"
    return f"waiting for {event['expression']}, {limit}"


def show_not_yet(event: Event) -> str:
    line = f"{show_place(event)}: not yet: {event['reason']}"
    if "next_s" not in event:
        return line
    return f"{line}; attempt {event['attempts']}, next in {event['next_s']:.1f}s"


def show_still(event: Event) -> str:
    count = event["attempts"]
    attempts = f"{count} attempt{'' if count == 1 else 's'}"
    return f"{show_place(event)}: still not ready after {attempts}: {event['reason']}"


def show_ready(event: Event) -> str:
    return f"{show_place(event)}: ready"


def show_never(event: Event) -> str:
    return f"{show_place(event)}: can never be ready: {event['reason']}"


def show_end(event: Event) -> str:
    after = show_duration(round(event["after_s"], 1))
    if event["ready"]:
        return f"ready after {after}"
    if event["exit_code"] == Outcome.NEVER.value:
        return f"error: can never be ready: {show_missing(event)}"
    return f"error: time limit reached after {after}, not ready: {show_missing(event)}"


def show_interrupted(event: Event) -> str:
    return f"interrupted by {event['signal']}, not ready: {show_missing(event)}"


def show_missing(event: Event) -> str:
    return ", ".join(f"{label} ({reason})" for label, reason in event["missing"].items())


def show_place(event: Event) -> str:
    return f"[{event['after_s']:6.1f}s] {event['target']}"


SHOWN: dict[str, Callable[[Event], str]] = {
    "waiting": show_waiting,
    "not-yet": show_not_yet,
    "still": show_still,
    "ready": show_ready,
    "never": show_never,
    "end": show_end,
    "interrupted": show_interrupted,
}
