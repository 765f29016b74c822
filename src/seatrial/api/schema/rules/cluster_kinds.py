"""Rules of small kinds: Node, Lease, Event."""

from collections.abc import Iterator

from seatrial.api import causes, names
from seatrial.api.causes import Cause
from seatrial.api.objects import Object, namespace_of, spec_of

_EFFECTS = ("NoExecute", "NoSchedule", "PreferNoSchedule")


def check_node(obj: Object) -> Iterator[Cause]:
    """A Node."""
    seen: set[tuple[str, str]] = set()
    for at, taint in enumerate(spec_of(obj).get("taints") or ()):
        path = f"spec.taints[{at}]"
        key, effect = taint.get("key", ""), taint.get("effect", "")
        if wrong := names.explain_qualified_name(key):
            yield causes.invalid(f"{path}.key", key, wrong)
        if wrong := names.explain_label_value(taint.get("value", "")):
            yield causes.invalid(f"{path}.value", taint["value"], wrong)
        if effect not in _EFFECTS:
            yield causes.unsupported(f"{path}.effect", effect, _EFFECTS)
        if (key, effect) in seen:
            yield causes.duplicate(f"{path}", taint)
        seen.add((key, effect))


def check_node_update(new: Object, old: Object) -> Iterator[Cause]:
    """Addresses and identity that were given stay."""
    for field in ("podCIDR", "providerID"):
        before = spec_of(old).get(field)
        if before and spec_of(new).get(field) != before:
            detail = f'node updates may not change {field} except from "" to valid'
            yield causes.forbidden(f"spec.{field}", detail)


def check_lease(obj: Object) -> Iterator[Cause]:
    """A Lease."""
    spec = spec_of(obj)
    duration, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if duration is not None and duration <= 0:
        yield causes.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0")
    if transitions is not None and transitions < 0:
        detail = "must be greater than or equal to 0"
        yield causes.invalid("spec.leaseTransitions", transitions, detail)


def check_event(obj: Object) -> Iterator[Cause]:
    """An Event: it lives in the namespace of what it is about (`default` for cluster objects)."""
    about = obj.get("involvedObject") or obj.get("regarding") or {}
    wanted = about.get("namespace") or "default"
    found = namespace_of(obj)
    if about and found != wanted and not (found == "kube-system" and not about.get("namespace")):
        detail = "does not match event.namespace"
        yield causes.invalid("involvedObject.namespace", about.get("namespace", ""), detail)
