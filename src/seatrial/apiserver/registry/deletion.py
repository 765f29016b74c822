"""What a wish to delete makes of an object: gone, or on its way. Pure.

Holds: a grace period only ever gets shorter; an object with finalizers stays until the last one is
taken away; a namespace stays until its `spec.finalizers` are empty, too.
"""

from dataclasses import dataclass

from seatrial.api import timestamps
from seatrial.api.kinds import NAMESPACE, Kind
from seatrial.api.objects import Object, is_terminating
from seatrial.apiserver.options import Propagation

ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"


@dataclass(frozen=True, slots=True)
class Deletion:
    """`obj` is the object's next state, or its last when it `removes`."""

    obj: Object
    removes: bool
    changes: bool = True


def plan_deletion(
    kind: Kind,
    obj: Object,
    *,
    grace_s: int | None,
    wanted_s: int | None,
    propagation: Propagation | None,
    now_s: float,
) -> Deletion:
    """The next state of `obj`, which is given away.

    `grace_s` is what the kind's strategy makes of `wanted_s`, the period that the caller named;
    None when the kind knows no grace.
    """
    changes = _set_propagation(obj, propagation)
    if is_terminating(obj):
        changes = _shorten(obj, wanted_s, now_s) or changes
    elif grace_s is not None or _is_held(kind, obj):
        # Who knows grace is seen to terminate, even when it is for no time at all.
        _begin(kind, obj, grace_s or 0, now_s)
        changes = True
    else:
        return Deletion(obj, removes=True)
    return Deletion(obj, removes=may_go(kind, obj), changes=changes)


def may_go(kind: Kind, obj: Object) -> bool:
    """Nothing holds this object any more: it is terminating, out of grace and out of finalizers."""
    metadata = obj["metadata"]
    out_of_grace = not metadata.get("deletionGracePeriodSeconds")
    return is_terminating(obj) and out_of_grace and not _is_held(kind, obj)


def _is_held(kind: Kind, obj: Object) -> bool:
    if obj["metadata"].get("finalizers"):
        return True
    return kind is NAMESPACE and bool((obj.get("spec") or {}).get("finalizers"))


def _begin(kind: Kind, obj: Object, grace_s: int, now_s: float) -> None:
    metadata = obj["metadata"]
    metadata["deletionTimestamp"] = timestamps.render(now_s + grace_s)
    metadata["deletionGracePeriodSeconds"] = grace_s
    if "generation" in metadata:
        metadata["generation"] += 1
    if kind is NAMESPACE:
        # Namespaces wait for their finalizers, not for a time.
        del metadata["deletionGracePeriodSeconds"]
        obj.setdefault("status", {})["phase"] = "Terminating"


def _shorten(obj: Object, wanted_s: int | None, now_s: float) -> bool:
    metadata = obj["metadata"]
    period = metadata.get("deletionGracePeriodSeconds")
    if wanted_s is None or period is None or wanted_s >= period:
        return False
    begun_s = timestamps.parse(metadata["deletionTimestamp"]) - period
    # Never in the past: who asks for less than has already passed means now.
    ends_s = max(begun_s + wanted_s, min(now_s, begun_s + period))
    metadata["deletionTimestamp"] = timestamps.render(ends_s)
    metadata["deletionGracePeriodSeconds"] = max(wanted_s, 0)
    return True


def _set_propagation(obj: Object, propagation: Propagation | None) -> bool:
    if propagation is None:
        return False
    metadata = obj["metadata"]
    before = metadata.get("finalizers") or []
    after = [each for each in before if each not in {ORPHAN, FOREGROUND}]
    if propagation == "Orphan":
        after.append(ORPHAN)
    elif propagation == "Foreground":
        after.append(FOREGROUND)
    if after:
        metadata["finalizers"] = after
    else:
        metadata.pop("finalizers", None)
    return after != before
