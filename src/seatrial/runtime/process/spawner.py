"""The parent of all containers: a small process with one thread, asked over a socket.

Does: makes sandboxes' namespaces, forks children that follow a plan's steps, tells how they began
and how they ended.
Does not: decide anything, keep time, read logs.
Holds: it is process 1 of a pid namespace, so that when it dies, however it dies, the kernel kills
everything it started; it dies when the other end of its socket is closed, however that happens. It
imports little: its memory is copied by each fork.

Asks, each with a number `n` that its answer carries:

    sandbox  id hostname host_network shm   → answer with the network namespace, a socket watch
    discard  id                             → answer
    launch   key flags beside steps + stdout stderr    → answer with a pidfd, or `failed` `index`
    kill     key                            → answer; SIGKILL went to its whole process group
    told unasked:  hello with our own pidfd;   exit key code signal
"""

import json
import os
import selectors
import signal
import socket
import sys
from typing import Any, NamedTuple

from seatrial.runtime.process import kernel as k
from seatrial.runtime.process import sandboxes
from seatrial.runtime.process.steps import UMASK, Hands, StepFailed, describe
from seatrial.runtime.process.wire import Message, receive, send


class Launch(NamedTuple):
    """A child that is on its way, or runs."""

    key: str
    pid: int
    pidfd: int
    is_main: bool  # of a container, as against a command beside it


