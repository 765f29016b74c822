"""Whom a selector of a NetworkPolicy or a monitor means, and whether that can be known."""

from collections.abc import Mapping
from typing import Any

from seatrial.api.selectors import Selector, SelectorError
from seatrial.lint import labels
from seatrial.lint.elsewhere import has_operators, is_set_at_run_time
from seatrial.lint.manifest import mapping
from seatrial.lint.rule import World


def selector_in(value: object) -> Selector | None:
    """None for one that is absent, selects everything, or that the API server would refuse."""
    if not isinstance(value, dict) or not value:
        return None
    try:
        return labels.selector_in(value)
    except SelectorError:
        return None


def meets_nobody(value: Mapping[str, Any], namespace: str, world: World) -> bool:
    """No workload of the namespace has pods of these labels, and nobody else would make them."""
    selector = selector_in(value)
    inventory = world.inventory
    if selector is None or not is_at_home(namespace, world) or has_operators(inventory, namespace):
        return False
    wanted = mapping(value.get("matchLabels"))
    if any(is_set_at_run_time(inventory, namespace, str(each)) for each in wanted):
        return False
    near = (
        inventory.workloads_labelled(namespace, wanted)
        if wanted
        else [each for each in inventory.workloads if each.manifest.namespace == namespace]
    )
    return not any(selector.matches(each.labels) for each in near)


def is_at_home(namespace: str, world: World) -> bool:
    """Workloads of this namespace are among the manifests; else nobody can know them."""
    workloads = world.inventory.workloads
    found: frozenset[str] = world.inventory.remember(
        "namespaces of workloads", lambda: frozenset(each.manifest.namespace for each in workloads)
    )
    return namespace in found
