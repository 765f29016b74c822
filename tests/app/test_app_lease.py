"""A lease against a scripted API, second by second on a clock that is turned by hand."""

import asyncio
import os
import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lease_world import TERMS, Clock, FakeLeases, lease

from seatrial_app.lease import EXIT_LOST, Lease, Lost, Taken, Tools
from seatrial_app.lease_api import ApiError, Forbidden, Outdated, PodLeaseApi, Unreachable, checked
from seatrial_app.lease_holder import parse_pod_of_token
from seatrial_app.lease_terms import (
    Record,
    Standing,
    Terms,
    judge,
    micro_time,
    parse_lease,
    render_lease,
    see,
)
from seatrial_app.lifecycle import Lifecycle


@pytest.fixture
def api() -> FakeLeases:
    return FakeLeases()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_free_lease_is_taken_and_says_by_whom(api: FakeLeases, clock: Clock) -> None:
    one = lease(api, clock, "db-0_a")
    assert one.try_acquire()
    assert one.fence == 1
    assert api.spec("db-0") == {
        "holderIdentity": "db-0_a",
        "leaseDurationSeconds": 15,
        "acquireTime": "2023-11-14T22:30:00.000000Z",
        "renewTime": "2023-11-14T22:30:00.000000Z",
        "leaseTransitions": 1,
    }


def test_a_twin_gets_it_only_when_it_was_not_renewed_for_its_duration(
    api: FakeLeases, clock: Clock
) -> None:
    one, twin = lease(api, clock, "db-0_a"), lease(api, clock, "db-0_b")
    assert one.try_acquire()
    clock.now_s += 9
    assert not twin.try_acquire(), "seen for the first time now: its age is unknown"
    clock.now_s += 14.9
    assert not twin.try_acquire()
    assert not one.is_held, "the holder stopped long before"
    clock.now_s += 0.1
    assert twin.try_acquire()
    assert twin.fence == 2
    with pytest.raises(Lost):
        _ = one.fence


def test_the_holder_stops_at_its_deadline_counted_from_when_it_sent(
    api: FakeLeases, clock: Clock
) -> None:
    one = lease(api, clock, "db-0_a", if_lost="exit")
    one.try_acquire()
    clock.now_s += 8
    assert one.renew_once()
    clock.now_s += 9.9
    in_time = one.is_held
    clock.now_s += 0.1
    assert (in_time, one.is_held) == (True, False)
    assert not one.renew_once()
    assert clock.left == [EXIT_LOST]
    assert api.spec("db-0")["holderIdentity"] == "db-0_a", "it did not touch what it lost"


def test_an_api_that_is_away_for_less_than_the_deadline_costs_nothing(
    api: FakeLeases, clock: Clock
) -> None:
    one = lease(api, clock, "db-0_a")
    one.try_acquire()
    for _ in range(4):
        clock.now_s += 2
        api.fails = [Unreachable("away")]
        assert one.renew_once()
    clock.now_s += 1.9
    assert one.renew_once()
    clock.now_s += 9.9
    assert one.is_held
    assert clock.left == []


def test_an_answer_that_was_lost_does_not_lose_the_lease(api: FakeLeases, clock: Clock) -> None:
    one = lease(api, clock, "db-0_a")
    one.try_acquire()
    api.loses_answers = True
    assert one.renew_once()
    api.loses_answers = False
    clock.now_s += 2
    assert one.renew_once(), "the version that it did not hear of is still its own"
    assert one.renew_once()
    clock.now_s += 9.9
    assert one.is_held


def test_an_acquisition_whose_answer_was_lost_is_found_again(api: FakeLeases, clock: Clock) -> None:
    one = lease(api, clock, "db-0_a")
    api.loses_answers = True
    assert not one.try_acquire()
    assert not one.is_held
    api.loses_answers = False
    assert one.try_acquire()
    assert one.fence == 2


