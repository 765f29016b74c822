"""The runtime of real processes, as the node's process sees it (edge).

Does: keep the table of sandboxes and containers; turn specs into plans, send them to the spawner,
carry output into logs, tell the journal.
Holds: each container has one task for its whole life, so that its story is told in order;
everything is gone after `aclose`, and after any death of this process (see `spawner`).
"""

import asyncio
import contextlib
import os
import resource
import shutil
import signal as signals
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from seatrial.kit.clock import wall_time_s
from seatrial.kit.errors import SeatrialError
from seatrial.kit.files import private_directory
from seatrial.kit.journal import Journal
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks
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
from seatrial.runtime.machine import Moment, Phase, move
from seatrial.runtime.process.children import KILLED, SAME_NAMESPACES, Children, End, StepRefused
from seatrial.runtime.process.listeners import Listener, ListenerWatch
from seatrial.runtime.process.logs import ContainerLog, LogLimits, Output
from seatrial.runtime.process.plan import Ground, Steps, plan_container, plan_exec
from seatrial.runtime.process.survey import settle

record = get_record("runtime")

OPEN_FILES_MAX = 1024 * 1024  # containerd's LimitNOFILE

_START_ERROR = "unable to start container process: error during container init: "
_EXEC_ERROR = "exec failed: unable to start container process: "


@dataclass(frozen=True, slots=True)
class ProcessRuntimeConfig:
    """`state` is a directory of this runtime alone; what an earlier one left there is deleted."""

    state: Path
    rootless: bool
    logs: LogLimits = field(default_factory=LogLimits)


@dataclass(slots=True)
class _Sandbox:
    spec: SandboxSpec
    netns: int
    watch: ListenerWatch | None = None
    # Whose it is, as its first container tells.
    pod: str = ""
    pod_uid: str = ""


@dataclass(slots=True)
class _Container:
    spec: ContainerSpec
    hostname: str
    begun: "asyncio.Future[Running]"
    ended: "asyncio.Future[Exit]"
    phase: Phase = Phase.CREATED
    pidfd: int = -1

    @property
    def who(self) -> dict[str, str]:
        """How the journal names it."""
        return {"pod": self.spec.pod, "uid": self.spec.pod_uid, "container": self.spec.name}


