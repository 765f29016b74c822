"""The netlink socket (edge).

Does: carry requests to the kernel of the network namespace in which the channel was opened, and
bring back acknowledgements, dumps and the first error.
Does not: wait: the kernel has answered every request by the time `send` returns, so the
reads never block; the limit is a guard against a kernel that breaks this.
Holds: one request at a time; no state survives a call.
"""

import errno
import socket
from collections.abc import Sequence

from seatrial.network.errors import KernelRefused, NetworkError
from seatrial.network.netlink import wire
from seatrial.network.netlink.wire import Message, Received

ROUTE = 0
NETFILTER = 12

# A guard only, see above.
ANSWER_LIMIT_S = 5.0
# Enough for the largest datagram the kernel makes for a dump.
DATAGRAM_BYTES_MAX = 1 << 17
# Acknowledgements wait in the receive buffer until they are read; each takes about 768 bytes of it.
MESSAGES_PER_SEND = 64
BUFFER_BYTES = 4 << 20


# Names that the socket module lacks; these are the numbers of x86, ARM, RISC-V, POWER and s390.
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33


def enlarge_buffers(made: socket.socket, size: int) -> None:
    """Give a socket buffers of `size` bytes, or what the kernel lets an ordinary user have."""
    for forced, usual in (
        (_SO_RCVBUFFORCE, socket.SO_RCVBUF),
        (_SO_SNDBUFFORCE, socket.SO_SNDBUF),
    ):
        try:
            made.setsockopt(socket.SOL_SOCKET, forced, size)
        except PermissionError:
            # The kernel cuts this at its own limit instead of refusing.
            made.setsockopt(socket.SOL_SOCKET, usual, size)


class Channel:
    """One netlink socket of one family."""

    def __init__(self, family: int) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family
        )
        enlarge_buffers(self._socket, BUFFER_BYTES)
        self._socket.bind((0, 0))
        self._socket.settimeout(ANSWER_LIMIT_S)
        self._sequence = 0

    def close(self) -> None:
        """Close the socket; a second call does nothing."""
        self._socket.close()

    def request(self, messages: Sequence[Message], *, doing: str) -> None:
        """Send each message, in order; raise KernelRefused for the first that fails.

        Messages after a failed one may have been done.
        """
        for start in range(0, len(messages), MESSAGES_PER_SEND):
            self._request_some(messages[start : start + MESSAGES_PER_SEND], doing, start)

    def batch(self, messages: Sequence[Message], *, doing: str) -> None:
        """Send `messages` as one: all is done or nothing.

        The first and the last message are the brackets of an nfnetlink batch; the last one between
        them, and no other, asks for an acknowledgement. Raises KernelRefused for the first message
        that fails.
        """
        first = self._send(messages)
        awaited = first + len(messages) - 2
        failure: KernelRefused | None = None
        while True:
            for answer in wire.parse_messages(self._receive(doing)):
                if answer.kind != wire.MESSAGE_ERROR or answer.sequence < first:
                    continue
                number = wire.error_number(answer)
                if number and failure is None:
                    failure = KernelRefused(doing, number, answer.sequence - first)
                # An error about a bracket means that nothing else was looked at.
                if answer.sequence in {first, awaited, awaited + 1}:
                    if failure is not None:
                        raise failure
                    return

    def dump(self, message: Message, *, doing: str) -> list[Received]:
        """All objects that `message` asks for."""
        asked = Message(message.kind, message.flags | wire.DUMP, message.body)
        sequence = self._send([asked])
        found: list[Received] = []
        while True:
            for answer in wire.parse_messages(self._receive(doing)):
                if answer.sequence != sequence:
                    continue
                if answer.kind == wire.MESSAGE_DONE:
                    return found
                if answer.kind == wire.MESSAGE_ERROR:
                    raise KernelRefused(doing, wire.error_number(answer))
                found.append(answer)

    def get(self, message: Message, *, doing: str) -> Received:
        """The one object that `message` asks for."""
        sequence = self._send([message])
        while True:
            for answer in wire.parse_messages(self._receive(doing)):
                if answer.sequence != sequence:
                    continue
                if answer.kind == wire.MESSAGE_ERROR:
                    raise KernelRefused(doing, wire.error_number(answer))
                return answer

    def _request_some(self, messages: Sequence[Message], doing: str, position: int) -> None:
        asked = [Message(each.kind, each.flags | wire.ACK, each.body) for each in messages]
        first = self._send(asked)
        waiting = len(asked)
        failure: KernelRefused | None = None
        while waiting:
            for answer in wire.parse_messages(self._receive(doing)):
                if answer.kind != wire.MESSAGE_ERROR or answer.sequence < first:
                    continue
                waiting -= 1
                number = wire.error_number(answer)
                if number and failure is None:
                    failure = KernelRefused(doing, number, position + answer.sequence - first)
        if failure is not None:
            raise failure

    def _send(self, messages: Sequence[Message]) -> int:
        first = self._sequence + 1
        self._sequence += len(messages)
        data = b"".join(each.encode(first + place) for place, each in enumerate(messages))
        try:
            self._socket.send(data)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                raise NetworkError(
                    f"a netlink request of {len(data)} bytes is too large"
                ) from error
            raise NetworkError(f"netlink does not take requests: {error}") from error
        return first

    def _receive(self, doing: str) -> bytes:
        try:
            return self._socket.recv(DATAGRAM_BYTES_MAX)
        except TimeoutError as error:
            raise NetworkError(f"{doing}: the kernel did not answer") from error
        except OSError as error:
            raise NetworkError(f"{doing}: {error}") from error