def test_a_lease_that_another_took_is_lost_at_the_next_renewal(
    api: FakeLeases, clock: Clock
) -> None:
    reasons: list[str] = []
    one, twin = lease(api, clock, "db-0_a", if_lost=reasons.append), lease(api, clock, "db-0_b")
    one.try_acquire()
    api.objects["db-0"]["spec"]["holderIdentity"] = ""  # an administrator set it free
    assert twin.try_acquire()
    assert not one.renew_once()
    assert reasons == ["lease db-0 is lost: it was taken by db-0_b"]
    assert not one.is_held
    assert twin.is_held


def test_a_lease_that_was_deleted_is_written_again_with_its_number(
    api: FakeLeases, clock: Clock
) -> None:
    one = lease(api, clock, "db-0_a")
    one.try_acquire()
    api.objects.clear()
    assert one.renew_once()
    assert api.spec("db-0")["leaseTransitions"] == one.fence == 1


def test_released_it_is_free_at_once_and_the_number_goes_on(api: FakeLeases, clock: Clock) -> None:
    one, twin = lease(api, clock, "db-0_a"), lease(api, clock, "db-0_b")
    one.try_acquire()
    one.release()
    assert not one.is_held
    assert twin.try_acquire()
    assert twin.fence == 2
    one.release()
    assert twin.is_held, "a second release takes nothing away from another"
    assert api.spec("db-0")["holderIdentity"] == "db-0_b"


def test_a_restarted_container_takes_its_own_lease_at_once(api: FakeLeases, clock: Clock) -> None:
    lease(api, clock, "db-0_a").try_acquire()
    again = lease(api, clock, "db-0_a")
    assert again.try_acquire()
    assert again.fence == 2


def test_waiting_ends_when_the_dead_holders_lease_runs_out(api: FakeLeases, clock: Clock) -> None:
    lease(api, clock, "db-0_a").try_acquire()
    waiting = lease(api, clock, "db-0_b")
    started_s = clock.now_s
    try:
        assert waiting.acquire() == 2
        assert clock.now_s - started_s >= 15
        assert clock.waits[:8] == [2.0] * 7 + [1.0], "looks again exactly when it becomes free"
    finally:
        waiting.release()


def test_waiting_has_a_limit(api: FakeLeases, clock: Clock) -> None:
    holder = lease(api, clock, "db-0_a")
    holder.try_acquire()
    clock.meanwhile = holder.renew_once
    with pytest.raises(Taken, match="held by db-0_a"):
        lease(api, clock, "db-0_b").acquire(limit_s=60)
    assert clock.now_s == 1060


def test_refusing_ends_as_soon_as_the_other_is_seen_at_work(api: FakeLeases, clock: Clock) -> None:
    holder = lease(api, clock, "db-0_a")
    holder.try_acquire()
    clock.meanwhile = holder.renew_once
    with pytest.raises(Taken, match="'db-0' is held and renewed by db-0_a"):
        lease(api, clock, "db-0_b", if_taken="refuse").acquire()
    assert clock.now_s == 1002


def test_refusing_takes_what_a_dead_one_left(api: FakeLeases, clock: Clock) -> None:
    lease(api, clock, "db-0_a").try_acquire()
    refusing = lease(api, clock, "db-0_b", if_taken="refuse")
    assert refusing.acquire() == 2
    refusing.release()


def test_an_api_that_is_away_is_waited_for_without_haste(api: FakeLeases, clock: Clock) -> None:
    api.fails = [Unreachable("away")] * 3
    one = lease(api, clock, "db-0_a")
    assert one.acquire() == 1
    one.release()
    assert clock.waits[:3] == [2.0] * 3


def test_a_service_account_that_may_not_is_told_what_it_needs(
    api: FakeLeases, clock: Clock
) -> None:
    api.fails = [Forbidden("403")]
    with pytest.raises(Forbidden):
        lease(api, clock, "db-0_a").acquire()
    with pytest.raises(Forbidden, match=r"kind: Role(.|\n)*verbs: \[get, create, update\]"):
        checked(403, {"message": "no"}, "GET", "/x")


