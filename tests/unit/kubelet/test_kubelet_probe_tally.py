"""Thresholds and shutdown arithmetic."""

from seatrial.kubelet.containers import Hook, Stopping
from seatrial.kubelet.probes.outcome import Result, failure, unknown
from seatrial.kubelet.probes.tally import Tally, Timing, count, timing_of
from seatrial.kubelet.probes.worker import explain
from seatrial.kubelet.shutdown import (
    RunPreStop,
    SendKill,
    SendTerm,
    WaitUntil,
    next_step,
    probe_grace_s,
    shorten,
)

GOOD, BAD = Result.SUCCESS, Result.FAILURE


def verdicts(timing: Timing, *results: Result) -> list[Result | None]:
    tally, found = Tally(), []
    for result in results:
        tally = count(tally, result, timing)
        found.append(tally.verdict)
    return found


def test_a_verdict_needs_a_run_of_like_results() -> None:
    timing = Timing(failure_threshold=3, success_threshold=2)
    assert verdicts(timing, GOOD, GOOD, BAD, BAD, GOOD, BAD, BAD, BAD) == [
        None, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, BAD,
    ]  # fmt: skip


def test_what_cannot_be_asked_is_not_counted() -> None:
    timing = Timing(failure_threshold=2)
    assert verdicts(timing, BAD, Result.UNKNOWN, BAD) == [None, None, BAD]


def test_defaults_of_a_probe() -> None:
    assert timing_of({"httpGet": {}}) == Timing(0.0, 10.0, 1.0, 1, 3)


def test_messages_of_unhealthy() -> None:
    assert explain("readiness", failure("HTTP probe failed with statuscode: 503")) == (
        "Readiness probe failed: HTTP probe failed with statuscode: 503"
    )
    assert explain("liveness", unknown("no such container")) == (
        "Liveness probe errored and resulted in unknown state: no such container"
    )


def step(stopping: Stopping, now: float, *, hook: bool = False, turn: bool = True) -> object:
    return next_step(stopping, has_pre_stop=hook, turn=turn, now=now)


def test_term_then_kill_after_the_grace_period() -> None:
    fresh = Stopping(100.0, 30.0)
    assert step(fresh, 100.0) == SendTerm()
    sent = Stopping(100.0, 30.0, term_sent_at=100.0)
    assert step(sent, 129.9) == WaitUntil(130.0)
    assert step(sent, 130.0) == SendKill()


def test_the_hook_is_bounded_by_the_grace_period_and_taken_off_it() -> None:
    assert step(Stopping(100.0, 10.0), 100.0, hook=True) == RunPreStop(10.0)
    running = Stopping(100.0, 10.0, hook=Hook.RUNNING)
    assert step(running, 105.0, hook=True) == WaitUntil(110.0)
    assert step(running, 110.0, hook=True) == SendTerm()
    done = Stopping(100.0, 10.0, hook=Hook.DONE, term_sent_at=104.9)
    assert step(done, 105.0, hook=True) == WaitUntil(104.9 + 6)  # 4 whole seconds were spent


def test_a_grace_period_is_at_least_two_seconds_after_the_hook() -> None:
    late = Stopping(100.0, 10.0, hook=Hook.FAILED, term_sent_at=110.0)
    assert step(late, 110.0, hook=True) == WaitUntil(112.0)
    assert step(Stopping(100.0, 0.0), 100.0, hook=True) == SendTerm()


def test_a_sidecar_waits_for_its_turn_within_its_grace_period() -> None:
    assert step(Stopping(100.0, 10.0), 100.0, turn=False) == WaitUntil(110.0)
    assert step(Stopping(100.0, 10.0), 110.0, turn=False) == SendTerm()


def test_only_a_shorter_wish_counts() -> None:
    sent = Stopping(100.0, 30.0, term_sent_at=100.0)
    assert shorten(sent, 60.0, now=105.0) is sent
    assert step(shorten(sent, 5.0, now=105.0), 105.0) == WaitUntil(110.0)
    assert step(shorten(sent, 0.0, now=105.0), 105.0) == WaitUntil(107.0)


def test_a_probe_brings_its_own_grace_unless_the_pod_is_deleted() -> None:
    pod = {"metadata": {}, "spec": {"terminationGracePeriodSeconds": 30}}
    assert probe_grace_s(pod, {"terminationGracePeriodSeconds": 3}) == 3.0
    assert probe_grace_s(pod, {}) == 30.0
    deleted = {**pod, "metadata": {"deletionGracePeriodSeconds": 9}}
    assert probe_grace_s(deleted, {"terminationGracePeriodSeconds": 3}) == 9.0