class Spawner:
    """The loop and what it keeps."""

    def __init__(self, connection: socket.socket, kernel: k.Kernel) -> None:
        self._connection = connection
        self._kernel = kernel
        self._selector = selectors.DefaultSelector()
        self._own = sandboxes.own_namespaces()
        self._sandboxes: dict[str, sandboxes.Namespaces] = {}
        self._launches: dict[str, Launch] = {}
        self._mains: dict[str, int] = {}
        self._reports: dict[str, tuple[int, int]] = {}  # key → pipe, number of the ask

    def serve(self) -> None:
        """Until the other end is gone."""
        self._selector.register(self._connection, selectors.EVENT_READ, None)
        send(self._connection, {"told": "hello"}, [os.pidfd_open(os.getpid())])
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    received = receive(self._connection)
                    if received is None:
                        return
                    self._do(*received)
                else:
                    what, name = key.data
                    self._begun(name) if what == "report" else self._ended(name)

    def _do(self, message: Message, descriptors: list[int]) -> None:
        try:
            answer, carried = getattr(self, f"_ask_{message['ask']}")(message, descriptors)
        except OSError as error:
            answer, carried = {"failed": describe(error)}, []
        if answer is not None:
            send(self._connection, {"n": message["n"], **answer}, carried)
        for descriptor in (*descriptors, *carried):
            os.close(descriptor)

    def _ask_sandbox(self, message: Message, _: list[int]) -> tuple[Message | None, list[int]]:
        made, watch = sandboxes.make(
            self._kernel,
            self._own,
            hostname=message["hostname"],
            has_own_network=not message["host_network"],
            shm=message["shm"],
        )
        self._sandboxes[message["id"]] = made
        return {}, [os.dup(made["net"]), *watch]

    def _ask_discard(self, message: Message, _: list[int]) -> tuple[Message | None, list[int]]:
        gone = self._sandboxes.pop(message["id"], None)
        if gone is not None:
            sandboxes.discard(self._kernel, gone, message["shm"])
        return {}, []

    def _ask_launch(
        self, message: Message, descriptors: list[int]
    ) -> tuple[Message | None, list[int]]:
        key, beside = message["key"], message["beside"]
        report, told = os.pipe2(os.O_CLOEXEC)
        try:
            pid, pidfd = self._clone(beside, message["flags"])
        except OSError:
            os.close(report)
            os.close(told)
            raise
        if pid == 0:
            os.close(report)
            self._become(message["steps"], descriptors, told)
        os.close(told)
        self._launches[key] = Launch(key, pid, pidfd, not beside)
        if not beside:
            self._mains[key] = pidfd
        self._reports[key] = (report, message["n"])
        self._selector.register(report, selectors.EVENT_READ, ("report", key))
        self._selector.register(pidfd, selectors.EVENT_READ, ("exit", key))
        return None, []

    def _clone(self, beside: str, flags: int) -> tuple[int, int]:
        """A child in new namespaces, or in the pid namespace of container `beside`."""
        if not beside:
            return self._kernel.clone(flags)
        if beside not in self._mains:
            raise ProcessLookupError(3, "no such process", beside)
        self._kernel.setns(self._mains[beside], k.CLONE_NEWPID)
        pid = -1
        try:
            pid, pidfd = self._kernel.clone(flags)
        finally:
            if pid:  # the child stays there
                self._kernel.setns(self._own["pid"], k.CLONE_NEWPID)
        return pid, pidfd

    def _become(self, steps: list[Any], descriptors: list[int], told: int) -> None:
        """In the child: follow the plan; what fails is told to the parent."""
        try:
            self._kernel.prctl(k.PR_SET_DUMPABLE, 0)
            os.setsid()
            os.umask(UMASK)
            _take_over(descriptors)
            Hands(self._kernel, self._sandboxes, self._mains).follow(steps)
        except StepFailed as failure:
            _tell(told, str(failure), failure.index)
        except BaseException as error:  # noqa: BLE001 - the child must end here, whatever it was
            _tell(told, f"bug: {error!r}", -1)
        os._exit(127)

    def _begun(self, key: str) -> None:
        """The child runs its program (its end of the pipe is closed), or has told why not."""
        if key not in self._reports:
            return  # its end was seen first, in this very round
        report, number = self._reports.pop(key)
        self._selector.unregister(report)
        with os.fdopen(report, "rb") as stream:
            told = stream.read()
        launch = self._launches[key]
        if not told:
            send(self._connection, {"n": number}, [launch.pidfd])
            return
        self._reap(launch)
        send(self._connection, {"n": number, **json.loads(told)})

    def _ended(self, key: str) -> None:
        launch = self._launches.get(key)
        if launch is None:
            return  # it failed to start and was reaped in this very round
        if key in self._reports:
            self._begun(key)
            if key not in self._launches:
                return
        code, number = self._reap(launch)
        send(self._connection, {"told": "exit", "key": key, "code": code, "signal": number})

    def _reap(self, launch: Launch) -> tuple[int, int]:
        """(exit code, 0), or (128 + signal, signal)."""
        self._selector.unregister(launch.pidfd)
        _, status = os.waitpid(launch.pid, 0)
        os.close(launch.pidfd)
        del self._launches[launch.key]
        if launch.is_main:
            del self._mains[launch.key]
        code = os.waitstatus_to_exitcode(status)
        return (128 - code, -code) if code < 0 else (code, 0)

    def _ask_kill(self, message: Message, _: list[int]) -> tuple[Message | None, list[int]]:
        launch = self._launches.get(message["key"])
        if launch is not None:
            signal.pidfd_send_signal(launch.pidfd, signal.SIGKILL)  # it may not lead a group yet
            try:
                os.killpg(launch.pid, signal.SIGKILL)
            except ProcessLookupError:
                return {"alone": True}, []
        return {}, []


def _take_over(descriptors: list[int]) -> None:
    """Standard input from nowhere; output and errors to what was handed over."""
    nothing = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(nothing, 0)
    if descriptors:
        os.dup2(descriptors[0], 1)
        os.dup2(descriptors[-1], 2)


def _tell(pipe: int, message: str, index: int) -> None:
    # Shorter than PIPE_BUF, so that it is written whole.
    os.write(pipe, json.dumps({"failed": message[:1000], "index": index}).encode())


def main(descriptor: int) -> None:
    """The program: leave for a pid namespace of our own, then serve `descriptor`."""
    kernel = k.Kernel()
    try:
        pid, _ = kernel.clone(k.CLONE_NEWPID | k.CLONE_NEWNS | k.CLONE_NEWUTS | k.CLONE_NEWIPC)
    except OSError as error:
        sys.exit(f"cannot make namespaces for containers: {describe(error)}")
    if pid:
        os._exit(0)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    kernel.mount("", "/", "", flags=k.MS_REC | k.MS_SLAVE)
    with socket.socket(fileno=descriptor) as connection:
        os.set_inheritable(descriptor, False)
        Spawner(connection, kernel).serve()
    os._exit(0)
