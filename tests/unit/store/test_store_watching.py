"""Fan-out: order, slow readers, leaving."""

import pytest

from seatrial.store import watching
from seatrial.store.interface import Compacted, Event
from seatrial.store.watching import Fanout


def event(revision: int, key: str = "/a") -> Event:
    return Event(key, revision, b"x", None)


async def test_each_reader_gets_its_prefix_in_order() -> None:
    fanout = Fanout()
    narrow, wide = fanout.join("/a/", []), fanout.join("/", [event(1)])
    for n, key in enumerate(["/a/1", "/b/1", "/a/2"], start=2):
        fanout.publish(event(n, key))
    assert [(await anext(narrow)).revision for _ in range(2)] == [2, 4]
    assert [(await anext(wide)).revision for _ in range(4)] == [1, 2, 3, 4]


async def test_a_slow_reader_is_told_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "READER_EVENTS_MAX", 2)
    fanout = Fanout()
    slow, quick = fanout.join("/", []), fanout.join("/", [])
    for n in range(1, 4):
        fanout.publish(event(n))
        assert (await anext(quick)).revision == n
    with pytest.raises(Compacted, match="lags more than 2 events") as refused:
        await anext(slow)
    assert refused.value.oldest == 3
    assert len(fanout) == 1


async def test_a_backlog_does_not_count_as_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "READER_EVENTS_MAX", 1)
    fanout = Fanout()
    reader = fanout.join("/", [event(1), event(2), event(3)])
    fanout.publish(event(4))
    assert [(await anext(reader)).revision for _ in range(4)] == [1, 2, 3, 4]


async def test_who_left_hears_nothing_more() -> None:
    fanout = Fanout()
    async with fanout.join("/", []) as reader:
        assert len(fanout) == 1
    fanout.publish(event(1))
    assert len(fanout) == 0
    with pytest.raises(StopAsyncIteration):
        await anext(reader)


async def test_a_reader_that_leaves_while_events_are_handed_out_disturbs_nobody() -> None:
    fanout = Fanout()
    first, second = fanout.join("/", []), fanout.join("/a", [])
    await first.aclose()
    fanout.publish(event(1))
    assert (await anext(second)).revision == 1
