"""Every pod has a priority, so that they compare.

Differs from Kubernetes: of the priority classes only the two built-in ones are known.
"""

from seatrial.api import status
from seatrial.apiserver.admission.review import Review
from seatrial.apiserver.refusal import Refused

_CLASSES = {
    "": 0,
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
}


async def admit(review: Review) -> None:
    """Raises Refused (403) for a class that is not there."""
    if review.old is not None:
        return
    spec = review.obj["spec"]
    name = spec.get("priorityClassName") or ""
    if name not in _CLASSES:
        why = f"no PriorityClass with name {name} was found"
        raise Refused(status.forbidden(review.kind, review.obj["metadata"]["name"], why))
    spec["priority"] = _CLASSES[name]
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
