"""A runtime without processes: what a container does is data.

    runtime = FakeRuntime()
    runtime.behave("web", Behaviour(ignores=frozenset({SIGTERM})))   # by container name or argv[0]
    runtime.on_exec("web", ExecResult(1, b"not ready"))
    ...
    runtime.finish(container_id, 3)
    assert runtime.calls[-1] == Call("signal", container_id, 15)

Does: keep sandboxes, containers, logs (CRI format) and the journal as the real one does; time is
the loop's, so that it runs in virtual time too.
"""

import asyncio
import signal as signals
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from seatrial.kit.clock import wall_time_s
from seatrial.kit.journal import Journal
from seatrial.runtime.interface import (
    EXEC_OUTPUT_BYTES_MAX,
    CannotStart,
    ContainerSpec,
    ExecFailure,
    ExecResult,
    Exit,
    Running,
    RuntimeFailure,
    Sandbox,
    SandboxSpec,
    UnknownContainer,
)
from seatrial.runtime.log_format import Stream, render_line
from seatrial.runtime.machine import Moment, Phase, move

# Signals that end a process which does nothing about them ("Term" and "Core" of signal(7)).
FATAL = frozenset(
    int(number)
    for number in signals.Signals
    if number.name
    not in {"SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGWINCH"}
)

T = TypeVar("T")
ExecAnswer = ExecResult | RuntimeFailure | Callable[[tuple[str, ...]], ExecResult]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a container's process does. The default runs until a signal ends it."""

    exits_after_s: float | None = None
    exit_code: int = 0
    prints: Sequence[str] = ()  # lines on standard output, at its start
    ignores: frozenset[int] = frozenset()  # signal numbers; SIGKILL cannot be ignored
    stops_after_s: float = 0.0  # from a fatal signal (not SIGKILL) to its end
    stop_code: int | None = None  # the exit code after such a signal; None: killed by it
    cannot_start: str = ""  # the message of CannotStart


@dataclass(frozen=True, slots=True)
class Call:
    """One call that the runtime received: the method, the id and what else was given."""

    method: str
    id: str
    detail: Any = None


@dataclass(slots=True)
class _Container:
    spec: ContainerSpec
    behaviour: Behaviour
    ended: "asyncio.Future[Exit]"
    phase: Phase = Phase.CREATED
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


