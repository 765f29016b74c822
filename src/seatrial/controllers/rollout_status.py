"""How far a rollout is, as a Deployment's status says it: counts, Available, Progressing. Pure."""

from collections.abc import Sequence
from typing import Any

from seatrial.api.objects import (
    Object,
    condition_of,
    metadata,
    name_of,
    spec_of,
    status_of,
)
from seatrial.api.timestamps import parse, render
from seatrial.api.workloads import (
    room_of,
)
from seatrial.controllers.conditions import set_condition
from seatrial.controllers.rollout import View, find_new, is_complete

# Marks a condition whose lastUpdateTime moves although nothing else in it does: progress was made.
TOUCH = {"touch": True}


def status(view: View, now: float) -> dict[str, Any]:
    """The Deployment's status."""
    deployment, new = view.deployment, find_new(view.deployment, view.sets)

    def total(field: str) -> int:
        return sum(status_of(each).get(field, 0) for each in view.sets)

    replicas, available = spec_of(deployment).get("replicas", 1), total("availableReplicas")
    counts = {
        "replicas": total("replicas"),
        "updatedReplicas": status_of(new).get("replicas", 0) if new else 0,
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, max(total("replicas"), replicas) - available),
        "collisionCount": status_of(deployment).get("collisionCount") or 0,
    }
    found: dict[str, Any] = {name: value for name, value in counts.items() if value}
    found["observedGeneration"] = metadata(deployment).get("generation", 0)
    found["terminatingReplicas"] = total("terminatingReplicas")
    conditions = status_of(deployment).get("conditions") or []
    for condition in (_availability(deployment, available), _progress(view, found, now)):
        if condition is not None:
            conditions = _set(conditions, condition, render(now))
    found["conditions"] = conditions
    return found


def _set(
    conditions: Sequence[dict[str, Any]], new: dict[str, Any], now: str
) -> list[dict[str, Any]]:
    old = next((each for each in conditions if each["type"] == new["type"]), {})
    touched = new.pop("touch", False)
    changed = any(old.get(name) != new.get(name) for name in ("status", "reason", "message"))
    updated = now if changed or touched else old.get("lastUpdateTime", now)
    merged = set_condition(conditions, new, now)
    return [
        {**each, "lastUpdateTime": updated} if each["type"] == new["type"] else each
        for each in merged
    ]


def _availability(deployment: Object, available: int) -> dict[str, Any]:
    replicas, room = spec_of(deployment).get("replicas", 1), room_of(deployment)
    if available >= replicas - room.unavailable:
        return {
            "type": "Available",
            "status": "True",
            "reason": "MinimumReplicasAvailable",
            "message": "Deployment has minimum availability.",
        }
    return {
        "type": "Available",
        "status": "False",
        "reason": "MinimumReplicasUnavailable",
        "message": "Deployment does not have minimum availability.",
    }


def _progress(view: View, found: dict[str, Any], now: float) -> dict[str, Any] | None:
    deployment, new = view.deployment, find_new(view.deployment, view.sets)
    deadline_s = spec_of(deployment).get("progressDeadlineSeconds", 600)
    old = condition_of(deployment, "Progressing")
    name = f'ReplicaSet "{name_of(new)}"' if new else f'Deployment "{name_of(deployment)}"'
    if spec_of(deployment).get("paused"):
        message = "Deployment is paused"
        return _progressing("Unknown", "DeploymentPaused", message)
    if new is not None and is_complete(deployment, view.sets):
        return _progressing(
            "True", "NewReplicaSetAvailable", f"{name} has successfully progressed."
        )
    reason, said = (old["reason"], old["message"]) if old else ("", "")
    if reason == "DeploymentPaused":
        return {**_progressing("Unknown", "DeploymentResumed", "Deployment is resumed"), **TOUCH}
    if reason == "NewReplicaSetAvailable" and new is not None and name not in said:
        created = f'Created new replica set "{name_of(new)}"'
        return {**_progressing("True", "NewReplicaSetCreated", created), **TOUCH}
    if _has_progressed(status_of(deployment), found) or old is None:
        done = _progressing("True", "ReplicaSetUpdated", f"{name} is progressing.")
        return {**done, **TOUCH}
    since = parse(old["lastUpdateTime"]) if old.get("lastUpdateTime") else now
    if reason == "NewReplicaSetAvailable":
        return None  # it was complete and lost pods since: that is no rollout
    if deadline_s is not None and now >= since + deadline_s:
        return _progressing(
            "False", "ProgressDeadlineExceeded", f"{name} has timed out progressing."
        )
    return None


def _progressing(state: str, reason: str, message: str) -> dict[str, Any]:
    return {"type": "Progressing", "status": state, "reason": reason, "message": message}


def _has_progressed(before: dict[str, Any], after: dict[str, Any]) -> bool:
    def of(status: dict[str, Any], field: str) -> int:
        return int(status.get(field, 0))

    old_before = of(before, "replicas") - of(before, "updatedReplicas")
    old_after = of(after, "replicas") - of(after, "updatedReplicas")
    return (
        of(after, "updatedReplicas") > of(before, "updatedReplicas")
        or old_after < old_before
        or of(after, "readyReplicas") > of(before, "readyReplicas")
        or of(after, "availableReplicas") > of(before, "availableReplicas")
    )


def deadline_in_s(deployment: Object, new_status: dict[str, Any], now: float) -> float | None:
    """Seconds until the progress deadline must be looked at, or None."""
    deadline_s = spec_of(deployment).get("progressDeadlineSeconds", 600)
    found = next((c for c in new_status["conditions"] if c["type"] == "Progressing"), None)
    if found is None or found["status"] != "True" or found["reason"] == "NewReplicaSetAvailable":
        return None
    return max(1.0, parse(found["lastUpdateTime"]) + float(deadline_s) - now)
