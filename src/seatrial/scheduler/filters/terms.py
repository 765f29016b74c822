"""Node selector terms: matched against a node's labels and fields; used by a filter and a score."""

from collections.abc import Mapping
from typing import Any

from seatrial.scheduler.views import NodeView


def matches_term(term: Mapping[str, Any], node: NodeView) -> bool:
    """All expressions and fields of one term hold; an empty term matches nothing."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return all(_holds(each, node.labels) for each in expressions) and all(
        _holds(each, {"metadata.name": node.name}) for each in fields
    )


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    values = expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt":
            return _is_greater(value, values, 1)
        case "Lt":
            return _is_greater(value, values, -1)
    return False  # an operator we do not know matches nothing, as in Kubernetes


def _is_greater(value: str | None, values: Any, sign: int) -> bool:
    try:
        return value is not None and (int(value) - int(values[0])) * sign > 0
    except (ValueError, IndexError):
        return False