def test_readiness_waits_for_the_lease_and_fails_with_it(api: FakeLeases, clock: Clock) -> None:
    life = Lifecycle(in_kubernetes=False)
    life.declare_ready()
    lease(api, clock, "db-0_a").try_acquire()
    one = lease(api, clock, "db-0_b", if_lost="unready", lifecycle=life)
    seen: list[tuple[str, ...]] = []
    clock.meanwhile = lambda: seen.append(tuple(map(str, life.snapshot().reasons)))
    one.acquire()
    assert "held by db-0_a" in str(seen[0])
    assert (life.is_ready, life.is_live) == (True, True)
    one._ending.set()  # the keeper's thread ends: what follows is done by hand
    assert one._keeper is not None
    one._keeper.join()
    clock.now_s += 20
    assert not one.renew_once()
    assert (life.is_ready, life.is_live) == (False, True)


def test_the_keeper_renews_until_it_cannot_and_then_says_so(api: FakeLeases) -> None:
    """With its thread, in virtual time: each wait passes at once."""
    clock, lost = Clock(), threading.Event()
    renewals = iter(range(20))

    def meanwhile() -> None:
        if next(renewals, None) is None:
            api.fails = [Unreachable("away")] * 100

    clock.meanwhile = meanwhile
    one = lease(api, clock, "db-0_a", if_lost=lambda reason: lost.set())
    one.acquire()
    assert lost.wait(10)
    one.release()
    assert clock.now_s >= 1000 + 20 * 2 + 10 - 2
    assert api.spec("db-0")["holderIdentity"] == "db-0_a", "a lease that was lost is not released"


async def test_the_same_beside_an_event_loop(api: FakeLeases, clock: Clock) -> None:
    asked = asyncio.get_running_loop().create_future()
    go_on = threading.Event()
    clock.meanwhile = lambda: go_on.wait(10)
    async with lease(api, clock, "db-0_a", if_lost=asked.set_result) as one:
        assert one.fence == 1
        api.objects["db-0"]["spec"]["holderIdentity"] = "db-0_b"
        api.objects["db-0"]["metadata"]["resourceVersion"] = "other"
        go_on.set()
        assert await asyncio.wait_for(asked, 10) == "lease db-0 is lost: it was taken by db-0_b"