class FakeRuntime:
    """Implements Runtime."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.calls: list[Call] = []
        self.sandboxes: dict[str, SandboxSpec] = {}
        self._journal = journal or Journal()
        self._containers: dict[str, _Container] = {}
        self._behaviours: dict[str, Behaviour] = {}
        self._exec_answers: dict[str, tuple[ExecAnswer, float]] = {}
        self._last_pid = 1000

    # What a test says

    def behave(self, name: str, behaviour: Behaviour) -> None:
        """Containers named `name`, or else whose argv[0] is `name`, will do this."""
        self._behaviours[name] = behaviour

    def on_exec(self, name: str, answer: ExecAnswer, *, takes_s: float = 0.0) -> None:
        """What a command in containers named `name` (or else whose argv[0] is `name`) gives."""
        self._exec_answers[name] = (answer, takes_s)

    def finish(self, container_id: str, code: int, *, signal: int = 0) -> None:
        """End the main process of a running container now."""
        self._end(self._known(container_id), code, signal)

    def print(self, container_id: str, line: str, stream: Stream = "stdout") -> None:
        """Write a line to the container's log."""
        path = self._known(container_id).spec.log_path
        with path.open("ab") as log:
            log.write(render_line(wall_time_s(), stream, line.encode()))

    def spec(self, container_id: str) -> ContainerSpec:
        """What the container was started with."""
        return self._known(container_id).spec

    def running(self, name: str) -> list[str]:
        """The ids of running containers named `name`, oldest first."""
        return [
            id_
            for id_, container in self._containers.items()
            if container.spec.name == name and container.phase is Phase.RUNNING
        ]

    # The contract

    async def create_sandbox(self, spec: SandboxSpec) -> Sandbox:
        self.calls.append(Call("create_sandbox", spec.id, spec))
        self.sandboxes[spec.id] = spec
        return Sandbox(spec.id, f"/proc/0/fd/{len(self.sandboxes)}")

    async def remove_sandbox(self, sandbox_id: str) -> None:
        self.calls.append(Call("remove_sandbox", sandbox_id))
        for id_, container in list(self._containers.items()):
            if container.spec.sandbox_id == sandbox_id:
                self._drop(id_, container)
        self.sandboxes.pop(sandbox_id, None)

    async def start(self, spec: ContainerSpec) -> Running:
        self.calls.append(Call("start", spec.id, spec))
        if spec.sandbox_id not in self.sandboxes:
            raise UnknownContainer(f"sandbox {spec.sandbox_id} does not exist")
        if spec.id in self._containers:
            raise CannotStart(f"container {spec.id} exists already")
        behaviour = self._lookup(self._behaviours, spec) or Behaviour()
        if behaviour.cannot_start:
            raise CannotStart(behaviour.cannot_start)
        loop = asyncio.get_running_loop()
        container = _Container(spec, behaviour, loop.create_future())
        container.phase = move(container.phase, Moment.STARTED)
        self._containers[spec.id] = container
        self._last_pid += 1
        self._journal.write("start", **_who(spec), pid=self._last_pid)
        spec.log_path.parent.mkdir(parents=True, exist_ok=True)
        spec.log_path.touch()
        for line in behaviour.prints:
            self.print(spec.id, line)
        if behaviour.exits_after_s is not None:
            self._end_later(container, behaviour.exits_after_s, behaviour.exit_code, 0)
        return Running(spec.id, self._last_pid, wall_time_s())

    async def wait(self, container_id: str) -> Exit:
        return await asyncio.shield(self._known(container_id).ended)

    async def signal(self, container_id: str, number: int) -> None:
        self.calls.append(Call("signal", container_id, number))
        container = self._known(container_id)
        if container.phase is not Phase.RUNNING:
            return
        name = signals.Signals(number).name
        self._journal.write("signal", **_who(container.spec), signal=name)
        self._suffer(container, number)

    async def exec(
        self, container_id: str, argv: Sequence[str], *, timeout_s: float | None
    ) -> ExecResult:
        self.calls.append(Call("exec", container_id, tuple(argv)))
        container = self._known(container_id)
        if container.phase is not Phase.RUNNING:
            raise ExecFailure(f"container {container_id} is not running")
        default = (ExecResult(0, b""), 0.0)
        answer, takes_s = self._lookup(self._exec_answers, container.spec) or default
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.sleep(takes_s)
        except TimeoutError:
            return ExecResult(128 + signals.SIGKILL, b"", timed_out=True)
        if isinstance(answer, RuntimeFailure):
            raise answer
        result = answer(tuple(argv)) if callable(answer) else answer
        return ExecResult(result.code, result.output[:EXEC_OUTPUT_BYTES_MAX], result.timed_out)

    async def remove(self, container_id: str) -> None:
        self.calls.append(Call("remove", container_id))
        container = self._containers.get(container_id)
        if container is not None:
            self._drop(container_id, container)

    async def aclose(self) -> None:
        for sandbox_id in list(self.sandboxes):
            await self.remove_sandbox(sandbox_id)

    # How it is done

    def _known(self, container_id: str) -> _Container:
        try:
            return self._containers[container_id]
        except KeyError as error:
            raise UnknownContainer(f"container {container_id} does not exist") from error

    @staticmethod
    def _lookup(table: dict[str, T], spec: ContainerSpec) -> T | None:
        return table.get(spec.name) or table.get(spec.argv[0] if spec.argv else "")

    def _suffer(self, container: _Container, number: int) -> None:
        behaviour = container.behaviour
        if number == signals.SIGKILL:
            self._end(container, 128 + number, number)
        elif number in FATAL and number not in behaviour.ignores:
            killed = behaviour.stop_code is None
            code = behaviour.stop_code if behaviour.stop_code is not None else 128 + number
            self._end_later(container, behaviour.stops_after_s, code, number if killed else 0)

    def _end_later(self, container: _Container, after_s: float, code: int, signal: int) -> None:
        loop = asyncio.get_running_loop()
        container.timers.append(loop.call_later(after_s, self._end, container, code, signal))

    def _end(self, container: _Container, code: int, signal: int) -> None:
        if container.phase is not Phase.RUNNING:
            return
        container.phase = move(container.phase, Moment.ENDED)
        for timer in container.timers:
            timer.cancel()
        self._journal.write("exit", **_who(container.spec), code=code, signal=signal)
        container.ended.set_result(
            Exit(code, signal, wall_time_s(), "Error" if code else "Completed")
        )

    def _drop(self, container_id: str, container: _Container) -> None:
        self._end(container, 128 + signals.SIGKILL, signals.SIGKILL)
        container.phase = move(container.phase, Moment.REMOVED)
        del self._containers[container_id]


def _who(spec: ContainerSpec) -> dict[str, str]:
    return {"pod": spec.pod, "uid": spec.pod_uid, "container": spec.name}
