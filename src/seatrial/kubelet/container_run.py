"""One container of a pod, attempt after attempt: the steps that take time.

Does: image, start, hooks, probes, signals, the end, each as a task that changes the container's
state when it is over.
Does not: decide when; the pod machine does.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Literal

from seatrial.api.objects import namespace_of
from seatrial.images.interface import Image
from seatrial.kit import chance
from seatrial.kit.clock import wall_time_s
from seatrial.kubelet import hooks
from seatrial.kubelet.aftermath import (
    REASON_SHOWN_S,
    Aftermath,
    Waiting,
    after_end,
    after_refusal,
    runs_again,
    start_error,
)
from seatrial.kubelet.containers import (
    ContainerShape,
    ContainerState,
    Hook,
    Phase,
    Role,
    Stopping,
    Termination,
)
from seatrial.kubelet.env import EnvironmentSources
from seatrial.kubelet.errors import ContainerFailure
from seatrial.kubelet.launching import Launch, container_spec
from seatrial.kubelet.objects_cache import services_around
from seatrial.kubelet.pod_host import PodHost
from seatrial.kubelet.probes.ask import Target
from seatrial.kubelet.probes.worker import ProbeKind, Reports, probe_until_cancelled
from seatrial.kubelet.shutdown import RunPreStop, SendTerm, Step, probe_grace_s, spec_grace_s
from seatrial.kubelet.signal_names import SIGKILL, stop_signal
from seatrial.kubelet.termination import termination_of
from seatrial.runtime.interface import CannotStart, RuntimeFailure, UnknownContainer

LOGS_KEPT = 2  # the running attempt's and the one before (`kubectl logs --previous`)


class ContainerRun:
    """The attempts of one container."""

    def __init__(self, host: PodHost, shape: ContainerShape) -> None:
        self._host = host
        self._shape = shape
        self._name = shape.name
        self._image: Image | None = None
        self._launches = 0  # by this kubelet
        self._starting: asyncio.Task[None] | None = None
        self._beside: dict[str, asyncio.Task[None]] = {}  # probes and hooks of this attempt
        kind = "containers" if shape.role is Role.MAIN else "initContainers"
        self._field_path = f"spec.{kind}{{{shape.name}}}"

    # What the worker asks for

    def start(self) -> None:
        """Begin the next attempt."""
        self._change(phase=Phase.STARTING)
        self._starting = self._host.spawn(self._start(), name=f"{self._name}/start")

    def abandon(self) -> None:
        """Give up an attempt that is on its way up."""
        task, self._starting = self._starting, None
        if task is not None:
            # It may be cancelled before its first step: then nothing of it runs but this.
            task.add_done_callback(lambda _: self._was_abandoned())
            task.cancel()

    def take_shape(self, shape: ContainerShape) -> None:
        """The container's spec as it is now; another image means another container."""
        before, self._shape = self._shape, shape
        if before.wire.get("image") != shape.wire.get("image"):
            message = f"Container {self._name} definition changed, will be restarted"
            self.begin_stop(spec_grace_s(self._host.pod), message, must_restart=True)

    def begin_stop(self, grace_s: float, message: str = "", *, must_restart: bool = False) -> None:
        """Put the running attempt on its way down; `must_restart`: whatever its exit code is."""
        if self._state.phase is not Phase.RUNNING or self._state.stopping is not None:
            return
        self._tell("Normal", "Killing", message or f"Stopping container {self._name}")
        for kind in ("startup", "liveness"):
            self._cancel(kind)
        stopping = Stopping(began_at=wall_time_s(), grace_s=grace_s)
        self._change(stopping=stopping, must_restart=must_restart)

    def stop_step(self, step: Step) -> None:
        """Do one step of the termination."""
        stopping = self._state.stopping
        if stopping is None:
            return
        if isinstance(step, RunPreStop):
            self._change(stopping=replace(stopping, hook=Hook.RUNNING))
            self._start_beside("preStop", self._pre_stop(step.limit_s))
        elif isinstance(step, SendTerm):
            self._change(stopping=replace(stopping, term_sent_at=wall_time_s()))
            self._send(self._stop_signal())
        else:
            self._change(stopping=replace(stopping, kill_sent=True))
            self._send(SIGKILL)

    # Up

    async def _start(self) -> None:
        container_id = chance.uid().replace("-", "") + chance.uid().replace("-", "")
        try:
            await self._launch(container_id)
        except CannotStart as error:
            self._could_not_run(container_id, error)
        except ContainerFailure as error:
            self._suffer_refusal(error)
        except RuntimeFailure as error:
            self._suffer_refusal(ContainerFailure(str(error)))
        except asyncio.CancelledError:
            await self._host.parts.runtime.remove(container_id)
            raise
        finally:
            self._starting = None

    def _was_abandoned(self) -> None:
        if self._state.phase is Phase.STARTING:
            phase = Phase.WAITING if self._state.ended is None else Phase.EXITED
            self._change(phase=phase)

    async def _launch(self, container_id: str) -> None:
        host, state = self._host, self._state
        sandbox, attempt = host.sandbox, state.next_attempt
        image = await host.parts.images.ensure(
            host.pod, self._shape.wire, lookup=sandbox.fetched, tell=self._tell
        )
        self._image = image
        launch = Launch(
            container=self._shape.wire, container_id=container_id, sandbox_id=sandbox.id,
            attempt=attempt, image=image, sources=self._sources(), volumes=sandbox.volumes.paths,
            places=host.places, hidden=(host.parts.config.data_dir, *host.parts.config.hidden),
        )  # fmt: skip
        running = await host.parts.runtime.start(container_spec(launch))
        self._launches += 1
        self._tell("Normal", "Created", "Container created")
        self._tell("Normal", "Started", "Container started")
        self._change(
            phase=Phase.RUNNING, attempt=attempt, next_attempt=attempt + 1, retry_at=0.0,
            container_id=container_id, started_at=running.started_at, image=image.reference,
            image_id=image.image_id, image_failures=0, waiting_reason="", waiting_message="",
            last=state.ended or state.last, ended=None, stopping=None, must_restart=False,
            started=False, ready=False,
            post_start=Hook.RUNNING if self._shape.has_post_start else Hook.DONE,
        )  # fmt: skip
        host.spawn(self._watch(container_id, attempt), name=f"{self._name}/wait")
        if self._shape.has_post_start:
            self._start_beside("postStart", self._post_start())
        else:
            self._is_up()

    def _sources(self) -> EnvironmentSources:
        host = self._host
        return EnvironmentSources(
            pod=host.pod, pod_ip=host.sandbox.ip, node=host.parts.node,
            lookup=host.sandbox.fetched,
            services=services_around(host.parts.services, namespace_of(host.pod)),
        )  # fmt: skip

    async def _post_start(self) -> None:
        try:
            await hooks.run(self._shape.wire["lifecycle"]["postStart"], self._target())
        except hooks.HookFailure:
            # What the hook said is kept back on purpose: it may hold secrets.
            self._tell("Warning", "FailedPostStartHook", "PostStartHook failed")
            self._change(post_start=Hook.FAILED)
            self.begin_stop(spec_grace_s(self._host.pod), "FailedPostStartHook")
            return
        if self._state.phase is Phase.RUNNING:
            self._change(post_start=Hook.DONE)
            self._is_up()

    def _is_up(self) -> None:
        probe = self._shape.probe("startup")
        if probe is None:
            self._has_started()
        else:
            self._start_probe("startup", probe)

    def _has_started(self) -> None:
        readiness, liveness = self._shape.probe("readiness"), self._shape.probe("liveness")
        self._change(started=True, has_been_started=True, ready=readiness is None)
        if readiness is not None:
            self._start_probe("readiness", readiness)
        if liveness is not None and self._state.stopping is None:
            self._start_probe("liveness", liveness)

    # Probes

    def _start_probe(self, kind: ProbeKind, probe: dict[str, Any]) -> None:
        reports = Reports(
            verdict=self._on_verdict,
            unhealthy=lambda message: self._tell("Warning", "Unhealthy", message),
        )
        work = probe_until_cancelled(
            kind, probe, self._target(), started_at=self._state.started_at, reports=reports,
            spread=self._host.spread_probes and self._launches == 1,
        )  # fmt: skip
        self._start_beside(kind, work)

    def _on_verdict(self, kind: ProbeKind, healthy: bool) -> None:
        if kind == "readiness":
            self._change(ready=healthy)
        elif kind == "startup" and healthy:
            self._has_started()
        elif not healthy:
            probe = self._shape.probe(kind) or {}
            message = f"Container {self._name} failed {kind} probe, will be restarted"
            again = self._shape.restart_policy != "Never"
            self.begin_stop(probe_grace_s(self._host.pod, probe), message, must_restart=again)

    # Down

    async def _pre_stop(self, limit_s: float) -> None:
        handler = self._shape.wire["lifecycle"]["preStop"]
        ended = Hook.DONE
        try:
            async with asyncio.timeout(limit_s):
                await hooks.run(handler, self._target())
        except hooks.HookFailure:
            self._tell("Warning", "FailedPreStopHook", "PreStopHook failed")
            ended = Hook.FAILED
        except TimeoutError:
            ended = Hook.FAILED
        if self._state.stopping is not None:
            self._change(stopping=replace(self._state.stopping, hook=ended))

    def _send(self, number: int) -> None:
        work = self._signal(self._state.container_id, number)
        self._host.spawn(work, name=f"{self._name}/signal")

    async def _signal(self, container_id: str, number: int) -> None:
        try:
            await self._host.parts.runtime.signal(container_id, number)
        except UnknownContainer:
            return  # it ended by itself in the meantime, and its end is being told

    def _stop_signal(self) -> int:
        own = (self._shape.wire.get("lifecycle") or {}).get("stopSignal") or ""
        return stop_signal(own, self._image.config.stop_signal if self._image else "")

    async def _watch(self, container_id: str, attempt: int) -> None:
        runtime = self._host.parts.runtime
        ended = await runtime.wait(container_id)
        places, before = self._host.places, self._state
        for name in tuple(self._beside):
            self._cancel(name)
        self._end(termination_of(
            ended, container=self._shape.wire, container_id=container_id,
            started_at=before.started_at, file=places.termination(self._name, attempt),
            log=places.log(self._name, attempt),
        ))  # fmt: skip
        places.termination(self._name, attempt).unlink(missing_ok=True)
        places.drop_log(self._name, attempt - LOGS_KEPT + 1)
        await runtime.remove(container_id)

    def _end(self, ended: Termination, first: Waiting | None = None) -> None:
        """The attempt is over."""
        host = self._host
        again = runs_again(self._shape, self._state, ended, pod_is_ending=host.is_ending())
        self._suffer(after_end(host.pod, self._shape, self._state, ended, again=again, first=first))

    def _suffer(self, aftermath: Aftermath) -> None:
        self._change(**aftermath.fields)
        for type, reason, message in aftermath.events:
            self._tell(type, reason, message)
        self._cancel("reason")
        if aftermath.later is not None:
            self._start_beside("reason", self._show_later(self._state, aftermath.later))

    async def _show_later(self, before: ContainerState, later: Waiting) -> None:
        """Another waiting reason in a moment, if the container still waits for the same."""
        await asyncio.sleep(REASON_SHOWN_S)
        state = self._state
        if state.waiting_reason == before.waiting_reason and not state.is_under_way:
            self._change(waiting_reason=later.reason, waiting_message=later.message)

    # What goes wrong

    def _could_not_run(self, container_id: str, error: CannotStart) -> None:
        """The runtime made the container, and its process would not start."""
        self._tell("Normal", "Created", "Container created")
        self._tell("Warning", "Failed", f"Error: {error}")
        now, state = wall_time_s(), self._state
        attempt = state.next_attempt
        self._change(attempt=attempt, next_attempt=attempt + 1, container_id=container_id,
                     last=state.ended or state.last)  # fmt: skip
        ended = start_error(str(error), container_id, now=now)
        self._end(ended, Waiting("RunContainerError", str(error)))

    def _suffer_refusal(self, error: ContainerFailure) -> None:
        """There is no container yet: it waits, and is tried again."""
        self._suffer(after_refusal(self._shape, self._state, error, now=wall_time_s()))

    # Small words

    @property
    def _state(self) -> ContainerState:
        return self._host.state(self._name)

    def _change(self, **fields: Any) -> None:
        self._host.change(self._name, **fields)

    def _tell(self, type: Literal["Normal", "Warning"], reason: str, message: str) -> None:
        self._host.tell(type, reason, message, field_path=self._field_path)

    def _target(self) -> Target:
        host = self._host
        return Target(
            host.parts.runtime, self._state.container_id, self._shape.wire, host.sandbox.ip
        )

    def _start_beside(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._beside[name] = self._host.spawn(work, name=f"{self._name}/{name}")

    def _cancel(self, name: str) -> None:
        task = self._beside.pop(name, None)
        # A probe's own verdict may be what ends it: then it returns by itself.
        if task is not None and task is not asyncio.current_task():
            task.cancel()
