"""Threads: `serve(server)` for `http.server`, `socketserver`, `wsgiref` and werkzeug's server.

Does: serve for the window, each HTTP answer with `Connection: close`; then accept what waits in the
backlog, end the connections that are at rest, and await the others up to the limit.
Does not: change how a request is handled. A handler that is no `BaseHTTPRequestHandler` counts as
one request from its connection's begin to its end.
Holds: a connection is only ended while nothing of a request has come in: shutting it down for
reading lets what the kernel already has be read.
"""

from __future__ import annotations

import io
import os
import socket
import threading
from typing import Any

from seatrial_app.hearing import listen
from seatrial_app.lifecycle import Lifecycle, lifecycle_to_run
from seatrial_app.listener import stop_accepting
from seatrial_app.listening import FIRST_REQUEST_S
from seatrial_app.waiting import wait

ACCEPT_TICK_S = 0.1  # how often `serve_forever` asks whether it should stop


def serve(server: Any, *, life: Lifecycle | None = None) -> None:
    """Instead of `server.serve_forever()`: serve, in a thread, until told to stop; then return.

    `server` is a `socketserver.BaseServer`. Call from the main thread, or call `life.begin`
    yourself.
    """
    life = life or lifecycle_to_run()
    talks = _Talks(life)
    server.RequestHandlerClass = talks.polite(server.RequestHandlerClass)
    closing = threading.Event()
    life.install(then=closing.set)
    arguments = (ACCEPT_TICK_S,)
    threading.Thread(target=server.serve_forever, args=arguments, daemon=True).start()
    life.server_started()
    listen(closing)
    server.shutdown()
    stop_accepting(server.socket, lambda client, address: _take(server, client, address))
    server.socket.close()
    talks.end()
    for what in (life.requests, life.works, life.blockers):
        wait(life, what)
    if life.requests.is_over():
        life.finished()
    life.exit_if_forced()


def _take(server: Any, client: socket.socket, address: Any) -> None:
    """Handle a connection from the backlog as `serve_forever` would have."""
    context = getattr(server.socket, "context", None)  # of an SSL socket
    request: Any = context.wrap_socket(client, server_side=True) if context else client
    if not server.verify_request(request, address):
        server.shutdown_request(request)
        return
    try:
        server.process_request(request, address)
    except Exception:  # noqa: BLE001 - as socketserver: the server decides, and goes on
        server.handle_error(request, address)
        server.shutdown_request(request)


class _Talks:
    """The connections of one server: which are at rest."""

    def __init__(self, life: Lifecycle) -> None:
        self._life = life
        self._open: set[Any] = set()

    def polite(self, handler_class: Any) -> Any:
        """`handler_class` with the manners that its kind allows."""
        if hasattr(handler_class, "handle_one_request"):
            return _polite_http(handler_class, self._life, self._open)
        return _counted(handler_class, self._life)

    def end(self) -> None:
        """Hear newcomers out, then end the connections at rest."""
        if any(not handler.seatrial_ear.was_heard for handler in tuple(self._open)):
            threading.Event().wait(min(FIRST_REQUEST_S, self._life.left_s() or 0.0))
        for handler in tuple(self._open):
            if not handler.seatrial_ear.was_heard:
                _end_reading(handler.connection)


def _end_reading(connection: Any) -> None:
    """Nothing more will be read than what the kernel already has."""
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as own:
            own.shutdown(socket.SHUT_RD)
    except OSError:
        return  # its thread, or its client, was faster


class _Ear(socket.SocketIO):
    """A connection's input that knows whether anything of the next request has come."""

    was_heard = False

    def readinto(self, buffer: Any) -> int | None:
        count = super().readinto(buffer)
        self.was_heard = self.was_heard or bool(count)
        return count


def _counted(handler_class: Any, life: Lifecycle) -> Any:
    class Counted(handler_class):  # type: ignore[misc]
        def handle(self) -> None:
            with life.requests:
                super().handle()

    return Counted


def _polite_http(handler_class: Any, life: Lifecycle, opened: set[Any]) -> Any:
    class Polite(handler_class):  # type: ignore[misc]
        seatrial_ear: _Ear
        rfile: Any
        _is_busy = False
        _has_let_go = False
        _is_interim = False

        def setup(self) -> None:
            super().setup()
            self.rfile.close()
            self.seatrial_ear = _Ear(self.connection, "r")
            self.rfile = io.BufferedReader(self.seatrial_ear)
            opened.add(self)

        def finish(self) -> None:
            opened.discard(self)
            super().finish()

        def handle(self) -> None:
            try:
                super().handle()
            finally:
                self._rest()

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            finally:
                self._rest()

        def parse_request(self) -> Any:
            self._is_busy = True
            life.requests.begin()
            return super().parse_request()

        def handle_expect_100(self) -> Any:
            self._is_interim = True  # "100 Continue" is not the answer yet
            try:
                return super().handle_expect_100()
            finally:
                self._is_interim = False

        def send_header(self, keyword: str, value: str) -> None:
            self._has_let_go = self._has_let_go or keyword.lower() == "connection"
            super().send_header(keyword, value)

        def end_headers(self) -> None:
            if life.is_draining and not (self._has_let_go or self._is_interim):
                self.send_header("Connection", "close")
            super().end_headers()

        def _rest(self) -> None:
            self._has_let_go = self.seatrial_ear.was_heard = False
            if self._is_busy:
                self._is_busy = False
                life.requests.end()

    return Polite
