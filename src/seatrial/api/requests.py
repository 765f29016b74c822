"""What a pod asks of a node: effective requests and limits, as the scheduler adds them up."""

from collections.abc import Iterable, Mapping
from typing import Any

from seatrial.api import quantities
from seatrial.api.objects import Object, spec_of
from seatrial.api.pods import containers_of, init_containers_of, is_sidecar
from seatrial.api.quantities import Quantity

Amounts = dict[str, Quantity]


def effective_requests(pod: Object) -> Amounts:
    """Resource name → amount the node must have free. Raises QuantityError for a broken amount.

    Main containers and sidecars run together and add up; an init container runs beside the sidecars
    started before it. Whichever is more counts; what the pod itself asks for comes before either.
    """
    return _effective(pod, "requests")


def effective_limits(pod: Object) -> Amounts:
    """Resource name → amount at which the pod is limited, added up the same way."""
    return _effective(pod, "limits")


def _effective(pod: Object, field: str) -> Amounts:
    together = _sum(_amounts(each.get("resources"), field) for each in containers_of(pod))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in init_containers_of(pod):
        asked = _amounts(container.get("resources"), field)
        if is_sidecar(container):
            sidecars = add(sidecars, asked)
            peak = _larger(peak, sidecars)
        else:
            peak = _larger(peak, add(sidecars, asked))
    found = _larger(add(together, sidecars), peak)
    found |= _amounts(spec_of(pod).get("resources"), field)
    overhead = spec_of(pod).get("overhead")
    return add(found, _parse(overhead)) if overhead else found


def add(left: Mapping[str, Quantity], right: Mapping[str, Quantity]) -> Amounts:
    """Amounts of both, added by name."""
    total = dict(left)
    for name, amount in right.items():
        total[name] = total[name] + amount if name in total else amount
    return total


def _amounts(resources: Mapping[str, Any] | None, field: str) -> Amounts:
    return _parse((resources or {}).get(field) or {})


def _parse(amounts: Mapping[str, Any]) -> Amounts:
    return {name: quantities.parse(text) for name, text in amounts.items()}


def _sum(amounts: Iterable[Amounts]) -> Amounts:
    total: Amounts = {}
    for each in amounts:
        total = add(total, each)
    return total


def _larger(left: Amounts, right: Amounts) -> Amounts:
    names = (*left, *(name for name in right if name not in left))
    return {
        name: max(left.get(name, quantities.ZERO), right.get(name, quantities.ZERO))
        for name in names
    }
