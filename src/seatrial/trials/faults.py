"""Injects faults and heals them (edge): none is injected that `heal` does not know.

Holds: a fault is noted before it is made, so that a cancelled voyage heals it too; healing what is
gone already is well.
"""

from seatrial.api.kinds import CONTAINER_KILL, ENDPOINT_PROPAGATION_DELAY, Kind
from seatrial.client.errors import ClientError, NotFound
from seatrial.client.interface import Client
from seatrial.kit.chance import name_suffix
from seatrial.kit.record import get_record
from seatrial.trials import stage

record = get_record("trials.faults")


class Faults:
    """The faults of one voyage."""

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._made: list[tuple[Kind, str]] = []

    async def delay(self, service: str, delay_s: float) -> None:
        """From now on, endpoint changes of `service` reach the rules so much later; 0: at once."""
        kind, name = ENDPOINT_PROPAGATION_DELAY, f"{self._namespace}-{service}"
        if (kind, name) in self._made:
            patch = {"spec": {"delay": stage.delay_text(delay_s)}}
            await self._client.patch(kind, name, None, patch)
        elif delay_s:
            self._made.append((kind, name))
            fault = stage.delay_fault(name, self._namespace, service, delay_s)
            await self._client.create(kind, fault)

    async def kill(self, pod: str, container: str) -> None:
        """The container's main process gets SIGKILL, once."""
        name = f"{self._namespace}-kill-{name_suffix()}"
        self._made.append((CONTAINER_KILL, name))
        fault = stage.kill_fault(name, self._namespace, pod, container)
        await self._client.create(CONTAINER_KILL, fault)

    async def heal(self) -> None:
        """Take every fault back."""
        for kind, name in self._made:
            await remove(self._client, kind, name)


async def remove(client: Client, kind: Kind, name: str) -> None:
    """Delete a cluster-scoped object; a failure is recorded, so that the rest is removed too."""
    try:
        await client.delete(kind, name)
    except NotFound:
        return
    except ClientError as error:
        record.warning("heal.failed", kind=kind.kind, name=name, error=error)
