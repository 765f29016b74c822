"""`ContainerKill` faults: one signal to the main process of a container of this node, once.

Does: sends the signal and says so in the fault's status.
Does not: answer for pods of other nodes; their kubelet does.
Holds: a fault that has a phase is over; one that was taken up here is not taken up again.
"""

from collections.abc import Callable
from typing import Any

from seatrial.api import timestamps
from seatrial.api.kinds import CONTAINER_KILL
from seatrial.api.objects import Object, name_of, spec_of, status_of, uid_of
from seatrial.client.errors import ClientError
from seatrial.client.informer import Informer
from seatrial.client.interface import Client
from seatrial.kit.clock import wall_time_s
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks
from seatrial.kubelet.containers import Phase
from seatrial.kubelet.pod_worker import PodWorker
from seatrial.kubelet.signal_names import signal_number
from seatrial.runtime.interface import Runtime, RuntimeFailure

record = get_record("kubelet.kills")

DEFAULT_SIGNAL = "SIGKILL"


class ContainerKills:
    """The faults that this node's containers suffer."""

    def __init__(
        self, client: Client, runtime: Runtime,
        worker: Callable[[str, str], PodWorker | None], tasks: Tasks,
    ) -> None:  # fmt: skip
        self._client = client
        self._runtime = runtime
        self._worker = worker
        self._tasks = tasks
        self._taken: set[str] = set()

    def watch(self, informer: Informer) -> None:
        """Take up each fault that comes."""
        informer.subscribe(self._on_fault)

    def _on_fault(self, _old: Object | None, new: Object | None) -> None:
        if new is None or status_of(new).get("phase") or uid_of(new) in self._taken:
            return
        spec = spec_of(new)
        worker = self._worker(spec.get("namespace") or "default", spec.get("pod") or "")
        if worker is not None:
            self._taken.add(uid_of(new))
            self._tasks.start(self._suffer(new, worker), name=f"kill/{name_of(new)}")

    async def _suffer(self, fault: Object, worker: PodWorker) -> None:
        failed = await self._send(spec_of(fault), worker)
        status = {"phase": "Failed" if failed else "Done", "at": timestamps.render_micro(
            wall_time_s())}  # fmt: skip
        if failed:
            status["message"] = failed
        try:
            await self._client.patch(
                CONTAINER_KILL, name_of(fault), None, {"status": status}, subresource="status"
            )
        except ClientError as error:
            record.warning("kill.not_told", fault=name_of(fault), error=error)

    async def _send(self, spec: dict[str, Any], worker: PodWorker) -> str:
        """Send the signal; why not, or ""."""
        wanted = str(spec.get("signal") or DEFAULT_SIGNAL)
        number = signal_number(wanted)
        if number is None:
            return f"spec.signal: {wanted!r} is not a signal"
        name = spec.get("container") or worker.main_container
        state = worker.state(name)
        if state.phase is not Phase.RUNNING:
            return f"container {name!r} is not running"
        try:
            await self._runtime.signal(state.container_id, number)
        except RuntimeFailure as error:
            return str(error)
        return ""
