"""Owned tasks: nothing runs on, no failure is lost."""

import asyncio

import pytest

from seatrial.kit.tasks import Tasks


async def forever() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    raise ValueError("broken")


async def test_stop_cancels_and_waits() -> None:
    tasks = Tasks("owner")
    running = tasks.start(forever(), name="one")
    await tasks.stop()
    assert running.cancelled()
    assert running.get_name() == "owner/one"


async def test_a_failure_is_raised_by_stop_when_nobody_handles_it() -> None:
    tasks = Tasks("owner")
    failed = tasks.start(fail(), name="one")
    await asyncio.wait([failed])
    with pytest.raises(BaseExceptionGroup) as caught:
        await tasks.stop()
    assert [str(each) for each in caught.value.exceptions] == ["broken"]


async def test_a_failure_reaches_the_handler_at_once() -> None:
    heard: list[tuple[str, str]] = []
    tasks = Tasks("owner", on_failure=lambda name, error: heard.append((name, str(error))))
    await asyncio.wait([tasks.start(fail(), name="one")])
    assert heard == [("owner/one", "broken")]
    await tasks.stop()
