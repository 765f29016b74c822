"""Parents that hold the signals, and what they tell their workers, without any server."""

from __future__ import annotations

import multiprocessing
import select
import signal
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from seatrial_app import Lifecycle
from seatrial_app.listening import FIRST_REQUEST_S
from seatrial_app.servers import granian
from seatrial_app.servers import gunicorn as gunicorn_hooks
from seatrial_app.servers.backlog import LOOK_S, empty_backlog
from seatrial_app.servers.beacon import Beacon
from seatrial_app.servers.crew import Crew
from seatrial_app.servers.in_worker import parent_lifecycle
from seatrial_app.testing import ManualPace

POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
WINDOW_S, GRACE_S = 5.0, 30.0


def make_life(pace: ManualPace) -> Lifecycle:
    return Lifecycle(
        environ=POD,
        pace=pace,
        drain_window_s=WINDOW_S,
        grace_period_s=GRACE_S,
        leave_process=lambda _code: None,
    )


# -- the beacon and the crew -----------------------------------------------------------------------


def test_a_beacon_once_lit_is_seen_by_everybody_and_for_ever() -> None:
    beacon = Beacon()
    seen = [threading.Event(), threading.Event()]
    beacon.when_lit(seen[0].set)
    assert not beacon.is_lit()
    beacon.light()
    beacon.light()
    beacon.when_lit(seen[1].set)
    assert all(one.wait(5.0) for one in seen)
    assert beacon.is_lit()


def test_a_crew_is_done_when_each_worker_has_said_so() -> None:
    crew = Crew()
    crew.tell_done()
    other = multiprocessing.get_context("spawn").Process(target=crew.tell_done)
    other.start()
    crew.wait_done(2, limit_s=60.0)
    other.join()


def test_a_worker_that_ended_is_not_waited_for() -> None:
    crew = Crew()
    end, held = multiprocessing.Pipe(duplex=False)
    held.close()
    crew.tell_done()
    crew.wait_done(2, limit_s=60.0, ends={end: -1})


def test_a_crew_that_says_nothing_is_waited_for_up_to_the_limit() -> None:
    Crew().wait_done(1, limit_s=0.0)


# -- the backlog -----------------------------------------------------------------------------------


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


