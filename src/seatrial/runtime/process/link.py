"""The node's end of the socket to the spawner (edge).

Does: start the spawner, send asks and hand each its answer, hand on what is told unasked.
Holds: when the spawner is lost, every ask that waits fails, `on_lost` is called once, and every
later ask fails.
"""

import asyncio
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import seatrial
from seatrial.kit.errors import Bug, MachineError
from seatrial.runtime.interface import RuntimeFailure
from seatrial.runtime.process import wire
from seatrial.runtime.process.kernel import PR_SET_CHILD_SUBREAPER, Kernel

START_LIMIT_S = 20.0  # a Python that starts on a very busy machine
STOP_LIMIT_S = 10.0  # the kernel kills and reaps every process below

_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from seatrial.runtime.process.spawner import main; main(int(sys.argv[2]))"
)

Answer = tuple[wire.Message, list[int]]


class Link:
    """One spawner."""

    def __init__(
        self, *, on_exit: Callable[[str, int, int], None], on_lost: Callable[[], None]
    ) -> None:
        self._on_exit = on_exit
        self._on_lost = on_lost
        self._connection: socket.socket | None = None
        self._pidfd = -1
        self._hello: asyncio.Future[int] | None = None
        self._answers: dict[int, asyncio.Future[Answer]] = {}
        self._outbox: deque[tuple[wire.Message, tuple[int, ...]]] = deque()
        self._last_number = 0

    async def start(self) -> None:
        """Start the spawner and wait until it serves. Raises MachineError."""
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._connection = ours
        self._hello = loop.create_future()
        loop.add_reader(ours.fileno(), self._readable)
        with theirs, _adopting(), _spawn(theirs) as starter:
            theirs.close()
            try:
                async with asyncio.timeout(START_LIMIT_S):
                    self._pidfd = await self._hello
            except (TimeoutError, RuntimeFailure) as error:
                starter.kill()
                raise MachineError(
                    "the spawner of containers does not start",
                    remedy="see the messages above; `seatrial doctor` says what this machine lacks",
                ) from error

    async def ask(
        self, ask: str, fields: wire.Message, *, descriptors: Sequence[int] = ()
    ) -> Answer:
        """Send one ask; its answer and the descriptors it carries (the caller's to close)."""
        if self._connection is None:
            raise RuntimeFailure("the spawner of containers is gone")
        self._last_number += 1
        number = self._last_number
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self._outbox.append(({"ask": ask, "n": number, **fields}, tuple(descriptors)))
        self._flush()
        return await answer

    async def aclose(self) -> None:
        """Let the spawner end, and with it all that it started; wait until that is so."""
        self._hang_up()
        if self._pidfd < 0:
            return
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._pidfd, ended.set)
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                await ended.wait()
        finally:
            loop.remove_reader(self._pidfd)
        os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG)  # noqa: ASYNC222 - it has ended
        os.close(self._pidfd)
        self._pidfd = -1

    def _flush(self) -> None:
        connection = self._connection
        if connection is None:
            return
        loop = asyncio.get_running_loop()
        try:
            while self._outbox:
                wire.send(connection, *self._outbox[0])
                self._outbox.popleft()
        except BlockingIOError:
            loop.add_writer(connection.fileno(), self._flush)
        except OSError:
            self._lost()
        else:
            loop.remove_writer(connection.fileno())

    def _readable(self) -> None:
        while self._connection is not None:
            try:
                received = wire.receive(self._connection)
            except BlockingIOError:
                return
            except ConnectionError:
                received = None
            if received is None:
                self._lost()
            else:
                self._take(*received)

    def _take(self, message: wire.Message, descriptors: list[int]) -> None:
        if "n" in message:
            answer = self._answers.pop(message["n"])
            if answer.cancelled():
                _close_all(descriptors)
            else:
                answer.set_result((message, descriptors))
        elif message["told"] == "exit":
            self._on_exit(message["key"], message["code"], message["signal"])
        elif self._hello is None:
            raise Bug("the spawner said hello before it was started")
        elif not self._hello.done():
            self._hello.set_result(descriptors[0])

    def _lost(self) -> None:
        self._hang_up()
        self._on_lost()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(connection.fileno())
        loop.remove_writer(connection.fileno())
        connection.close()
        gone = RuntimeFailure("the spawner of containers is gone")
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(gone)
        self._answers.clear()
        if self._hello is not None and not self._hello.done():
            self._hello.set_exception(gone)


def _spawn(theirs: socket.socket) -> "subprocess.Popen[bytes]":
    source = str(Path(seatrial.__file__).parent.parent)
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _PROGRAM, source, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,  # Ctrl-C at a terminal is the node's to handle
    )


class _adopting:  # noqa: N801 - reads as a word in `with`
    """Within, this process becomes the parent of its orphaned descendants.

    The process we start forks the real spawner and ends; so the spawner becomes our own child.
    """

    def __enter__(self) -> None:
        Kernel().prctl(PR_SET_CHILD_SUBREAPER, 1)

    def __exit__(self, *_: object) -> None:
        Kernel().prctl(PR_SET_CHILD_SUBREAPER, 0)


def _close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