class ProcessRuntime:
    """Implements Runtime; `open` comes first, `aclose` last.

    `on_lost` is called when the spawner is gone: every container has ended with it, and no other
    can be started by this runtime.
    """

    def __init__(
        self,
        config: ProcessRuntimeConfig,
        journal: Journal,
        *,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._config = config
        self._journal = journal
        self._children = Children(on_lost=on_lost)
        self._tasks = Tasks("runtime")
        self._ground = Ground(config.state, config.rootless)
        self._sandboxes: dict[str, _Sandbox] = {}
        self._containers: dict[str, _Container] = {}

    async def open(self) -> None:
        """Make the place, start the spawner, find out what the machine gives.

        Raises MachineError, UsageError; `aclose` is needed all the same.
        """
        _allow_open_files()
        state = private_directory(self._config.state)
        await self._children.start()
        places = [state / name for name in ("containers", "shm", "root")]
        for place in places:
            await self._forget(str(place))
            private_directory(place)
        self._ground = await settle(state, self._attempt, rootless=self._config.rootless)
        await self._forget(self._ground.layer("trial"))

    async def _attempt(self, steps: Steps) -> tuple[int, str] | None:
        try:
            await self._children.run(steps)
        except StepRefused as refused:
            return refused.index, str(refused)
        return None

    async def _forget(self, path: str) -> None:
        """Delete a tree, in a child: it may be large, and this loop must go on."""
        await self._children.run([["forget", path], ["leave"]], flags=SAME_NAMESPACES)

    # Sandboxes

    async def create_sandbox(self, spec: SandboxSpec) -> Sandbox:
        """New network, IPC and host name. Raises RuntimeFailure."""
        _, (netns, *watch) = await self._children.ask(
            "sandbox",
            id=spec.id,
            hostname=spec.hostname,
            host_network=spec.host_network,
            shm=self._ground.shm(spec.id),
        )
        sandbox = self._sandboxes[spec.id] = _Sandbox(spec, netns)
        if watch:
            sandbox.watch = ListenerWatch(watch[0], partial(self._listener_closed, sandbox))
        elif not spec.host_network:
            record.info("listeners.unseen", sandbox=spec.id)
        return Sandbox(spec.id, f"/proc/{os.getpid()}/fd/{netns}")

    def _listener_closed(self, sandbox: _Sandbox, listener: Listener) -> None:
        where = {"ip": listener.ip, "port": listener.port, "state": "closed"}
        self._journal.write("listener", pod=sandbox.pod, uid=sandbox.pod_uid, **where)

    async def remove_sandbox(self, sandbox_id: str) -> None:
        """Kill what runs in it; its namespaces end with their last process."""
        # First of all, so that nothing is started in it any more.
        sandbox = self._sandboxes.pop(sandbox_id, None)
        if sandbox is None:
            return
        async with asyncio.TaskGroup() as group:
            for container_id, container in list(self._containers.items()):
                if container.spec.sandbox_id == sandbox_id:
                    group.create_task(self.remove(container_id))
        if sandbox.watch is not None:
            sandbox.watch.close()
        os.close(sandbox.netns)
        try:
            await self._children.ask("discard", id=sandbox_id, shm=self._ground.shm(sandbox_id))
        except RuntimeFailure as failure:  # then it ended with the spawner
            record.warning("sandbox.lost", sandbox=sandbox_id, why=str(failure))

    # Containers

    async def start(self, spec: ContainerSpec) -> Running:
        """Raises CannotStart, and UnknownContainer when there is no such sandbox."""
        sandbox = self._sandboxes.get(spec.sandbox_id)
        if sandbox is None:
            raise UnknownContainer(f"sandbox {spec.sandbox_id} does not exist")
        if spec.id in self._containers:
            raise CannotStart(f"container {spec.id} exists already")
        sandbox.pod, sandbox.pod_uid = spec.pod, spec.pod_uid
        hostname = sandbox.spec.hostname
        steps = plan_container(spec, self._ground, hostname=hostname)
        loop = asyncio.get_running_loop()
        container = _Container(spec, hostname, loop.create_future(), loop.create_future())
        self._containers[spec.id] = container
        self._tasks.start(self._live(container, steps), name=spec.id)
        return await asyncio.shield(container.begun)

    async def _live(self, container: _Container, steps: Steps) -> None:
        """A container's whole story, in one task, so that it is told in order."""
        try:
            log = ContainerLog(container.spec.log_path, self._config.logs)
        except SeatrialError as error:
            await self._refuse(container, CannotStart(str(error), remedy=error.remedy))
            return
        try:
            child = await self._children.launch(container.spec.id, steps, ends=log.ends)
            self._begin(container, child.pidfd)
            end = await child.ended
        except RuntimeFailure as failure:
            await self._refuse(container, CannotStart(f"{_START_ERROR}{failure}"))
            return
        finally:
            log.finish()
        self._end(container, end)

    def _begin(self, container: _Container, pidfd: int) -> None:
        container.pidfd = pidfd
        container.phase = move(container.phase, Moment.STARTED)
        running = Running(container.spec.id, _pid(pidfd), wall_time_s())
        self._journal.write("start", **container.who, pid=running.pid)
        container.begun.set_result(running)

    def _end(self, container: _Container, end: End) -> None:
        container.phase = move(container.phase, Moment.ENDED)
        self._journal.write("exit", **container.who, code=end.code, signal=end.signal)
        container.ended.set_result(
            Exit(end.code, end.signal, wall_time_s(), "Error" if end.code else "Completed")
        )

    async def _refuse(self, container: _Container, failure: CannotStart) -> None:
        container.phase = move(container.phase, Moment.REFUSED)
        del self._containers[container.spec.id]
        await self._forget_layer(container)
        container.begun.set_exception(failure)
        container.begun.exception()  # whoever started it may have been cancelled

    async def _forget_layer(self, container: _Container) -> None:
        try:
            await self._forget(self._ground.layer(container.spec.id))
        except RuntimeFailure as failure:
            # The next `open`, or `aclose`, deletes it.
            record.warning("layer.left", container=container.spec.id, why=str(failure))

    async def wait(self, container_id: str) -> Exit:
        """Raises UnknownContainer."""
        return await asyncio.shield(self._known(container_id).ended)

    async def signal(self, container_id: str, number: int) -> None:
        """Raises UnknownContainer."""
        container = self._known(container_id)
        if _send(container, number):
            self._journal.write("signal", **container.who, signal=signal_name(number))

    async def remove(self, container_id: str) -> None:
        """Kill, wait for the end, drop the writable layer."""
        container = self._containers.get(container_id)
        if container is None:
            return
        await asyncio.wait([container.begun])
        if container.phase is Phase.RUNNING:
            _send(container, signals.SIGKILL)
            await asyncio.shield(container.ended)
        if self._containers.pop(container_id, None) is None:
            return
        container.phase = move(container.phase, Moment.REMOVED)
        os.close(container.pidfd)
        await self._forget_layer(container)

    async def exec(
        self, container_id: str, argv: Sequence[str], *, timeout_s: float | None
    ) -> ExecResult:
        """Raises ExecFailure, UnknownContainer."""
        container = self._known(container_id)
        if container.phase is not Phase.RUNNING:
            raise ExecFailure(f"container {container_id} is not running")
        hostname = container.hostname
        steps = plan_exec(tuple(argv), container.spec, self._ground, hostname=hostname)
        output = Output(EXEC_OUTPUT_BYTES_MAX)
        try:
            end = await self._run_beside(container_id, steps, output.end, timeout_s)
        except RuntimeFailure as failure:
            raise ExecFailure(f"{_EXEC_ERROR}{failure}") from failure
        finally:
            kept = output.finish()
        return ExecResult((end or KILLED).code, kept, timed_out=end is None)

    async def _run_beside(
        self, container_id: str, steps: Steps, end: int, timeout_s: float | None
    ) -> End | None:
        """How a command beside a container's program ended; None: it was killed at its limit."""
        key = self._children.new_key()
        try:
            async with asyncio.timeout(timeout_s):
                child = await self._children.launch(
                    key, steps, ends=[end], beside=container_id, flags=SAME_NAMESPACES
                )
                os.close(child.pidfd)
                return await asyncio.shield(child.ended)
        except TimeoutError:
            return None
        finally:
            # When it has ended this does nothing; when we were cancelled nobody else would do it.
            await self._children.kill_group(key)

    async def aclose(self) -> None:
        """Kill and remove everything; also after a failed `open`."""
        try:
            async with asyncio.TaskGroup() as group:
                for sandbox_id in list(self._sandboxes):
                    group.create_task(self.remove_sandbox(sandbox_id))
        finally:
            await self._children.aclose()
            await self._tasks.stop()
            if self._config.state.exists():
                shutil.rmtree(self._config.state)

    def _known(self, container_id: str) -> _Container:
        try:
            return self._containers[container_id]
        except KeyError as error:
            raise UnknownContainer(f"container {container_id} does not exist") from error


def signal_name(number: int) -> str:
    """SIGTERM, SIGRTMIN+3."""
    if signals.SIGRTMIN < number < signals.SIGRTMAX:
        return f"SIGRTMIN+{number - signals.SIGRTMIN}"
    return signals.Signals(number).name


def _allow_open_files() -> None:
    """As many as containerd allows; a container costs us four, and inherits the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES_MAX if hard == resource.RLIM_INFINITY else min(OPEN_FILES_MAX, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _send(container: _Container, number: int) -> bool:
    """Whether the main process was there to get the signal."""
    if container.phase is not Phase.RUNNING:
        return False
    with contextlib.suppress(ProcessLookupError):
        signals.pidfd_send_signal(container.pidfd, number)
        return True
    return False


def _pid(pidfd: int) -> int:
    """The process as this machine counts; the spawner counts in a namespace of its own."""
    with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as lines:
        fields = dict(line.split(":", 1) for line in lines)
    return int(fields["Pid"])
