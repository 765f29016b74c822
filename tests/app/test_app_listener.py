"""A listener that stops where the kernel does not help: a fake kernel that refuses."""

import errno
import socket
import struct

import pytest

from seatrial_app import handshakes
from seatrial_app.listener import Stopped, refuse_new, stop_accepting, stop_accepting_async

LIMIT_S = 10.0


class RefusingKernel:
    """As in a sandbox: no filter, and it does not say what is under way."""

    def refuse_new(self, listening: socket.socket) -> None:
        raise OSError(errno.ENOPROTOOPT, "protocol not available")

    def under_way(self, listening: socket.socket) -> int | None:
        return None


class SecretiveKernel:
    """Filters, does not count, then counts down."""

    def __init__(self, *counts: int | OSError) -> None:
        self._counts = list(counts)

    def refuse_new(self, listening: socket.socket) -> None:
        assert listening.fileno() >= 0

    def under_way(self, listening: socket.socket) -> int:
        count = self._counts.pop(0) if len(self._counts) > 1 else self._counts[0]
        if isinstance(count, OSError):
            raise count
        return count


def test_without_a_filter_those_who_wait_are_still_accepted() -> None:
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        clients = [socket.create_connection(listening.getsockname(), LIMIT_S) for _ in range(3)]
        stopped = stop_accepting(listening, lambda c, _: kept.append(c), kernel=RefusingKernel())
    assert stopped == Stopped(filtered=False, accepted=3, under_way=0)
    for waiting in [*kept, *clients]:
        waiting.close()


def test_a_descriptor_is_as_good_as_a_socket_and_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop_accepting(listening.fileno(), _never, kernel=RefusingKernel())
        with socket.create_connection(listening.getsockname(), LIMIT_S):
            listening.setblocking(True)
            listening.accept()[0].close()


def test_the_wait_ends_when_the_last_handshake_ended() -> None:
    clock = iter([0.0, *[0.0] * 8]).__next__
    kernel = SecretiveKernel(2, 1, 0)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stopped = stop_accepting(listening, _never, settle_s=0.001, kernel=kernel, clock=clock)
    assert stopped == Stopped(filtered=True, accepted=0, under_way=0)


def test_a_kernel_that_does_not_count_costs_one_short_wait() -> None:
    clock = iter([0.0, 0.05, 0.05, 0.2]).__next__
    kernel = SecretiveKernel(OSError(errno.EPERM, "no sock_diag"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        socket.create_connection(listening.getsockname(), LIMIT_S).close()
        stopped = stop_accepting(listening, _drop, kernel=kernel, clock=clock)
    assert stopped == Stopped(filtered=True, accepted=1, under_way=None)


def test_what_cannot_be_handed_over_is_closed_and_said(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(connection: socket.socket, address: object) -> None:
        raise RuntimeError("no room")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname(), LIMIT_S)
        assert stop_accepting(listening, refuse, kernel=RefusingKernel()).accepted == 1
    with client:
        assert client.recv(1) == b""
    assert "could not be handed over" in caplog.text


async def test_a_listener_that_is_closed_already_is_no_error() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    listening.close()
    assert not refuse_new(listening)
    assert stop_accepting(listening, _never) == Stopped(False, 0, None)
    assert await stop_accepting_async(listening) == Stopped(False, 0, None)


async def test_a_listener_that_others_go_on_with_is_not_closed_to_newcomers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stopped = await stop_accepting_async(listening, may_refuse=False)
        assert stopped == Stopped(filtered=False, accepted=0, under_way=0)
        with socket.create_connection(listening.getsockname(), LIMIT_S):
            listening.accept()[0].close()


async def test_a_loop_that_accepts_is_waited_for_without_a_filter_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stopped = await stop_accepting_async(listening, kernel=RefusingKernel())
    assert stopped == Stopped(filtered=False, accepted=0, under_way=0)


def test_the_answer_of_the_kernel_is_counted_and_its_refusal_raised() -> None:
    one = struct.pack("=IHHII", 16 + 4, handshakes.SOCK_DIAG_BY_FAMILY, 2, 1, 0) + bytes(4)
    done = struct.pack("=IHHIIi", 20, handshakes.NLMSG_DONE, 2, 1, 0, 0)
    assert handshakes.count_answers(one + one) == (2, False)
    assert handshakes.count_answers(one + done) == (1, True)
    refused = struct.pack("=IHHIIi", 20, handshakes.NLMSG_ERROR, 0, 1, 0, -errno.EPERM)
    with pytest.raises(PermissionError):
        handshakes.count_answers(refused)


def _never(connection: socket.socket, address: object) -> None:
    raise AssertionError(f"nobody waited, yet {address} came")


def _drop(connection: socket.socket, address: object) -> None:
    connection.close()
