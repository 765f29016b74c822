"""Requests and limits of a container as amounts.

Holds: an amount that cannot be read counts as absent; the schema tells it.
"""

from typing import Literal

from seatrial.api.quantities import Quantity, QuantityError, parse
from seatrial.lint.manifest import mapping
from seatrial.lint.workload import Container


def limit_of(container: Container, resource: str) -> Quantity | None:
    """`limit_of(container, "memory")`; None without one."""
    return _amount(container, "limits", resource)


def request_of(container: Container, resource: str) -> Quantity | None:
    """What is asked for; where only a limit is given, Kubernetes asks for as much."""
    return _amount(container, "requests", resource) or _amount(container, "limits", resource)


def quantity_in(value: object) -> Quantity | None:
    """The amount a value means; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return parse(value)
    except QuantityError:
        return None


def _amount(
    container: Container, field: Literal["limits", "requests"], resource: str
) -> Quantity | None:
    return quantity_in(mapping(mapping(container.value.get("resources")).get(field)).get(resource))
