"""What a namespace's LimitRange gives to containers that say nothing.

Holds: as the API server fills in a LimitRange: a limit's default is `default`, else `max`; a
request's is `defaultRequest`, else the limit's default, else `min`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from seatrial.api.quantities import Quantity
from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import Manifest, mapping, sequence
from seatrial.lint.resources import quantity_in

Side = Literal["limits", "requests"]
_FIELDS: Mapping[Side, tuple[str, ...]] = {
    "limits": ("default", "max"),
    "requests": ("defaultRequest", "default", "max", "min"),
}


def default_of(inventory: Inventory, namespace: str, side: Side, resource: str) -> Quantity | None:
    """What a container of the namespace gets without saying; None where nothing is given."""
    for _, bounds in bounds_of(inventory, namespace):
        for field in _FIELDS[side]:
            found = quantity_in(mapping(bounds.get(field)).get(resource))
            if found is not None:
                return found
    return None


def bounds_of(
    inventory: Inventory, namespace: str, kind: str = "Container"
) -> Iterator[tuple[Manifest, Mapping[str, Any]]]:
    """Each LimitRange of the namespace, with each of its entries of this type."""
    for limit_range in inventory.of_kind("LimitRange"):
        if limit_range.namespace == namespace:
            for bounds in map(mapping, sequence(limit_range.spec.get("limits"))):
                if bounds.get("type") == kind:
                    yield limit_range, bounds
