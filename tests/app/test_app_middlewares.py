"""The middlewares alone: what they add to a response, and what they leave as it is."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from seatrial_app import Lifecycle, asgi, wsgi
from seatrial_app.asgi import with_close
from seatrial_app.testing import ManualPace


@pytest.fixture
def life() -> Iterator[Lifecycle]:
    life = Lifecycle(environ={}, in_kubernetes=True, pace=ManualPace())
    life.start()
    yield life
    life.signals.restore()


HEADERS = [(b"Content-Length", b"2"), (b"Connection", b"keep-alive")]


async def exchange(served: Any, scope: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    await served(scope, receive, send)
    return sent


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"ok"})


async def test_before_sigterm_a_response_passes_as_it_is(life: Lifecycle) -> None:
    sent = await exchange(asgi(hello, life), {"type": "http", "path": "/"})
    assert sent[0]["headers"] == HEADERS


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_while_draining_each_http_1_response_closes_its_connection(
    life: Lifecycle, version: str
) -> None:
    life.begin()
    scope = {"type": "http", "path": "/", "http_version": version}
    sent = await exchange(asgi(hello, life), scope)
    assert sent[0]["headers"] == [(b"Content-Length", b"2"), (b"connection", b"close")]
    assert sent[1] == {"type": "http.response.body", "body": b"ok"}


async def test_http_2_knows_no_such_header(life: Lifecycle) -> None:
    life.begin()
    scope = {"type": "http", "path": "/", "http_version": "2"}
    sent = await exchange(asgi(hello, life), scope)
    assert sent[0]["headers"] == HEADERS


async def test_probe_paths_are_answered_inside_an_integration_too(life: Lifecycle) -> None:
    own = Lifecycle(environ={}, pace=ManualPace())
    served = asgi(asgi(hello, own, health=True), life)
    life.declare_ready()
    life.begin()
    ready = await exchange(served, {"type": "http", "path": "/readyz"})
    other = await exchange(served, {"type": "http", "path": "/"})
    assert (ready[0]["status"], b"ready" in ready[1]["body"]) == (200, life.is_ready)
    assert ready[1]["body"] != b"ok" == other[1]["body"]
    assert (b"connection", b"close") in ready[0]["headers"]


def test_headers_may_be_missing() -> None:
    assert with_close(()) == [(b"connection", b"close")]


async def test_requests_are_counted_even_if_they_fail(life: Lifecycle) -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(life.snapshot().in_flight)
        raise RuntimeError("a bug of the application")

    with pytest.raises(RuntimeError, match="a bug"):
        await exchange(asgi(app, life), {"type": "http", "path": "/"})
    assert (seen, life.snapshot().in_flight, life.snapshot().served) == ([1], 0, 1)


async def test_ready_when_the_lifespan_has_started_and_the_application_is_asked_last(
    life: Lifecycle,
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert not life.is_ready
        await send({"type": "lifespan.startup.complete"})

    await exchange(asgi(app, life), {"type": "lifespan"})
    assert life.is_ready


async def test_an_application_may_keep_that_to_itself() -> None:
    life = Lifecycle(environ={}, pace=ManualPace(), ready_by="application")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})

    try:
        await exchange(asgi(app, life), {"type": "lifespan"})
    finally:
        life.signals.restore()
    assert not life.is_ready


class Framework:
    state = "its own"

    def __call__(self, environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"one"
        yield b"two"


def test_a_wsgi_body_counts_until_it_is_closed(life: Lifecycle) -> None:
    served = wsgi(Framework(), life)
    body: Any = served({"PATH_INFO": "/"}, lambda status, headers: None)
    assert life.snapshot().in_flight == 1
    assert list(body) == [b"one", b"two"]
    assert life.snapshot().in_flight == 1
    body.close()
    body.close()
    assert (life.snapshot().in_flight, life.snapshot().served) == (0, 1)


def test_a_wsgi_application_that_raises_counts_as_ended(life: Lifecycle) -> None:
    def app(environ: Any, start_response: Any) -> Any:
        raise RuntimeError("a bug of the application")

    with pytest.raises(RuntimeError, match="a bug"):
        wsgi(app, life)({}, lambda status, headers: None)
    assert life.snapshot().in_flight == 0


def test_a_framework_may_be_used_through_it() -> None:
    fastapi = pytest.importorskip("fastapi")
    testclient = pytest.importorskip("starlette.testclient")
    life = Lifecycle(environ={}, in_kubernetes=True, pace=ManualPace())
    app = asgi(fastapi.FastAPI(), life, health=True)
    app.add_api_route("/late", lambda: "routed after it was wrapped")
    try:
        with testclient.TestClient(app) as client:
            assert client.get("/late").json() == "routed after it was wrapped"
            assert client.get("/readyz").status_code == 200
            life.begin()
            assert client.get("/late").headers["connection"] == "close"
            life.finished()
    finally:
        life.signals.restore()


async def test_middlewares_can_be_copied(life: Lifecycle) -> None:
    assert copy.copy(asgi(hello, life)).app is hello
    assert copy.copy(wsgi(Framework(), life)).state == "its own"


async def test_attributes_of_the_application_are_seen_through(life: Lifecycle) -> None:
    assert wsgi(Framework(), life).state == "its own"
    with pytest.raises(AttributeError):
        asgi(hello, life).routes  # noqa: B018