async def test_a_cancelled_wait_leaves_no_lease_behind(api: FakeLeases) -> None:
    waiting = threading.Event()

    def wait(event: threading.Event, seconds: float) -> bool:
        waiting.set()
        return event.wait(10)

    other = lease(api, Clock(), "db-0_a")
    other.try_acquire()
    one = Lease("db-0", identity="db-0_b", api=api, tools=replace(Clock().tools(), wait=wait))
    task = asyncio.create_task(one.__aenter__())
    await asyncio.to_thread(waiting.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    other.release()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert api.spec("db-0")["holderIdentity"] == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_the_child_of_a_fork_holds_nothing(api: FakeLeases, clock: Clock) -> None:
    one = lease(api, clock, "db-0_a")
    one.try_acquire()
    pid = os.fork()
    if pid == 0:
        os._exit(1 if one.is_held else 0)
    assert os.waitpid(pid, 0)[1] == 0
    assert one.is_held


def test_what_cannot_be_is_refused(api: FakeLeases) -> None:
    with pytest.raises(ValueError, match="two could hold the lease"):
        Terms(duration_s=10, renew_deadline_s=10)
    with pytest.raises(ValueError, match="one missed renewal"):
        Terms(duration_s=15, renew_deadline_s=10, retry_s=9)
    for settings in ({"if_taken": "x"}, {"if_lost": "x"}, {"if_lost": "unready"}):
        with pytest.raises(ValueError, match="if_"):
            Lease("db-0", api=api, **settings)  # type: ignore[arg-type]
    with pytest.raises(ApiError, match="KUBERNETES_SERVICE_HOST is not set"):
        PodLeaseApi(environ={})


@pytest.mark.parametrize(
    ("status", "error"), [(404, Outdated), (409, Outdated), (401, Forbidden), (500, Unreachable)]
)
def test_each_refusal_has_its_error(status: int, error: type[ApiError]) -> None:
    with pytest.raises(error):
        checked(status, {"message": "m"}, "GET", "/x")
    assert checked(200, {"kind": "Lease"}, "GET", "/x") == {"kind": "Lease"}


def test_a_pod_is_known_by_its_token() -> None:
    token = (  # {"kubernetes.io":{"pod":{"name":"db-0","uid":"u-1"}}}
        "x.eyJrdWJlcm5ldGVzLmlvIjp7InBvZCI6eyJuYW1lIjoiZGItMCIsInVpZCI6InUtMSJ9fX0.y"
    )
    assert parse_pod_of_token(token) == ("db-0", "u-1")
    for other in ("", "x", "x.!!!.y", "x.e30.y", "x.W10.y"):
        assert parse_pod_of_token(other) == ("", "")


def test_times_are_kubernetes_micro_times() -> None:
    assert micro_time(0.000006) == "1970-01-01T00:00:00.000006Z"


RECORDS = st.builds(
    Record,
    holder=st.sampled_from(["", "a", "b"]),
    transitions=st.integers(0, 3),
    duration_s=st.integers(0, 30),
    renewed=st.sampled_from(["", "2026-01-01T00:00:00.000000Z"]),
    acquired=st.sampled_from(["", "2026-01-01T00:00:00.000000Z"]),
    version=st.sampled_from(["", "7"]),
)


@given(RECORDS)
def test_a_record_survives_the_wire(record: Record) -> None:
    assert parse_lease(render_lease(record, "n", "ns")) == record


@given(RECORDS, RECORDS, st.floats(0, 1e3), st.floats(0, 1e3))
def test_an_unchanged_record_keeps_its_age_and_a_live_one_is_never_free(
    one: Record, other: Record, first_s: float, passed_s: float
) -> None:
    seen = see(None, one, first_s)
    later = see(seen, other, first_s + passed_s)
    is_same = (one.holder, one.transitions, one.renewed) == (
        other.holder,
        other.transitions,
        other.renewed,
    )
    assert later.since_s == (first_s if is_same else first_s + passed_s)
    is_free = judge(later, "a", first_s + passed_s) is Standing.FREE
    assert is_free == (not other.holder or first_s + passed_s >= later.since_s + other.duration_s)


class Run:
    """Two guards on one lease, each with a clock of its own rate, an API that comes and goes."""

    def __init__(self, skew_s: float) -> None:
        self.api = FakeLeases()
        self.now_s = 0.0
        self.lost: list[str] = []
        self.guards = [self._guard("a", 0.0), self._guard("b", skew_s)]
        self.fences: list[int] = []

    def _guard(self, identity: str, skew_s: float) -> Lease:
        tools = Tools(now=lambda: self.now_s + skew_s, wall=lambda: self.now_s + skew_s)
        settings: dict[str, Any] = {"if_lost": self.lost.append, "terms": TERMS, "tools": tools}
        return Lease("db-0", identity=identity, api=self.api, **settings)

    def act(self, who: int, away: bool) -> None:
        self.api.fails = [Unreachable("away")] * 9 if away else []
        guard = self.guards[who]
        if guard.is_held:
            guard.renew_once()
        elif guard.try_acquire():
            self.fences.append(guard.fence)


@given(
    st.floats(-1e6, 1e6),
    st.lists(st.tuples(st.integers(0, 1), st.booleans(), st.floats(0, 8)), max_size=60),
)
def test_there_are_never_two_whatever_the_clocks_and_the_api_do(
    skew_s: float, steps: list[tuple[int, bool, float]]
) -> None:
    run = Run(round(skew_s, 3))
    for who, away, passed_s in steps:
        run.act(who, away)
        assert sum(guard.is_held for guard in run.guards) <= 1
        run.now_s += round(passed_s, 3)
        assert sum(guard.is_held for guard in run.guards) <= 1
    assert run.fences == sorted(set(run.fences)), "each hold has a higher number than all before"


@given(st.integers(0, 1))
def test_someone_gets_it_in_the_end(who: int) -> None:
    run = Run(0.0)
    run.act(1 - who, away=False)
    for _ in range(10):
        run.now_s += 2
        run.act(who, away=False)
    assert run.guards[who].is_held
