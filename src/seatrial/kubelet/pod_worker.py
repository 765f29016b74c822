"""One pod on this node: carries out what the pod machine plans, and tells it what happened.

Does: one step a look; whatever takes time runs beside it and wakes it.
Does not: decide; `pod_machine`, `shutdown`, `restarts` and `status` do.
Holds: the state is changed by this worker alone, and each change wakes it and the status writer.

Differs from Kubernetes:
- a sandbox does not die on its own, so it is not made anew except after a restart of the node;
- the Event of a back-off is recorded once for each back-off, not at each look of the kubelet.
"""

import asyncio
import shutil
from collections.abc import Coroutine
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

from seatrial.api.objects import (
    Object,
    annotations_of,
    is_terminating,
    key_of,
    labels_of,
    spec_of,
    uid_of,
)
from seatrial.kit.clock import wall_time_s
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks
from seatrial.kubelet.container_run import ContainerRun
from seatrial.kubelet.containers import (
    ContainerState,
    Phase,
    PodShape,
    PodState,
    Stage,
    Stop,
    shape_of,
)
from seatrial.kubelet.farewell import delete_object
from seatrial.kubelet.node_parts import NodeParts
from seatrial.kubelet.places import places_of
from seatrial.kubelet.pod_machine import (
    AbandonStart,
    Action,
    BeginStop,
    Finish,
    LookAgain,
    SetUp,
    StartContainer,
    StopStep,
    TearDown,
    is_finished,
    plan,
)
from seatrial.kubelet.sandbox import PodSandbox
from seatrial.kubelet.sandbox_keeper import SandboxKeeper
from seatrial.kubelet.shutdown import merge_stops, pod_grace_s, shorten, spec_grace_s
from seatrial.kubelet.status import Verdict, status_of
from seatrial.kubelet.status_writer import StatusWriter

record = get_record("kubelet.pod")


