"""A TCP connection, perhaps with TLS, that has a deadline for all it does (edge).

Holds: no step waits past the deadline; only looking up a name does not know it (the C library's
own limits hold), so nobody may wait for a connection to be made but a thread of its own.
"""

from __future__ import annotations

import socket
from time import monotonic
from typing import TYPE_CHECKING

from seatrial.waiter.targets import Trust

if TYPE_CHECKING:
    import ssl

# Taken from the kernel at a time.
READ_BYTES = 65_536


class Deadline:
    """A moment; every step may take what is left."""

    def __init__(self, limit_s: float) -> None:
        """`limit_s` from now."""
        self._limit_s = limit_s
        self._ends_s = monotonic() + limit_s

    def left_s(self) -> float:
        """Raises TimeoutError when nothing is left."""
        left_s = self._ends_s - monotonic()
        if left_s <= 0:
            raise TimeoutError(f"no answer within {self._limit_s:g}s")
        return left_s


class Connection:
    """To be used in a `with` block. Every method raises OSError, TimeoutError among them."""

    def __init__(self, host: str, port: int, deadline: Deadline) -> None:
        """Connect to the first of the host's addresses that takes us."""
        self._deadline = deadline
        self._socket = dial(host, port, deadline)

    def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Go on inside TLS with the server that `name` is."""
        self._socket.settimeout(self._deadline.left_s())
        self._socket = context.wrap_socket(self._socket, server_hostname=name)

    def send(self, data: bytes) -> None:
        """All of it."""
        self._socket.settimeout(self._deadline.left_s())
        self._socket.sendall(data)

    def receive(self, count: int = READ_BYTES) -> bytes:
        """What has come, at most `count` bytes; nothing: the other side has ended."""
        self._socket.settimeout(self._deadline.left_s())
        return self._socket.recv(count)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()


def dial(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Each address gets its share of the time that is left; the last one's failure is raised."""
    addresses = resolve(host, port)
    for place, (family, kind, protocol, _, address) in enumerate(addresses):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(deadline.left_s() / (len(addresses) - place))
            connection.connect(address)
        except OSError:
            connection.close()
            if place == len(addresses) - 1:
                raise
        else:
            return connection
    raise OSError(f"{host} has no address")


def resolve(host: str, port: int = 0) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    """A name's addresses. Raises OSError that names it."""
    # As bytes where it can be: for text Python imports its tables of international names.
    name = host.encode() if host.isascii() else host
    try:
        return list(socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
    except (socket.gaierror, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise OSError(f"cannot resolve {host}: {why}") from error


def client_tls(trust: Trust, *, checks_name: bool = True) -> ssl.SSLContext:
    """How to speak TLS. Raises OSError for a file of authorities that cannot be read."""
    import ssl

    context = ssl.create_default_context(cafile=trust.ca or None)
    if trust.is_insecure or not checks_name:
        context.check_hostname = False
    if trust.is_insecure:
        context.verify_mode = ssl.CERT_NONE
    return context


def explain(error: OSError) -> str:
    """A failure in few words, without its number."""
    not_trusted = getattr(error, "verify_message", "")
    if not_trusted:
        return f"its certificate is not trusted: {not_trusted}"
    reason = getattr(error, "reason", None)
    if isinstance(reason, str):  # of TLS: WRONG_VERSION_NUMBER
        return f"TLS: {reason.lower().replace('_', ' ')}"
    text = error.strerror or str(error) or type(error).__name__
    if text.endswith("timed out"):
        return "no answer in time"
    where = f"{error.filename}: " if error.filename else ""
    return where + text[:1].lower() + text[1:]
