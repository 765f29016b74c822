"""The work queue: fair, stingy, delaying, rate-limited; exact in virtual time."""

import asyncio

import pytest

from seatrial.client.workqueue import QueueClosed, WorkQueue
from seatrial.kit.backoff import Backoff
from seatrial.testing.virtual_time import run_virtual, settle


async def drain(queue: WorkQueue[str]) -> list[str]:
    taken = []
    while (key := queue.get_nowait()) is not None:
        taken.append(key)
        queue.done(key)
    return taken


async def test_first_come_first_served_once_each() -> None:
    queue: WorkQueue[str] = WorkQueue()
    for key in ("b", "a", "b", "c"):
        queue.add(key)
    assert await drain(queue) == ["b", "a", "c"]


async def test_a_key_added_while_worked_on_comes_back_afterwards() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    assert await queue.get() == "a"
    queue.add("a")
    queue.add("a")
    assert len(queue) == 0
    queue.done("a")
    assert await drain(queue) == ["a"]


def test_delays_are_exact_and_the_earliest_wins() -> None:
    async def story() -> list[tuple[float, str]]:
        queue: WorkQueue[str] = WorkQueue()
        queue.add_after("a", 10)
        queue.add_after("a", 3)
        queue.add_after("a", 30)
        queue.add_after("b", 5)
        seen = []
        for _ in range(2):
            key = await queue.get()
            seen.append((asyncio.get_running_loop().time(), key))
            queue.done(key)
        return seen

    assert run_virtual(story()) == [(3.0, "a"), (5.0, "b")]


async def test_failures_wait_longer_each_time_until_forgotten() -> None:
    queue: WorkQueue[str] = WorkQueue(backoff=Backoff(0.005, 2.0, 0.03))
    delays = [queue.add_rate_limited("a") for _ in range(5)]
    assert delays == [0.005, 0.01, 0.02, 0.03, 0.03]
    assert queue.failures("a") == 5
    queue.forget("a")
    assert queue.add_rate_limited("a") == 0.005
    queue.shut_down()


async def test_shut_down_hands_out_what_waits_and_then_refuses() -> None:
    queue: WorkQueue[str] = WorkQueue()
    queue.add("a")
    queue.add_after("later", 1000)
    queue.shut_down()
    queue.add("b")
    assert await queue.get() == "a"
    with pytest.raises(QueueClosed):
        await queue.get()


def test_shut_down_wakes_every_waiting_worker() -> None:
    async def story() -> list[BaseException | str]:
        queue: WorkQueue[str] = WorkQueue()
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(_refused(queue)) for _ in range(3)]
            await settle()
            queue.shut_down()
        return [each.result() for each in waiting]

    assert run_virtual(story()) == ["closed"] * 3


def test_a_wakeup_of_a_cancelled_worker_is_passed_on() -> None:
    async def story() -> str:
        queue: WorkQueue[str] = WorkQueue()
        async with asyncio.TaskGroup() as group:
            first = group.create_task(queue.get())
            second = group.create_task(queue.get())
            await settle()
            queue.add("a")
            first.cancel()
            return await second

    assert run_virtual(story()) == "a"


async def _refused(queue: WorkQueue[str]) -> str:
    try:
        return await queue.get()
    except QueueClosed:
        return "closed"
