"""What the run of a container and the keeper of the sandbox need of their pod's worker."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Literal, Protocol

from seatrial.api.objects import Object
from seatrial.kubelet.containers import ContainerState, PodState
from seatrial.kubelet.node_parts import NodeParts
from seatrial.kubelet.places import PodPlaces
from seatrial.kubelet.sandbox import PodSandbox


class PodHost(Protocol):
    """The pod, its state and its means."""

    pod: Object
    places: PodPlaces
    sandbox: PodSandbox
    parts: NodeParts
    seen: PodState
    spread_probes: bool

    def state(self, name: str) -> ContainerState:
        """What is known of that container."""

    def see(self, **fields: Any) -> None:
        """Something about the pod is another now."""

    def change(self, name: str, **fields: Any) -> None:
        """Something about that container is another now."""

    def tell(
        self, type: Literal["Normal", "Warning"], reason: str, message: str, *, field_path: str = ""
    ) -> None:
        """Record an Event about the pod, or a container of it."""

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> "asyncio.Task[None]":
        """Run something for as long as the pod lives."""

    def is_ending(self) -> bool:
        """Nothing of the pod will be started again."""
