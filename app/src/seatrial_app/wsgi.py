"""The middleware for any WSGI application: `application = seatrial_app.wsgi(application)`.

Does: take SIGTERM in front of the server at the first request that the main thread sees or when it
is made, count requests until their body is closed.
Does not: add `Connection: close`: WSGI forbids its applications to speak of the connection (PEP
3333, hop-by-hop), so that is the server's part; see `servers.gunicorn` and `servers.threads`.
Holds: the application's response passes unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Callable

from seatrial_app.health import Paths, answer, chosen_paths, send_wsgi
from seatrial_app.holds import Tally
from seatrial_app.lifecycle import Lifecycle, lifecycle

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Middleware:
    """A WSGI application around a WSGI application."""

    def __init__(
        self, application: Application, life: Lifecycle, paths: Paths | None = None
    ) -> None:
        self.application = application
        self.lifecycle = life
        self._paths = paths

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        found = self._paths and answer(environ.get("PATH_INFO", ""), self.lifecycle, self._paths)
        if found:
            return send_wsgi(found, start_response)
        requests = self.lifecycle.requests
        requests.begin()
        try:
            return _Body(self.application(environ, start_response), requests)
        except BaseException:
            requests.end()
            raise

    def __getattr__(self, name: str) -> Any:
        """What else is asked of it (`app.config`, `app.cli`) is the application's own."""
        if name == "application":
            raise AttributeError(name)  # being copied: there is no application yet
        return getattr(self.application, name)


class _Body:
    """A response body that says when it is over: servers call `close` in any case."""

    def __init__(self, body: Iterable[bytes], requests: Tally) -> None:
        self._body = body
        self._requests: Tally | None = requests

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        requests, self._requests = self._requests, None
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            if requests is not None:
                requests.end()


def wsgi(
    application: Application, life: Lifecycle | None = None, *, health: Paths | bool = False
) -> Middleware:
    """`application` with its requests counted, and SIGTERM taken if this is the main thread.

    `life`: the process-wide lifecycle by default. `health`: answer /livez and /readyz (True) or
    other paths, before `application` is asked.
    """
    chosen = life or lifecycle()
    chosen.interpose()
    return Middleware(application, chosen, chosen_paths(health))
