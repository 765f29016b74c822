"""Single values: do they suit their place, and how does the API server keep them?

Does: checks ranges, base64, quantities and times; writes quantities and times in canonical form.
"""

import base64
from typing import Any

from seatrial.api import quantities, timestamps
from seatrial.api.schema.node import Node

_INT32_MAX = 2**31
_INT64_MAX = 2**63
# Said by the caller, who knows the place.
WRONG_TYPE = "wrong type"


def convert(node: Node, value: Any) -> tuple[Any, str]:
    """A leaf as the server keeps it, and what is wrong with it (then the value is None)."""
    match node.shape:
        case "string" if type(value) is str:
            return value, ""
        case "boolean" if type(value) is bool:
            return value, ""
        case "integer" if type(value) is int:
            return _in_range(node, value)
        case "number" if type(value) in {int, float}:
            return value, ""
        case "int_or_string" if type(value) in {int, str}:
            return value, ""
        case "quantity" if type(value) in {str, int, float}:
            return _quantity(value)
        case "bytes" if type(value) is str:
            return _bytes(value)
        case "time" | "micro_time" if type(value) is str:
            return _time(node, value)
    return None, WRONG_TYPE


def _in_range(node: Node, value: int) -> tuple[Any, str]:
    limit = _INT32_MAX if node.go_type == "int32" else _INT64_MAX
    return (value, "") if -limit <= value < limit else (None, WRONG_TYPE)


def _quantity(value: str | int | float) -> tuple[Any, str]:
    try:
        return quantities.canonical(value), ""
    except quantities.QuantityError:
        return None, quantities.REFUSAL


def _bytes(value: str) -> tuple[Any, str]:
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        return None, "illegal base64 data at input byte 0"
    return value, ""


def _time(node: Node, value: str) -> tuple[Any, str]:
    try:
        moment = timestamps.parse(value)
    except timestamps.TimestampError:
        layout = "2006-01-02T15:04:05Z07:00"
        return None, f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"'
    render = timestamps.render if node.shape == "time" else timestamps.render_micro
    return render(moment), ""


def json_name(value: Any) -> str:
    """The JSON type of a value, as Kubernetes' decoder names it."""
    match value:
        case bool():
            return "bool"
        case str():
            return "string"
        case int():
            return f"number {value}" if abs(value) >= _INT32_MAX else "number"
        case float():
            return f"number {value}"
        case list():
            return "array"
        case _:
            return "object"
