"""The servers on trial: how each is started as it comes, and how with seatrial-app.

Does: one line a server; a new server is a new line.
Does not: start anything.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from typing import Final

WINDOW_S: Final = 2.0
GRACE_S: Final = 30.0
ENVIRONMENT: Final = {
    "KUBERNETES_SERVICE_HOST": "10.96.0.1",  # how the library knows where it is
    "SEATRIAL_DRAIN_WINDOW": f"{WINDOW_S:g}s",
    "SEATRIAL_GRACE_PERIOD": f"{GRACE_S:g}s",
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "ignore",  # uvicorn.workers says at import that it is deprecated
}

Command = tuple[str, ...]

TICKS: Final = frozenset({"new_0.05"})
"""Servers look for their signal every so often: whether one came in 50 ms is chance."""
WORKERS_RACE: Final = frozenset({"new_0.05", "new_0.3", "new_1.5", "idle", "silent", "half"})
"""Which worker has a connection, and when each of them hears of the signal, is chance too."""


def module(*words: str) -> Command:
    return (sys.executable, "-m", *words)


def script(name: str, *words: str) -> Command:
    return (sys.executable, name, "{port}", *words)


class Speaks(Enum):
    """What the judge speaks with a server."""

    HTTP = "HTTP/1.1"
    HTTPS = "HTTP/1.1 over TLS"
    HTTP2 = "HTTP/2"
    WEBSOCKET = "WebSocket"
    GRPC = "gRPC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A row of the table. ``needs`` are distributions; the first one's version is shown.

    ``varies`` are the cells of the server as it comes that depend on a race.
    """

    key: str
    title: str
    needs: tuple[str, ...]
    as_it_comes: Command | None
    with_app: Command | None
    workers: int = 1
    speaks: Speaks = Speaks.HTTP
    varies: frozenset[str] = TICKS

    def absent(self) -> str | None:
        """Why this row cannot be measured here; None when it can."""
        for name in self.needs:
            try:
                version(name)
            except PackageNotFoundError:
                return f"{name} is not installed"
        return None

    def version(self) -> str:
        return version(self.needs[0]) if self.needs else ""


def uvicorn(*words: str, app: str = "app_asgi:app") -> Command:
    return module("uvicorn", app, "--port", "{port}", "--log-level", "warning", *words)


def gunicorn(app: str, *words: str, mended: bool = False) -> Command:
    cure = ("-c", "python:seatrial_app.servers.gunicorn") if mended else ()
    rest = ("-b", "127.0.0.1:{port}", "--no-control-socket", *words)
    return module("gunicorn", app, *cure, *rest)


def hypercorn(app: str, *words: str) -> Command:
    return module("hypercorn", app, "-b", "127.0.0.1:{port}", *words)


def granian(interface: str, app: str, *words: str) -> Command:
    return module("granian", app, "--interface", interface, "--port", "{port}", *words)


def _gunicorn_pair(
    key: str, title: str, app: str, *words: str, needs: tuple[str, ...] = (), workers: int = 1
) -> Subject:
    return Subject(
        key=key,
        title=title,
        needs=("gunicorn", *needs),
        as_it_comes=gunicorn(app, *words),
        with_app=gunicorn(app, *words, mended=True),
        workers=workers,
        varies=WORKERS_RACE if workers > 1 else TICKS,
    )


CERTIFICATE, KEY = "{folder}/cert.pem", "{folder}/key.pem"


def _secure() -> tuple[Subject, ...]:
    files = ("--certfile", CERTIFICATE, "--keyfile", KEY)
    threads = ("-k", "gthread", "--threads", "8", *files)
    return (
        Subject(
            key="uvicorn-tls",
            title="uvicorn, TLS",
            needs=("uvicorn",),
            as_it_comes=uvicorn("--ssl-certfile", CERTIFICATE, "--ssl-keyfile", KEY),
            with_app=script("mended_uvicorn.py", "httptools", CERTIFICATE, KEY),
            speaks=Speaks.HTTPS,
        ),
        Subject(
            key="gunicorn-gthread-tls",
            title="gunicorn -k gthread, TLS",
            needs=("gunicorn",),
            as_it_comes=gunicorn("app_wsgi:app", *threads),
            with_app=gunicorn("app_wsgi:app", *threads, mended=True),
            speaks=Speaks.HTTPS,
        ),
        Subject(
            key="hypercorn-tls",
            title="hypercorn, TLS",
            needs=("hypercorn",),
            as_it_comes=hypercorn("app_asgi:app", *files),
            with_app=script("mended_hypercorn.py", "app_asgi:app", "1", CERTIFICATE, KEY),
            speaks=Speaks.HTTPS,
        ),
        Subject(
            key="granian-tls",
            title="granian (ASGI), TLS",
            needs=("granian",),
            as_it_comes=granian(
                "asgi", "app_asgi:app", "--ssl-certificate", CERTIFICATE, "--ssl-keyfile", KEY
            ),
            with_app=script("mended_granian.py", "app_asgi:app", "asgi", "1", CERTIFICATE, KEY),
            speaks=Speaks.HTTPS,
        ),
    )


