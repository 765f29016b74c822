"""How many pods a rolling update takes away at once, as the controllers round it.

Deployment: surge rounds up, unavailable down; were both 0, one pod is taken. StatefulSet: one at a
time, more only where maxUnavailable is served (on by default since 1.35), rounded down, at least 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.api.workloads import BadAmount, Room, resolve, resolve_room
from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, mapping
from seatrial.lint.workload import Workload

DEFAULT_SHARE = "25%"
STATEFUL_SHARE_SINCE = (1, 35)


@dataclass(frozen=True, slots=True)
class Rolling:
    """A rolling update of so many pods."""

    replicas: int
    surge: int
    unavailable: int
    max_surge: Any  # as written, or the default
    max_unavailable: Any
    path: FieldPath  # of `rollingUpdate`
    strategy_path: FieldPath  # of `strategy` or `updateStrategy`
    value: Mapping[str, Any]  # of `rollingUpdate`

    @property
    def takes_all(self) -> bool:
        """There is a moment when none of the pods needs to be available."""
        return 0 < self.replicas <= self.unavailable


def strategy_of(workload: Workload) -> tuple[str, Mapping[str, Any], FieldPath]:
    """The type (with its default), the value and the path of the update strategy."""
    name = "strategy" if workload.kind == "Deployment" else "updateStrategy"
    value = mapping(workload.manifest.spec.get(name))
    kind = value.get("type")
    return kind if isinstance(kind, str) else "RollingUpdate", value, ("spec", name)


def rolling_of(
    workload: Workload, inventory: Inventory, version: tuple[int, int]
) -> Rolling | None:
    """None where nothing rolls, or where the amounts cannot be read."""
    replicas = inventory.replicas_at_least(workload)
    kind, strategy, path = strategy_of(workload)
    if not replicas or kind != "RollingUpdate":
        return None
    value = mapping(strategy.get("rollingUpdate"))
    try:
        if workload.kind == "Deployment":
            surge = value.get("maxSurge", DEFAULT_SHARE)
            unavailable = value.get("maxUnavailable", DEFAULT_SHARE)
            room = resolve_room(surge, unavailable, replicas)
        elif workload.kind == "StatefulSet":
            surge, unavailable = 0, value.get("maxUnavailable", 1)
            room = _room_of_members(unavailable, replicas, version)
        else:
            return None
    except (BadAmount, TypeError, AttributeError):
        return None  # the API server refuses it; that is another rule
    return Rolling(
        replicas, room.surge, room.unavailable, surge, unavailable,
        (*path, "rollingUpdate"), path, value,
    )  # fmt: skip


def _room_of_members(unavailable: int | str, replicas: int, version: tuple[int, int]) -> Room:
    if version < STATEFUL_SHARE_SINCE:
        return Room(0, 1)
    return Room(0, max(1, resolve(unavailable, replicas, round_up=False)))
