"""The arithmetic of PodDisruptionBudgets, as the disruption controller does it.

Percentages round up, those of minAvailable and those of maxUnavailable. A budget with neither
expects no pod, and therefore allows nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.api.workloads import BadAmount, resolve
from seatrial.lint.edits import Edit, RemoveField, SetField
from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import Manifest


def evictions_allowed(spec: Mapping[str, Any], replicas: int) -> int | None:
    """How many of so many healthy pods may be evicted at once; None where it cannot be read."""
    lowest, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    try:
        if most is not None:
            return min(replicas, max(0, _resolve(most, replicas)))
        if lowest is not None:
            return max(0, replicas - _resolve(lowest, replicas))
    except (BadAmount, TypeError, AttributeError):
        return None
    return 0


def _resolve(amount: Any, replicas: int) -> int:
    if isinstance(amount, bool):
        raise TypeError("a boolean is no amount")
    return resolve(amount, replicas, round_up=True)


def told(spec: Mapping[str, Any]) -> str:
    """`minAvailable 50%`, `maxUnavailable 0`, "" for neither."""
    for name in ("maxUnavailable", "minAvailable"):
        if spec.get(name) is not None:
            return f"{name} {spec[name]}"
    return ""


@dataclass(frozen=True, slots=True)
class Budgeted:
    """The pods that a budget covers."""

    names: str  # "Deployment/web, Deployment/api"
    written: int  # replicas as the manifests say
    fewest: int  # at the autoscalers' minReplicas


def budgeted(budget: Manifest, inventory: Inventory) -> Budgeted | None:
    """None where the budget covers nothing, or the number of its pods is not known."""
    workloads = inventory.workloads_disrupted_by(budget)
    written = [each.replicas for each in workloads]
    fewest = [inventory.replicas_at_least(each) for each in workloads]
    # With an autoscaler `replicas` may be left out: it then starts from the fewest.
    pairs = [
        (few if autoscaled and "replicas" not in each.manifest.spec else wrote, few)
        for each, wrote, few in zip(workloads, written, fewest, strict=True)
        for autoscaled in [inventory.autoscaler_of(each) is not None]
    ]
    known = [(wrote, few) for wrote, few in pairs if wrote is not None and few is not None]
    if not known or len(known) < len(pairs) or not all(wrote for wrote, _ in known):
        return None
    names = ", ".join(each.manifest.object for each in workloads)
    return Budgeted(names, sum(wrote for wrote, _ in known), sum(few for _, few in known))


def mend(budget: Manifest) -> tuple[Edit, ...]:
    """The edits that let one pod go at a time."""
    allow = SetField(("spec", "maxUnavailable"), 1)
    if "minAvailable" in budget.spec:
        return (RemoveField(("spec", "minAvailable")), allow)
    return (allow,)
