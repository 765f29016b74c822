"""Whom a selector of a NetworkPolicy or a monitor means, and whether that can be known."""

from collections.abc import Mapping
from typing import Any

from seatrial.api.selectors import Selector, SelectorError
from seatrial.lint import labels
from seatrial.lint.elsewhere import has_operators, is_set_at_run_time
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
    near = [each for each in world.inventory.workloads if each.manifest.namespace == namespace]
    if selector is None or not near or has_operators(world.inventory, namespace):
        return False
    keys = {str(key) for key in value.get("matchLabels") or {}}
    if any(is_set_at_run_time(world.inventory, namespace, each) for each in keys):
        return False
    return not any(selector.matches(each.labels) for each in near)
