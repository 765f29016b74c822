"""The arithmetic of PodDisruptionBudgets, as the disruption controller does it.

Percentages round up, those of minAvailable and those of maxUnavailable. A budget with neither
expects no pod, and therefore allows nothing.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.api.workloads import BadAmount, resolve


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