def _http2() -> tuple[Subject, ...]:
    return (
        Subject(
            key="hypercorn-h2",
            title="hypercorn, HTTP/2",
            needs=("hypercorn", "h2"),
            as_it_comes=hypercorn("app_asgi:app"),
            with_app=script("mended_hypercorn.py", "app_asgi:app", "1"),
            speaks=Speaks.HTTP2,
        ),
        Subject(
            key="granian-h2",
            title="granian (ASGI), HTTP/2",
            needs=("granian", "h2"),
            as_it_comes=granian("asgi", "app_asgi:app"),
            with_app=script("mended_granian.py", "app_asgi:app", "asgi", "1"),
            speaks=Speaks.HTTP2,
        ),
    )


def _websockets() -> tuple[Subject, ...]:
    return (
        Subject(
            key="uvicorn-ws",
            title="uvicorn, WebSocket",
            needs=("uvicorn", "websockets"),
            as_it_comes=uvicorn(app="app_ws:app"),
            with_app=uvicorn(app="mended_ws:app"),
            speaks=Speaks.WEBSOCKET,
        ),
        Subject(
            key="gunicorn-asgi-ws",
            title="gunicorn -k asgi, WebSocket",
            needs=("gunicorn",),
            as_it_comes=gunicorn("app_ws:app", "-k", "asgi"),
            with_app=gunicorn("mended_ws:app", "-k", "asgi", mended=True),
            speaks=Speaks.WEBSOCKET,
        ),
        Subject(
            key="gunicorn-uvicorn-ws",
            title="gunicorn -k uvicorn.workers.UvicornWorker, WebSocket",
            needs=("gunicorn", "uvicorn", "websockets"),
            as_it_comes=gunicorn("app_ws:app", "-k", "uvicorn.workers.UvicornWorker"),
            with_app=gunicorn("mended_ws:app", "-k", "uvicorn.workers.UvicornWorker", mended=True),
            speaks=Speaks.WEBSOCKET,
        ),
        Subject(
            key="hypercorn-ws",
            title="hypercorn, WebSocket",
            needs=("hypercorn",),
            as_it_comes=hypercorn("app_ws:app"),
            with_app=script("mended_hypercorn.py", "mended_ws:app", "1"),
            speaks=Speaks.WEBSOCKET,
        ),
        Subject(
            key="granian-ws",
            title="granian (ASGI), WebSocket",
            needs=("granian",),
            as_it_comes=granian("asgi", "app_ws:app"),
            with_app=script("mended_granian.py", "mended_ws:app", "asgi", "1"),
            speaks=Speaks.WEBSOCKET,
        ),
    )