class PodWorker:
    """The life of one pod."""

    def __init__(self, parts: NodeParts, pod: Object, state: PodState | None = None) -> None:
        self.pod = pod
        self.parts = parts
        self.places = places_of(parts.config.data_dir, pod)
        self.sandbox = PodSandbox(parts, self.places, pod)
        self.seen = state or PodState(started_at=wall_time_s())
        self.spread_probes = state is not None
        self._shape = shape_of(pod)
        self._tasks = Tasks(f"pod/{key_of(pod)}", on_failure=self._broke)
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._verdict: Verdict | None = None
        self.is_vanished = False
        self._is_hearing_of_the_end = False
        self._is_finishing = False
        self._is_done = False
        self._runs = {each.name: ContainerRun(self, each) for each in self._shape.all}
        self._keeper = SandboxKeeper(self)
        self._writer = StatusWriter(parts.client, pod, self.status)

    # What the kubelet says

    async def run(self) -> None:
        """Live until nothing of the pod is left on this node, and its object may go."""
        self._tasks.start(self._writer.run(), name="status")
        if is_terminating(self.pod):
            self._hear_of_the_end()
        if self.spread_probes and self.seen.stage is Stage.ABSENT:
            message = "Pod sandbox changed, it will be killed and re-created."
            self.tell("Normal", "SandboxChanged", message)
        self._changed()
        while not self._is_done:
            self._wake.clear()
            await self._sleep(self._look())
        await self._tasks.stop()
        self.parts.forget(uid_of(self.pod))

    def update(self, pod: Object) -> None:
        """The object changed."""
        before, self.pod = self.pod, pod
        if is_terminating(pod):
            self._hear_of_the_end()
        if labels_of(before) != labels_of(pod) or annotations_of(before) != annotations_of(pod):
            self._keeper.rewrite_volumes()
        self._take_shape(shape_of(pod))
        # Conditions of others (readiness gates) may change ours.
        self._changed()

    def vanish(self, pod: Object) -> None:
        """The object is gone from the API: nothing is waited for any more."""
        self.pod = pod
        self.is_vanished = True
        self._hear_of_the_end()

    def refresh(self) -> None:
        """Something that the pod refers to changed."""
        if self.seen.stop is None:
            self.spawn(self._keeper.gather_again(), name="refresh")

    async def aclose(self) -> None:
        """The node goes down: everything is killed, the object stays as it is."""
        await self._tasks.stop()
        await self.sandbox.kill()

    @property
    def container_names(self) -> tuple[str, ...]:
        """Every container of the pod, init containers first."""
        return tuple(self._runs)

    async def until_ended(self, name: str, attempt: int) -> None:
        """Until that start of the container is over (it may be over already)."""
        while self.state(name).phase is Phase.RUNNING and self.state(name).attempt == attempt:
            await self._moved.wait()

    @property
    def main_container(self) -> str:
        """The first container's name."""
        return self._shape.mains[0].name

    def status(self) -> dict[str, Any]:
        """The pod's status as of now."""
        is_over = self.seen.stop is not None and not self._is_alive()
        return status_of(
            self._as_written(), self._shape, self.seen, node_ip=self.parts.config.node_ip,
            now=wall_time_s(), is_over=is_over, verdict=self._verdict,
        )  # fmt: skip

    def _as_written(self) -> Object:
        """The object with our own conditions as we wrote them: its copy here may lag behind."""
        status = self.pod.get("status") or {}
        known = {each["type"]: each for each in status.get("conditions") or []}
        known |= {each["type"]: each for each in self._writer.conditions}
        return {**self.pod, "status": {**status, "conditions": list(known.values())}}

    # What its containers say

    def state(self, name: str) -> ContainerState:
        """What is known of that container."""
        return self.seen.containers.get(name) or ContainerState()

    def see(self, **fields: Any) -> None:
        """Something about the pod is another now."""
        self.seen = replace(self.seen, **fields)
        self._changed()

    def change(self, name: str, **fields: Any) -> None:
        """Something about that container is another now."""
        changed = {**self.seen.containers, name: replace(self.state(name), **fields)}
        self.see(containers=MappingProxyType(changed))

    def tell(
        self, type: Literal["Normal", "Warning"], reason: str, message: str, *, field_path: str = ""
    ) -> None:
        """Record an Event about the pod, or a container of it."""
        about = {"apiVersion": "v1", "kind": "Pod", "metadata": self.pod["metadata"]}
        self.parts.recorder.event(about, type, reason, message, field_path=field_path)

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> "asyncio.Task[None]":
        """Run something beside the worker, for as long as the pod lives."""
        return self._tasks.start(work, name=name)

    def is_ending(self) -> bool:
        """Nothing of it will be started again."""
        return self.seen.stop is not None or is_finished(self._shape, self.seen)

    # One look

    def _look(self) -> float | None:
        """Do what is to be done; when to look again if nothing happens."""
        now = wall_time_s()
        deadline = self._deadline(now)
        look_at = deadline
        for action in plan(self._shape, self.seen, now=now):
            if isinstance(action, LookAgain):
                look_at = action.at if look_at is None else min(look_at, action.at)
            else:
                self._do(action)
        return look_at

    async def _sleep(self, until: float | None) -> None:
        limit_s = None if until is None else max(0.0, until - wall_time_s())
        try:
            async with asyncio.timeout(limit_s):
                await self._wake.wait()
        except TimeoutError:
            return

    def _do(self, action: Action) -> None:
        if isinstance(action, StartContainer):
            self._runs[action.name].start()
        elif isinstance(action, AbandonStart):
            self._runs[action.name].abandon()
        elif isinstance(action, BeginStop):
            self._runs[action.name].begin_stop(action.grace_s)
        elif isinstance(action, StopStep):
            self._runs[action.name].stop_step(action.step)
        elif isinstance(action, SetUp):
            self.see(stage=Stage.MAKING)
            self.spawn(self._keeper.set_up(), name="set-up")
        elif isinstance(action, TearDown):
            self.see(stage=Stage.REMOVING)
            self.spawn(self._keeper.tear_down(), name="tear-down")
        elif isinstance(action, Finish) and not self._is_finishing:
            self._is_finishing = True
            self.spawn(self._finish(), name="finish")

    def _deadline(self, now: float) -> float | None:
        """`activeDeadlineSeconds`: when it ends the pod, which happens here if that is now."""
        limit_s = spec_of(self.pod).get("activeDeadlineSeconds")
        if limit_s is None or self.is_ending():
            return None
        deadline = self.seen.started_at + float(limit_s)
        if now < deadline:
            return deadline
        self._verdict = Verdict(
            "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"
        )
        self.see(stop=Stop("DeadlineExceeded", now, spec_grace_s(self.pod)))
        return None

    def _take_shape(self, shape: PodShape) -> None:
        """The spec may have changed where it may: a container with another image is restarted."""
        if shape.all == self._shape.all:
            return
        self._shape = shape
        for each in shape.all:
            self._runs[each.name].take_shape(each)

    # The end

    def _hear_of_the_end(self) -> None:
        if self.parts.delays.delay_s(self.pod) <= 0 and not self._is_hearing_of_the_end:
            self._end_now()
        elif not self._is_hearing_of_the_end:
            self._is_hearing_of_the_end = True
            self.spawn(self._hear_later(), name="delayed-end")

    async def _hear_later(self) -> None:
        await self.parts.delays.wait(self.pod)
        self._is_hearing_of_the_end = False
        self._end_now()

    def _end_now(self) -> None:
        """Stop, with the grace period of the latest wish if that is shorter than before."""
        now = wall_time_s()
        reason = "Vanished" if self.is_vanished else "Deleted"
        grace_s = 0.0 if self.is_vanished else pod_grace_s(self.pod)
        wish = Stop(reason, now, grace_s)
        self.see(stop=merge_stops(self.seen.stop, wish))
        for name, state in self.seen.containers.items():
            if state.stopping is not None:
                self.change(name, stopping=shorten(state.stopping, grace_s, now=now))

    async def _finish(self) -> None:
        """The last status, then the object."""
        if self.seen.stage is Stage.ABSENT:
            await self.sandbox.tear_down()
        if not self.is_vanished:
            await self._writer.flush()
        # Whoever follows a log holds it open, and reads to its end all the same.
        if self.places.logs.exists():
            shutil.rmtree(self.places.logs)
        await delete_object(
            self.parts.client, self.pod, is_gone=lambda: self.is_vanished or self._writer.is_gone
        )
        self._is_done = True
        self._wake.set()

    # Small words

    def _changed(self) -> None:
        busy = self.seen.stage in {Stage.ABSENT, Stage.MAKING} or any(
            not self._is_told(state) for state in map(self.state, self._runs)
        )
        waiting = any(each.waiting_reason for each in self.seen.containers.values())
        self._writer.changed(settled=waiting or not busy)
        self._wake.set()
        # One event a change: who waits hears of it, who comes later waits for the next.
        self._moved.set()
        self._moved = asyncio.Event()

    @staticmethod
    def _is_told(state: ContainerState) -> bool:
        return state.phase in {Phase.RUNNING, Phase.EXITED}

    def _is_alive(self) -> bool:
        return any(each.is_under_way for each in self.seen.containers.values())

    def _broke(self, task: str, failure: BaseException) -> None:
        record.error("pod.broke", pod=key_of(self.pod), task=task, error=repr(failure))
        self.tell("Warning", "FailedSync", f"error determining status: {failure}")
