"""A life in virtual time: what happens when, to the second, and what never happens."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial_app import Event, Lifecycle, State
from seatrial_app.testing import ManualPace

POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}


class Ship:
    """A lifecycle in virtual time, and everything it did."""

    def __init__(self, environ: dict[str, str] = POD, **settings: Any) -> None:
        self.pace = ManualPace()
        self.codes: list[int] = []
        self.log: list[tuple[float, str]] = []
        self.events: list[Event] = []
        self.life = Lifecycle(
            environ=environ, pace=self.pace, leave_process=self.codes.append, **settings
        )
        self.life.add_hook(self.events.append)
        self.life.start()
        self.life.on_drain(self.note("drain"))
        self.life.on_close(self.note("close"))
        self.life.on_leave(self.note("leave"))

    def note(self, word: str) -> Callable[[], None]:
        return lambda: self.log.append((self.pace.now(), word))


def test_the_moments_come_at_their_seconds() -> None:
    ship = Ship(drain_window_s=5, grace_period_s=30)
    ship.pace.advance(100)
    assert ship.log == []
    ship.life.begin()
    ship.pace.advance(100)
    assert [word for _, word in ship.log] == ["drain", "close", "leave"]
    assert [at_s for at_s, _ in ship.log] == pytest.approx([100, 105, 128.5])


def test_states_and_answers_on_the_way() -> None:
    ship = Ship(drain_window_s=5)
    seen = []

    def look() -> None:
        life = ship.life
        seen.append((life.state, life.is_ready, life.is_live, life.is_draining, life.is_closing))

    look()
    ship.life.declare_ready()
    look()
    ship.life.begin()
    look()
    ship.pace.advance(5)
    look()
    ship.life.finished()
    look()
    assert seen == [
        (State.STARTING, False, True, False, False),
        (State.READY, True, True, False, False),
        (State.DRAINING, True, True, True, False),
        (State.CLOSING, False, True, True, True),
        (State.STOPPED, False, True, True, True),
    ]


def test_readiness_fails_early_by_choice() -> None:
    ship = Ship(fail_readiness="early")
    ship.life.declare_ready()
    assert ship.life.is_ready
    ship.life.begin()
    assert (ship.life.is_ready, ship.life.is_live) == (False, True)


def test_a_server_that_was_not_ready_is_not_made_ready_by_draining() -> None:
    ship = Ship()
    ship.life.begin()
    assert not ship.life.is_ready


def test_begin_again_changes_nothing() -> None:
    ship = Ship(drain_window_s=5)
    ship.life.begin("first")
    ship.pace.advance(4)
    ship.life.begin("second")
    ship.pace.advance(1)
    assert ship.log == [(0, "drain"), (5, "close")]


def test_outside_kubernetes_the_close_comes_at_once() -> None:
    ship = Ship(environ={}, drain_window_s=5)
    ship.life.begin("SIGINT")
    assert ship.log == [(0, "drain"), (0, "close")]


def test_leaving_at_once_still_closes_first() -> None:
    ship = Ship(drain_window_s=5)
    ship.life.begin()
    ship.pace.advance(1)
    ship.life.leave(exit_code=143)
    assert ship.log == [(0, "drain"), (1, "close"), (1, "leave")]
    assert (ship.life.is_forced, ship.life.exit_code, ship.life.left_s()) == (True, 143, 0.0)


def test_a_server_that_ends_in_time_is_not_told_to_leave() -> None:
    ship = Ship(drain_window_s=5)
    ship.life.begin()
    ship.pace.advance(6)
    ship.life.finished()
    ship.pace.advance(100)
    assert [word for _, word in ship.log] == ["drain", "close"]
    assert ship.codes == []


def test_a_callback_that_comes_late_is_called_all_the_same() -> None:
    ship = Ship(drain_window_s=5)
    ship.life.begin()
    ship.pace.advance(5)
    ship.life.on_drain(ship.note("late"))
    assert ship.log[-1] == (5, "late")


def test_a_callback_that_is_forgotten_is_not_called() -> None:
    ship = Ship()
    stays, goes = ship.note("stays"), ship.note("goes")
    for callback in (goes, stays, goes):
        ship.life.on_drain(callback)
    ship.life.forget(goes)
    ship.life.begin()
    ship.life.forget(goes)
    assert ship.log == [(0, "drain"), (0, "stays")]


async def test_a_stream_waits_for_sigterm_and_leaves_nothing_behind_when_it_ends_before() -> None:
    life = Lifecycle(environ=POD)
    early = asyncio.ensure_future(life.until_draining())
    await asyncio.sleep(0)
    early.cancel()
    with pytest.raises(asyncio.CancelledError):
        await early
    late = asyncio.ensure_future(life.until_draining())
    await asyncio.sleep(0)
    life.begin()
    await late
    await life.until_draining()


def test_what_a_callback_raises_is_logged_and_the_next_one_runs() -> None:
    ship = Ship(drain_window_s=5)

    def explode() -> None:
        raise SystemExit("not now")

    ship.life.on_drain(explode)
    ship.life.on_drain(ship.note("after"))
    ship.life.begin()
    assert ship.log == [(0, "drain"), (0, "after")]
    failed = [event for event in ship.events if event.name == "callback.failed"]
    assert [event.fields["error"] for event in failed] == ["SystemExit('not now')"]


def test_what_a_hook_raises_reaches_nobody() -> None:
    ship = Ship()

    def explode(event: Event) -> None:
        raise RuntimeError(event.name)

    ship.life.add_hook(explode)
    ship.life.begin()
    assert ship.life.state is State.DRAINING


async def test_a_coroutine_callback_runs_on_the_loop_that_registered_it() -> None:
    loop, said = asyncio.get_running_loop(), asyncio.Event()
    life = Lifecycle(environ=POD)

    async def say_goodbye() -> None:
        assert asyncio.get_running_loop() is loop
        said.set()

    life.on_drain(say_goodbye)
    life.begin()
    await said.wait()


def test_work_and_blockers_are_named_until_they_are_released() -> None:
    ship = Ship()
    with ship.life.work("report"), ship.life.work("report"):
        blocker = ship.life.block("upload")
        view = ship.life.snapshot()
        assert (view.work, view.blockers) == (("report", "report"), ("upload",))
    blocker.release()
    blocker.release()
    view = ship.life.snapshot()
    assert (view.work, view.blockers) == ((), ())


def test_what_holds_at_the_limit_is_logged_by_name() -> None:
    ship = Ship()
    ship.life.block("upload")
    with ship.life.requests:
        ship.life.begin()
        ship.pace.advance(30)
    leave = next(event for event in ship.events if event.name == "leave")
    assert leave.fields["blockers"] == ("upload",)
    assert leave.fields["in_flight"] == 1


def test_the_snapshot_is_a_value_of_plain_types() -> None:
    ship = Ship(drain_window_s=5, grace_period_s=30)
    with ship.life.requests:
        pass
    ship.life.begin()
    ship.pace.advance(2)
    assert ship.life.snapshot().to_dict() == {
        "state": "draining",
        "is_ready": False,
        "reasons": ["application: not declared ready"],
        "in_flight": 0,
        "served": 1,
        "work": [],
        "blockers": [],
        "since_drain_s": 2.0,
        "left_s": pytest.approx(26.5),
    }


def test_wrong_settings_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="fail_readiness 'sometimes' is none of late, early"):
        Lifecycle(fail_readiness="sometimes")


def test_notes_on_the_budget_are_logged_at_the_start() -> None:
    ship = Ship(environ={**POD, "SEATRIAL_GRACE_PERIOD": "plenty"})
    assert [event.name for event in ship.events] == ["budget"]


ACTIONS = st.lists(
    st.one_of(
        st.sampled_from(["begin", "leave", "finished", "ready", "unready"]),
        st.floats(min_value=0, max_value=40),
    ),
    max_size=12,
)


@given(ACTIONS, st.floats(min_value=0, max_value=60), st.floats(min_value=0, max_value=90))
def test_whatever_happens_it_never_goes_back_and_never_outlives_its_limit(
    actions: list[Any], window_s: float, grace_s: float
) -> None:
    ship = Ship(drain_window_s=window_s, grace_period_s=grace_s)
    order = list(State)
    furthest, began_s, ended = State.STARTING, None, False
    for action in actions:
        now_s = ship.pace.now()
        if isinstance(action, float):
            ship.pace.advance(action)
        elif action == "begin":
            ship.life.begin()
            began_s = now_s if began_s is None else began_s
        elif action == "leave":
            ship.life.leave()
        elif action == "finished":
            ship.life.finished()
            ended = True
        elif action == "ready":
            ship.life.declare_ready()
        else:
            ship.life.declare_unready("no")
        state = ship.life.state
        if order.index(furthest) >= order.index(State.DRAINING):
            assert order.index(state) >= order.index(furthest)
        furthest = state
    left_before = [at_s for at_s, word in ship.log if word == "leave"]
    ship.pace.advance(200)
    if began_s is not None and not ended:
        told_s = [at_s for at_s, word in ship.log if word == "leave"]
        assert len(told_s) == 1
        assert told_s == left_before or told_s[0] - began_s <= grace_s
    assert len(ship.log) == len({word for _, word in ship.log})