SUBJECTS: Final = (
    Subject(
        key="uvicorn-httptools",
        title="uvicorn (httptools)",
        needs=("uvicorn", "httptools"),
        as_it_comes=uvicorn("--http", "httptools"),
        with_app=script("mended_uvicorn.py", "httptools"),
    ),
    Subject(
        key="uvicorn-h11",
        title="uvicorn (h11)",
        needs=("uvicorn", "h11"),
        as_it_comes=uvicorn("--http", "h11"),
        with_app=script("mended_uvicorn.py", "h11"),
    ),
    Subject(
        key="uvicorn-workers",
        title="uvicorn --workers 2",
        needs=("uvicorn",),
        as_it_comes=uvicorn("--workers", "2"),
        with_app=uvicorn("--workers", "2", app="mended_asgi:app"),
        workers=2,
        varies=WORKERS_RACE,
    ),
    _gunicorn_pair("gunicorn-sync", "gunicorn -k sync", "app_wsgi:app"),
    _gunicorn_pair(
        "gunicorn-sync-workers", "gunicorn -k sync -w 3", "app_wsgi:app", "-w", "3", workers=3
    ),
    _gunicorn_pair(
        "gunicorn-reuse-port",
        "gunicorn -k gthread -w 2 --reuse-port",
        "app_wsgi:app",
        "-k",
        "gthread",
        "--threads",
        "8",
        "-w",
        "2",
        "--reuse-port",
        workers=2,
    ),
    _gunicorn_pair(
        "gunicorn-gthread",
        "gunicorn -k gthread",
        "app_wsgi:app",
        "-k",
        "gthread",
        "--threads",
        "8",
    ),
    _gunicorn_pair("gunicorn-asgi", "gunicorn -k asgi", "app_asgi:app", "-k", "asgi"),
    _gunicorn_pair(
        "gunicorn-uvicorn",
        "gunicorn -k uvicorn.workers.UvicornWorker",
        "app_asgi:app",
        "-k",
        "uvicorn.workers.UvicornWorker",
        needs=("uvicorn",),
    ),
    Subject(
        key="hypercorn",
        title="hypercorn",
        needs=("hypercorn",),
        as_it_comes=hypercorn("app_asgi:app"),
        with_app=script("mended_hypercorn.py", "app_asgi:app", "1"),
    ),
    Subject(
        key="hypercorn-workers",
        title="hypercorn -w 2",
        needs=("hypercorn",),
        as_it_comes=hypercorn("app_asgi:app", "-w", "2"),
        with_app=script("mended_hypercorn.py", "app_asgi:app", "2"),
        workers=2,
        varies=WORKERS_RACE,
    ),
    Subject(
        key="granian-asgi",
        title="granian (ASGI)",
        needs=("granian",),
        as_it_comes=granian("asgi", "app_asgi:app"),
        with_app=script("mended_granian.py", "app_asgi:app", "asgi", "1"),
    ),
    Subject(
        key="granian-wsgi",
        title="granian (WSGI)",
        needs=("granian",),
        as_it_comes=granian("wsgi", "app_wsgi:app"),
        with_app=script("mended_granian.py", "app_wsgi:app", "wsgi", "1"),
    ),
    Subject(
        key="granian-workers",
        title="granian (ASGI) --workers 2",
        needs=("granian",),
        as_it_comes=granian("asgi", "app_asgi:app", "--workers", "2"),
        with_app=script("mended_granian.py", "app_asgi:app", "asgi", "2"),
        workers=2,
        varies=WORKERS_RACE,
    ),
    Subject(
        key="aiohttp",
        title="aiohttp",
        needs=("aiohttp",),
        as_it_comes=script("app_aiohttp.py"),
        with_app=script("mended_aiohttp.py"),
    ),
    Subject(
        key="fastapi",
        title="FastAPI under uvicorn",
        needs=("fastapi", "uvicorn"),
        as_it_comes=uvicorn(app="app_fastapi:app"),
        with_app=uvicorn(app="mended_fastapi:app"),
    ),
    Subject(
        key="starlette",
        title="Starlette under uvicorn",
        needs=("starlette", "uvicorn"),
        as_it_comes=uvicorn(app="app_starlette:app"),
        with_app=uvicorn(app="mended_starlette:app"),
    ),
    _gunicorn_pair(
        "django",
        "Django under gunicorn -k gthread",
        "app_django:app",
        "-k",
        "gthread",
        "--threads",
        "8",
        needs=("django",),
    ),
    _gunicorn_pair(
        "flask",
        "Flask under gunicorn -k gthread",
        "app_flask:app",
        "-k",
        "gthread",
        "--threads",
        "8",
        needs=("flask",),
    ),
    Subject(
        key="asyncio",
        title="plain asyncio",
        needs=(),
        as_it_comes=script("app_asyncio.py"),
        with_app=script("mended_asyncio.py"),
    ),
    Subject(
        key="threads",
        title="http.server with threads",
        needs=(),
        as_it_comes=script("app_threads.py"),
        with_app=script("mended_threads.py"),
    ),
    Subject(
        key="grpc",
        title="grpc.aio",
        needs=("grpcio",),
        as_it_comes=script("app_grpc.py"),
        with_app=script("mended_grpc.py"),
        speaks=Speaks.GRPC,
    ),
    Subject(
        key="run",
        title="seatrial-app run -- uvicorn",
        needs=("uvicorn",),
        as_it_comes=None,
        with_app=module(
            "seatrial_app", "run", "--drain-window", f"{WINDOW_S:g}s", "--", *uvicorn()
        ),
    ),
    *_secure(),
    *_http2(),
    *_websockets(),
)
