"""The probe port: health answers on a port and a thread of their own.

Does: answer the probes even while the server itself has stopped accepting, or is too busy to.
Does not: need the application's server, framework or loop.
Holds: bound to every address of the pod, because the kubelet comes from outside; several worker
processes may share the port where the kernel lets them (SO_REUSEPORT), each answering for itself.
"""

from __future__ import annotations

import socket
import threading
from typing import Any

from seatrial_app import listening
from seatrial_app.health import Answer, Paths, answer
from seatrial_app.lifecycle import Lifecycle

PATIENCE_S = 2.0  # for a probe that connects and says nothing
BACKLOG = 16


class ProbePort:
    """A tiny server for probes. Raises OSError if the port is taken."""

    def __init__(
        self, life: Lifecycle, port: int, *, host: str = "", paths: Paths | None = None
    ) -> None:
        self._socket = _bind(host, port)
        self._server: Any = _make_server(self._socket, life, paths or Paths())
        listening.OURS.add(self._socket.fileno())

    @property
    def port(self) -> int:
        """The port that is bound: the one asked for, or for 0 what the kernel chose."""
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Answer from now on, until the process ends or `close`."""
        target = self._server.serve_forever
        threading.Thread(target=target, name="seatrial-app-probes", daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self.drop()

    def drop(self) -> None:
        """Close the port without asking the thread, which is gone in the child of a fork."""
        listening.OURS.discard(self._socket.fileno())
        self._server.server_close()


def _bind(host: str, port: int) -> socket.socket:
    both = not host and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both or ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if both:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"probe port {port}: {error.strerror}") from error
    return bound


def _make_server(bound: socket.socket, life: Lifecycle, paths: Paths) -> Any:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # costly; for this only

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_S

        def do_GET(self) -> None:
            found = answer(self.path.partition("?")[0], life, paths)
            if found is None:
                self.send_error(404)
            else:
                self._send(found)

        def do_HEAD(self) -> None:
            self.do_GET()

        def _send(self, found: Answer) -> None:
            self.send_response(found.status)
            for name, value in found.headers:
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(found.body)

        def log_message(self, *_: object) -> None:
            """Probes come every few seconds; their answers are no news."""

    server = ThreadingHTTPServer(bound.getsockname()[:2], Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = bound
    return server
