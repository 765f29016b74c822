"""The whole of waiting in virtual time: exact seconds, no threads, no sockets."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.waiter.backoff import Pauses
from seatrial.waiter.expression import parse_expression, show_expression
from seatrial.waiter.progress import NORMAL, QUIET, VERBOSE, Narrator, show_event
from seatrial.waiter.schedule import Heard, Outcome, Schedule
from seatrial.waiter.verdicts import READY, Verdict, never, not_yet
from seatrial.waiter.waiting import wait

REFUSED = not_yet("connection refused")
HANGS = 1e9


class VirtualWorld:
    """Attempts take the time that their script says; each target's last line is repeated.

    A line is (seconds, verdict) or, for a watch, a list of those.
    """

    def __init__(self, *scripts: list[Any], chance: float = 0.0) -> None:
        self.clock_s = 100.0
        self.began: list[tuple[float, int]] = []
        self._scripts = [list(script) for script in scripts]
        self._coming: list[tuple[float, int, Heard]] = []
        self._chance = chance

    def now_s(self) -> float:
        return self.clock_s

    def chance(self) -> float:
        return self._chance

    def start(self, place: int) -> None:
        self.began.append((self.clock_s - 100.0, place))
        script = self._scripts[place]
        line = script.pop(0) if len(script) > 1 else script[0]
        lines = line if isinstance(line, list) else [line]
        moment_s = self.clock_s
        for number, (takes_s, verdict) in enumerate(lines, start=1):
            moment_s += takes_s
            heard = Heard(place, verdict, number == len(lines))
            self._coming.append((moment_s, len(self.began), heard))
        self._coming.sort(key=lambda each: each[:2])

    def hear(self, within_s: float | None) -> Heard | None:
        until_s = HANGS if within_s is None else self.clock_s + within_s
        if self._coming and self._coming[0][0] <= until_s:
            self.clock_s, _, heard = self._coming.pop(0)
            return heard
        assert until_s < HANGS, "waits for ever for nothing"
        self.clock_s = until_s
        return None


def sail(
    world: VirtualWorld,
    *arguments: str,
    limit_s: float = 60.0,
    level: int = NORMAL,
    max_pause_s: float = 5.0,
) -> tuple[Outcome, float, list[str]]:
    """Outcome, when, and the lines that were said."""
    expression, labels = parse_expression(arguments)
    lines: list[str] = []
    schedule = Schedule(
        expression, len(labels), pauses=Pauses(max_s=max_pause_s), limit_s=limit_s,
        now_s=world.now_s(),
    )  # fmt: skip
    narrator = Narrator(
        labels, lambda event: lines.append(show_event(event)), level=level, began_s=world.now_s()
    )
    narrator.begin(show_expression(expression, labels), limit_s)
    outcome = wait(world, schedule, narrator)
    return outcome, world.now_s() - 100.0, lines


def test_ready_at_once() -> None:
    world = VirtualWorld([(0.5, READY)])
    assert sail(world, "a") == (
        Outcome.READY,
        0.5,
        ["waiting for a, at most 1m", "[   0.5s] a: ready", "ready after 500ms"],
    )


def test_attempts_come_less_and_less_often() -> None:
    world = VirtualWorld([(0.0, REFUSED)])
    outcome, ended_s, _ = sail(world, "a", limit_s=20.0)
    assert outcome is Outcome.TIME_LIMIT
    assert ended_s == 20.0
    assert [began_s for began_s, _ in world.began] == [
        0.0,
        0.25,
        0.75,
        1.75,
        3.75,
        7.75,
        12.75,
        17.75,
    ]


def test_chance_shortens_a_pause_by_up_to_half() -> None:
    world = VirtualWorld([(0.0, REFUSED)], chance=0.5)
    sail(world, "a", limit_s=2.0)
    assert [began_s for began_s, _ in world.began] == [0.0, 0.1875, 0.5625, 1.3125]


def test_nothing_is_lost_by_a_late_dependency_but_one_pause() -> None:
    world = VirtualWorld([*[(0.0, REFUSED)] * 7, (0.0, READY)])
    assert sail(world, "a")[:2] == (Outcome.READY, 17.75)


def test_the_time_limit_does_not_wait_for_an_attempt_that_hangs() -> None:
    world = VirtualWorld([(HANGS, READY)], [(0.0, READY)])
    outcome, ended_s, lines = sail(world, "a", "b", limit_s=3.0)
    assert (outcome, ended_s) == (Outcome.TIME_LIMIT, 3.0)
    assert lines[-1] == "error: time limit reached after 3s, not ready: a (no answer yet)"


def test_a_time_limit_of_zero_is_none() -> None:
    world = VirtualWorld([*[(0.0, REFUSED)] * 1000, (0.0, READY)])
    outcome, ended_s, lines = sail(world, "a", limit_s=0.0)
    assert outcome is Outcome.READY
    assert ended_s == 7.75 + 995 * 5.0
    assert lines[0] == "waiting for a, for as long as it takes"


def test_a_target_never_has_two_attempts_at_a_time() -> None:
    world = VirtualWorld([(7.0, REFUSED)], [(0.0, REFUSED)])
    sail(world, "a", "b", limit_s=22.0)
    assert [began_s for began_s, place in world.began if place == 0] == [0.0, 7.25, 14.75]


def test_who_is_ready_is_not_tried_again() -> None:
    world = VirtualWorld([(0.0, READY)], [(0.0, REFUSED), (0.0, REFUSED), (0.0, READY)])
    assert sail(world, "a", "b")[:2] == (Outcome.READY, 0.75)
    assert world.began == [(0.0, 0), (0.0, 1), (0.25, 1), (0.75, 1)]


def test_one_of_two_is_enough_for_an_or_and_the_other_is_left_alone() -> None:
    world = VirtualWorld([(0.0, REFUSED)], [(1.0, READY)], [(4.0, READY)])
    assert sail(world, "a or b", "c")[:2] == (Outcome.READY, 4.0)
    assert max(began_s for began_s, place in world.began if place == 0) < 1.0


def test_a_job_that_failed_ends_it() -> None:
    world = VirtualWorld([(2.0, never("it has failed"))], [(0.0, REFUSED)])
    outcome, ended_s, lines = sail(world, "job/a", "b")
    assert (outcome, ended_s) == (Outcome.NEVER, 2.0)
    assert lines[-2:] == [
        "[   2.0s] job/a: can never be ready: it has failed",
        "error: can never be ready: job/a (it has failed)",
    ]


def test_a_job_that_failed_does_not_end_an_alternative() -> None:
    world = VirtualWorld([(2.0, never("it has failed"))], [(3.0, READY)])
    assert sail(world, "job/a or b")[:2] == (Outcome.READY, 3.0)
    assert [place for _, place in world.began] == [0, 1]


def test_a_watch_tells_several_things_in_one_attempt() -> None:
    watch = [(0.5, not_yet("Pending")), (1.0, not_yet("Running")), (2.0, READY)]
    world = VirtualWorld([watch])
    outcome, ended_s, lines = sail(world, "pod/a")
    assert (outcome, ended_s, len(world.began)) == (Outcome.READY, 3.5, 1)
    assert lines[1:] == [
        "[   0.5s] pod/a: not yet: Pending",
        "[   1.5s] pod/a: not yet: Running",
        "[   3.5s] pod/a: ready",
        "ready after 3.5s",
    ]


def test_a_reason_is_said_when_it_is_new_and_every_ten_seconds() -> None:
    down = not_yet("connection refused")
    world = VirtualWorld([*[(0.0, down)] * 4, (0.0, not_yet("status 503")), (0.0, REFUSED)])
    _, _, lines = sail(world, "a", limit_s=30.0)
    assert lines == [
        "waiting for a, at most 30s",
        "[   0.0s] a: not yet: connection refused",
        "[   3.8s] a: not yet: status 503",
        "[   7.8s] a: not yet: connection refused",
        "[  17.8s] a: still not ready after 7 attempts: connection refused",
        "[  27.8s] a: still not ready after 9 attempts: connection refused",
        "error: time limit reached after 30s, not ready: a (connection refused)",
    ]


def test_an_attempt_that_hangs_is_said_to() -> None:
    _, _, lines = sail(VirtualWorld([(HANGS, READY)]), "a", limit_s=15.0)
    assert lines[1] == "[  10.0s] a: still not ready after 1 attempt: no answer yet"


def test_quiet_says_only_why_it_failed() -> None:
    assert sail(VirtualWorld([(1.0, READY)]), "a", level=QUIET)[2] == []
    failed = sail(VirtualWorld([(0.0, REFUSED)]), "a", limit_s=50.0, level=QUIET)
    assert failed[2] == ["error: time limit reached after 50s, not ready: a (connection refused)"]


def test_verbose_says_every_attempt() -> None:
    world = VirtualWorld([(0.0, REFUSED), (0.0, REFUSED), (0.0, READY)])
    assert sail(world, "a", level=VERBOSE)[2][1:3] == [
        "[   0.0s] a: not yet: connection refused; attempt 1, next in 0.2s",
        "[   0.2s] a: not yet: connection refused; attempt 2, next in 0.5s",
    ]


def test_only_those_are_missed_that_it_depends_on() -> None:
    world = VirtualWorld([(0.0, READY)], [(0.0, REFUSED)], [(0.0, REFUSED)])
    _, _, lines = sail(world, "a or b", "c", limit_s=1.0)
    assert lines[-1].endswith("not ready: c (connection refused)")


def test_an_interruption_is_told_with_what_was_missing() -> None:
    events: list[dict[str, Any]] = []
    expression, labels = parse_expression(["a"])
    schedule = Schedule(expression, 1, pauses=Pauses(), limit_s=0, now_s=0.0)
    Narrator(labels, events.append, level=QUIET, began_s=0.0).interrupted("SIGTERM", schedule, 2.0)
    assert show_event(events[0]) == "interrupted by SIGTERM, not ready: a (no answer yet)"
    assert events[0]["after_s"] == 2.0


@given(
    st.integers(1, 10**6),
    st.floats(0, 1, exclude_max=True),
    st.floats(0.01, 100.0),
)
def test_a_pause_is_never_longer_than_asked_nor_shorter_than_half(
    attempts: int, chance: float, max_s: float
) -> None:
    whole_s = Pauses(max_s=max_s).pause_s(attempts, 0.0)
    assert whole_s <= max_s
    assert whole_s / 2 <= Pauses(max_s=max_s).pause_s(attempts, chance) <= whole_s
    assert Pauses(max_s=max_s).pause_s(attempts + 1, 0.0) >= whole_s


lines_of_script = st.tuples(
    st.floats(0, 3).map(lambda value: round(value, 2)),
    st.sampled_from([REFUSED, READY, never("gone")]),
)


@given(
    st.lists(st.lists(lines_of_script, min_size=1, max_size=4), min_size=3, max_size=3),
    st.sampled_from([["a", "b", "c"], ["a or b", "c"], ["a or b or c"], ["a", "b or c"]]),
)
def test_it_ends_by_its_limit_and_for_the_reason_it_gives(
    scripts: list[list[tuple[float, Verdict]]], arguments: list[str]
) -> None:
    world = VirtualWorld(*scripts)
    outcome, ended_s, lines = sail(world, *arguments, limit_s=20.0)
    assert ended_s <= 20.0
    assert (ended_s == 20.0) or outcome is not Outcome.TIME_LIMIT
    assert lines[-1].startswith("ready after" if outcome is Outcome.READY else "error: ")


def test_an_outcome_is_an_exit_code() -> None:
    assert [outcome.value for outcome in Outcome] == [0, 1, 2]


@pytest.mark.parametrize("limit_s", [0.0, 5.0])
def test_the_schedule_says_when_it_has_something_to_do(limit_s: float) -> None:
    schedule = Schedule(parse_expression(["a"])[0], 1, pauses=Pauses(), limit_s=limit_s, now_s=1.0)
    assert schedule.start_due(1.0) == [0]
    assert schedule.next_s() == (6.0 if limit_s else None)
    schedule.hear(Heard(0, REFUSED), 2.0, chance=0.0)
    assert schedule.next_s() == 2.25