class Waits:
    """A clock that only goes on when somebody waits; ``meanwhile`` happens then, once."""

    def __init__(self, meanwhile: list[socket.socket] | None = None) -> None:
        self.now_s = 0.0
        self.waited: list[float] = []
        self._accepts_from = list(meanwhile or ())

    def clock(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.waited.append(round(seconds, 3))
        for one in self._accepts_from:
            one.accept()[0].close()
        self._accepts_from.clear()


def test_a_backlog_is_empty_once_the_workers_have_taken_who_waits(
    listening: socket.socket,
) -> None:
    waits = Waits([listening])
    with socket.create_connection(listening.getsockname()):
        assert empty_backlog([listening], 10.0, clock=waits.clock, wait=waits.wait)
    assert waits.waited == [LOOK_S, FIRST_REQUEST_S]


def test_a_backlog_that_nobody_takes_is_given_up_at_the_limit(listening: socket.socket) -> None:
    waits = Waits()
    with socket.create_connection(listening.getsockname()):
        assert not empty_backlog([listening], 1.0, clock=waits.clock, wait=waits.wait)
    assert waits.now_s == pytest.approx(1.0, abs=LOOK_S)


def test_without_listeners_nobody_waits() -> None:
    waits = Waits()
    assert empty_backlog([], 10.0, clock=waits.clock, wait=waits.wait)
    assert waits.waited == []


# -- gunicorn's arbiter ----------------------------------------------------------------------------


class FakeConfig:
    """gunicorn's settings, as far as they are touched."""

    def __init__(self) -> None:
        self.graceful_timeout = 30
        self.address: list[object] = [("127.0.0.1", 8000)]

    def set(self, name: str, value: int) -> None:
        assert name == "graceful_timeout"
        self.graceful_timeout = value


class FakeArbiter:
    """gunicorn's arbiter: looks its handler up for each signal, stops when told."""

    def __init__(self) -> None:
        self.cfg = FakeConfig()
        self.LISTENERS: list[socket.socket] = []
        self.num_workers = 1
        self.systemd = False
        self.reexec_pid = self.master_pid = 0
        self.stopped: list[tuple[str, int]] = []
        self.handle_term = self._own_handle_term

    def _own_handle_term(self) -> None:
        self.stopped.append(("graceful", self.cfg.graceful_timeout))

    def stop(self, graceful: bool) -> None:
        assert not graceful
        self.stopped.append(("quick", self.cfg.graceful_timeout))

    def signal(self, number: int, _frame: object) -> None:
        assert number == signal.SIGTERM
        self.handle_term()


class Gunicorn:
    """An arbiter that is held, in virtual time, with a worker that is done at once."""

    def __init__(self) -> None:
        self.pace = ManualPace()
        self.crew = Crew()
        self.server = FakeArbiter()
        self.crew.tell_done()
        gunicorn_hooks.Arbiter(self.server, self.crew, make_life(self.pace)).hold_term()

    def sigterm(self) -> None:
        self.server.signal(signal.SIGTERM, None)


def test_the_arbiter_stops_when_the_window_is_over_with_what_is_left_of_the_grace_period() -> None:
    held = Gunicorn()
    held.sigterm()
    assert held.crew.draining.is_lit()
    held.pace.advance(WINDOW_S - 0.1)
    assert held.server.stopped == []
    assert not held.crew.closing.is_lit()
    held.pace.advance(0.1)
    assert held.crew.closing.is_lit()
    assert held.server.stopped == [("graceful", 23)]


def test_a_second_sigterm_stops_the_arbiter_at_once() -> None:
    held = Gunicorn()
    held.sigterm()
    held.sigterm()
    assert [word for word, _ in held.server.stopped] == ["quick", "graceful"]
    assert held.server.stopped[0][1] == gunicorn_hooks.FORCED_STOP_S


def test_a_shorter_graceful_timeout_of_the_user_stays() -> None:
    held = Gunicorn()
    held.server.cfg.graceful_timeout = 3
    held.sigterm()
    held.pace.advance(WINDOW_S)
    assert held.server.stopped == [("graceful", 3)]


def is_let_in(listening: socket.socket) -> bool:
    """Whether a new client still gets its handshake."""
    with socket.socket() as client:
        client.setblocking(False)
        client.connect_ex(listening.getsockname())
        return bool(select.select([], [client], [], 0.05)[1])


def test_the_backlog_of_its_own_listeners_is_closed_to_newcomers(listening: socket.socket) -> None:
    held = Gunicorn()
    held.server.LISTENERS = [listening]
    assert is_let_in(listening)
    listening.accept()[0].close()
    held.sigterm()
    held.pace.advance(WINDOW_S)
    assert held.server.stopped
    assert not is_let_in(listening)


@pytest.mark.parametrize(
    "whose", [{"systemd": True}, {"reexec_pid": 7}, {"master_pid": 7}, {"address": [3]}], ids=str
)
def test_listeners_that_others_go_on_with_are_left_as_they_are(
    listening: socket.socket, whose: dict[str, object]
) -> None:
    held = Gunicorn()
    held.server.LISTENERS = [listening]
    for name, value in whose.items():
        setattr(held.server.cfg if name == "address" else held.server, name, value)
    held.sigterm()
    held.pace.advance(WINDOW_S)
    assert held.server.stopped
    assert is_let_in(listening)


def test_the_workers_answer_the_probes_and_not_the_parent(
    monkeypatch: pytest.MonkeyPatch, listening: socket.socket
) -> None:
    port = listening.getsockname()[1]
    monkeypatch.setenv("SEATRIAL_PROBE_PORT", str(port))
    parent_lifecycle().start()  # would warn of a port that is taken


# -- granian's main process ------------------------------------------------------------------------


class FakeGranian:
    """granian's server, as far as it is touched."""

    def __init__(self) -> None:
        self.workers_kill_timeout: int | None = None
        self.killed: list[str] = []
        self.stops = 0
        worker = SimpleNamespace(inner=object(), kill=lambda: self.killed.append("worker"))
        self.wrks = [worker]

    def stop_now(self) -> None:
        self.stops += 1


class Granian:
    def __init__(self) -> None:
        self.pace = ManualPace()
        self.crew = Crew()
        self.server = FakeGranian()
        self.crew.tell_done()
        life = make_life(self.pace)
        life.start()
        self.holder = granian.Holder(self.server, self.crew, life)


def test_granian_stops_when_the_window_is_over_and_kills_at_the_limit() -> None:
    held = Granian()
    held.holder.signalled()
    held.pace.advance(WINDOW_S - 0.1)
    assert (held.crew.draining.is_lit(), held.server.stops) == (True, 0)
    held.pace.advance(0.1)
    assert (held.crew.closing.is_lit(), held.server.stops) == (True, 1)
    assert held.server.workers_kill_timeout == 23


def test_a_second_signal_kills_granians_workers() -> None:
    held = Granian()
    held.holder.signalled()
    held.holder.signalled()
    assert held.server.killed == ["worker"]
    assert held.server.stops
