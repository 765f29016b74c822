"""The real clock: order of callbacks, slow ones, no threads left; and the one turned by hand."""

import threading

import pytest

from seatrial_app.pace import ThreadPace
from seatrial_app.testing import ManualPace


def test_callbacks_run_in_order_and_a_slow_one_does_not_hold_up_the_rest() -> None:
    pace, come_on, said = ThreadPace(), threading.Event(), list[str]()

    def slow() -> None:
        come_on.wait()
        said.append("slow")

    finished = threading.Event()
    callbacks = [lambda: said.append("first"), slow, lambda: said.append("last"), finished.set]
    pace.run(callbacks)
    finished.wait()
    assert said == ["first", "last"]
    come_on.set()


def test_where_no_thread_can_be_started_callbacks_run_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    said: list[str] = []
    monkeypatch.setattr(threading.Thread, "start", refuse)
    ThreadPace().run([lambda: said.append("here")])
    assert said == ["here"]


def test_a_wake_is_never_lost() -> None:
    pace, steps, enough = ThreadPace(), list[int](), threading.Event()

    def step() -> None:
        steps.append(1)
        if len(steps) >= 3:
            enough.set()

    pace.start(step)
    pace.wake()
    pace.wake()
    assert enough.wait(30)


def test_virtual_time_stops_at_each_due_second() -> None:
    pace, seen = ManualPace(), list[float]()

    def step() -> float:
        seen.append(pace.now())
        return 2.0

    pace.start(step)
    pace.advance(5)
    assert seen == [0.0, 2.0, 4.0]
    assert pace.now() == 5.0
