"""Checks drive readiness, and nothing else."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial_app import Lifecycle
from seatrial_app.dependencies import Dependency, Result, run, wait_s
from seatrial_app.testing import ManualPace


def declared() -> Lifecycle:
    life = Lifecycle(environ={}, pace=ManualPace())
    life.declare_ready()
    return life


def test_not_ready_before_the_first_check_and_ready_after_it() -> None:
    life = declared()
    dependency = Dependency(life, "db", lambda: True, chance=lambda: 0.0)
    assert life.snapshot().reasons == ("db: not checked yet",)
    assert dependency.step() == 5.0
    assert life.is_ready


def test_a_failing_check_says_why_and_liveness_does_not_hear_of_it() -> None:
    life = declared()
    answers: Iterator[bool | Exception] = iter(
        [True, ConnectionRefusedError("port 5432"), False, True]
    )

    def check() -> bool:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    dependency = Dependency(life, "db", check, chance=lambda: 0.0)
    seen = []
    for _ in range(4):
        wait = dependency.step()
        seen.append((life.snapshot().reasons, life.is_live, wait))
    assert seen == [
        ((), True, 5.0),
        (("db: ConnectionRefusedError: port 5432",), True, 0.25),
        (("db: check returned False",), True, 0.5),
        ((), True, 5.0),
    ]


def test_as_many_failures_as_are_tolerated_are_borne() -> None:
    life = declared()
    answers = iter([True, False, False, True])
    dependency = Dependency(life, "db", lambda: next(answers), tolerated=1)
    ready = []
    for _ in range(4):
        dependency.step()
        ready.append(life.is_ready)
    assert ready == [True, True, False, True]


def test_a_check_that_hangs_has_failed_and_is_not_started_twice() -> None:
    life, come_on, starts = declared(), threading.Event(), []

    def check() -> None:
        starts.append(1)
        come_on.wait()

    dependency = Dependency(life, "db", check, timeout_s=0.01)
    dependency.step()
    dependency.step()
    assert life.snapshot().reasons == ("db: no answer within 0.01s",)
    assert len(starts) == 1
    come_on.set()
    patient = Dependency(life, "db", check, timeout_s=60)
    patient.step()
    assert life.is_ready


async def test_an_async_check_runs_on_the_loop_that_registered_it() -> None:
    life, loops = declared(), []

    async def check() -> None:
        loops.append(asyncio.get_running_loop())

    dependency = Dependency(life, "db", check)
    await asyncio.get_running_loop().run_in_executor(None, dependency.step)
    assert loops == [asyncio.get_running_loop()]
    assert life.is_ready


def test_an_async_check_without_a_loop_gets_one() -> None:
    async def check() -> bool:
        return False

    assert run(check) == Result("check returned False")


def test_in_the_background_until_the_server_drains() -> None:
    life = Lifecycle(environ={})
    checked = threading.Event()
    life.declare_ready()
    life.depends_on("db", checked.set)
    assert checked.wait()
    life.begin()


@given(
    failures=st.integers(min_value=0, max_value=10**6),
    every_s=st.floats(min_value=0.01, max_value=3600),
    chance=st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_no_wait_is_longer_than_the_interval_nor_none_at_all(
    failures: int, every_s: float, chance: float
) -> None:
    assert 0 < wait_s(failures, every_s, chance) <= every_s


@pytest.mark.parametrize(("failures", "expected"), [(1, 0.25), (2, 0.5), (3, 1), (4, 2), (9, 5)])
def test_retries_come_at_growing_intervals(failures: int, expected: float) -> None:
    assert wait_s(failures, 5.0, 0.0) == expected
