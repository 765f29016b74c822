"""What probes hear: as values, over ASGI and WSGI, and on a port of their own."""

import http.client
import json
import socket
from typing import Any

import pytest

from seatrial_app import Event, Lifecycle, Paths, asgi, wsgi
from seatrial_app.health import answer
from seatrial_app.probe import ProbePort
from seatrial_app.testing import ManualPace

POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}


def life_in(state: str) -> tuple[Lifecycle, ManualPace]:
    pace = ManualPace()
    life = Lifecycle(environ=POD, pace=pace)
    life.start()
    if state != "starting":
        life.declare_ready()
    if state in ("draining", "closing"):
        life.begin()
    if state == "closing":
        pace.advance(5)
    return life, pace


@pytest.mark.parametrize(
    ("state", "live", "ready"),
    [("starting", 200, 503), ("ready", 200, 200), ("draining", 200, 200), ("closing", 200, 503)],
)
def test_liveness_never_fails_and_readiness_fails_when_the_listener_is_about_to_close(
    state: str, live: int, ready: int
) -> None:
    life, _ = life_in(state)
    livez, readyz = answer("/livez", life, Paths()), answer("/readyz", life, Paths())
    assert livez is not None
    assert readyz is not None
    assert (livez.status, readyz.status) == (live, ready)
    assert json.loads(readyz.body)["state"] == state


def test_other_paths_are_nobodys_and_names_can_be_chosen() -> None:
    life, _ = life_in("ready")
    assert answer("/", life, Paths()) is None
    assert answer("/readyz", life, Paths(live="/alive", ready="/ready")) is None
    assert answer("/alive", life, Paths(live="/alive", ready="/ready")) is not None


def test_the_reasons_are_in_the_answer() -> None:
    life, _ = life_in("ready")
    life.object_to_ready("db", "connection refused")
    found = answer("/readyz", life, Paths())
    assert found is not None
    assert json.loads(found.body)["reasons"] == ["db: connection refused"]


async def test_the_asgi_middleware_answers_before_the_application() -> None:
    life, _ = life_in("starting")
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {}

    served = asgi(app, life, health=True)
    served.is_attached = True
    await served({"type": "http", "path": "/readyz"}, receive, send)
    await served({"type": "http", "path": "/other"}, receive, send)
    assert [message["status"] for message in sent if "status" in message] == [503, 299]
    assert life.snapshot().served == 1


def test_the_wsgi_middleware_answers_before_the_application() -> None:
    life, _ = life_in("ready")
    said: list[str] = []

    def app(environ: Any, start_response: Any) -> Any:
        start_response("299 Mine", [])
        return [b""]

    served = wsgi(app, life, health=Paths(ready="/up"))
    try:
        for path in ("/up", "/readyz"):
            body = served({"PATH_INFO": path}, lambda status, headers: said.append(status))
            getattr(body, "close", lambda: None)()
    finally:
        life.signals.restore()
    assert said == ["200 OK", "299 Mine"]
    assert life.snapshot().served == 1


def ask(port: int, path: str, method: str = "GET") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_the_probe_port_answers_on_its_own() -> None:
    life, pace = life_in("ready")
    probes = ProbePort(life, 0)
    probes.start()
    try:
        assert ask(probes.port, "/readyz")[0] == 200
        life.begin()
        pace.advance(5)
        assert ask(probes.port, "/readyz")[0] == 503
        assert ask(probes.port, "/livez?verbose")[0] == 200
        assert ask(probes.port, "/livez", "HEAD") == (200, b"")
        assert ask(probes.port, "/")[0] == 404
    finally:
        probes.close()


def test_a_taken_probe_port_is_said_at_the_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"probe port {port}: Address already in use"):
            ProbePort(life_in("ready")[0], port, host="127.0.0.1")


def test_the_probe_port_comes_from_the_environment_or_is_said_to_be_wrong() -> None:
    events: list[Event] = []
    life = Lifecycle(environ={**POD, "SEATRIAL_PROBE_PORT": "0"}, pace=ManualPace())
    life.add_hook(events.append)
    life.start()
    assert [event.name for event in events] == ["probes"]
    assert ask(events[0].fields["port"], "/livez")[0] == 200
    life.close_probes()
    Lifecycle(environ={**POD, "SEATRIAL_PROBE_PORT": "http"}, pace=ManualPace()).start()
