"""A stop may be asked at any moment; a lifeline asks it unless it was let go."""

import asyncio
import os

import pytest

from seatrial.cluster.lifeline import RELEASE, Lifeline, read_line
from seatrial.cluster.stopping import Stop, StoppedEarly


async def test_what_comes_up_is_given_up_and_tidied() -> None:
    stop, tidied = Stop(), []

    async def come_up() -> None:
        async with stop.gives_up():
            asyncio.get_running_loop().call_soon(stop.ask)
            try:
                await asyncio.Event().wait()
            finally:
                tidied.append(True)

    with pytest.raises(StoppedEarly):
        await come_up()
    assert tidied == [True]


async def test_what_was_asked_before_gives_up_too() -> None:
    stop = Stop()
    stop.ask()
    with pytest.raises(StoppedEarly):
        async with stop.gives_up():
            await asyncio.Event().wait()


async def test_a_time_limit_of_ones_own_is_not_a_stop() -> None:
    with pytest.raises(TimeoutError):
        async with Stop().gives_up():
            raise TimeoutError


async def test_asked_afterwards_it_only_ends_the_wait() -> None:
    stop = Stop()
    async with stop.gives_up():
        up = "all of it"
    stop.ask()
    stop.ask()
    await stop.wait()
    assert up == "all of it"


@pytest.mark.parametrize(
    ("words", "ends"),
    [((), 1), ((b"rele",), 1), ((RELEASE,), 0), ((b"rel", b"ease\n"), 0)],
)
def test_a_lifeline_that_was_not_let_go_ends_us(words: tuple[bytes, ...], ends: int) -> None:
    asked: list[bool] = []
    lifeline = Lifeline(lambda: asked.append(True))
    for word in words:
        lifeline.data_received(word)
    lifeline.connection_lost(None)
    assert len(asked) == ends


def test_the_first_line_leaves_the_rest_to_the_lifeline() -> None:
    reads, writes = os.pipe()
    os.write(writes, b"config\n" + RELEASE)
    os.close(writes)
    assert read_line(reads) == b"config\n"
    assert os.read(reads, 100) == RELEASE
    assert read_line(reads) == b""
    os.close(reads)
