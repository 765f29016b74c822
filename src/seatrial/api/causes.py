"""One thing wrong with one field, in Kubernetes' words: `spec.replicas: Invalid value: -1: ...`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Cause:
    """`details.causes[]` of a Status. `field` is a path: `spec.containers[0].name`."""

    reason: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def required(field: str, detail: str = "") -> Cause:
    """The field must be set."""
    return Cause("FieldValueRequired", field, _join("Required value", detail))


def invalid(field: str, value: Any, detail: str) -> Cause:
    """The field's value breaks a rule."""
    return Cause("FieldValueInvalid", field, _join(f"Invalid value: {quote(value)}", detail))


def unsupported(field: str, value: Any, options: Iterable[str]) -> Cause:
    """The field's value is not one of `options`."""
    known = ", ".join(quote(option) for option in options)
    message = _join(
        f"Unsupported value: {quote(value)}", f"supported values: {known}" * bool(known)
    )
    return Cause("FieldValueNotSupported", field, message)


def duplicate(field: str, value: Any) -> Cause:
    """The field's value is there already, and must be unique."""
    return Cause("FieldValueDuplicate", field, f"Duplicate value: {quote(value)}")


def forbidden(field: str, detail: str) -> Cause:
    """The field must not be set, or must not be changed."""
    return Cause("FieldValueForbidden", field, _join("Forbidden", detail))


def not_found(field: str, value: Any) -> Cause:
    """The field refers to something that is not there."""
    return Cause("FieldValueNotFound", field, f"Not found: {quote(value)}")


def too_long(field: str, bytes_max: int) -> Cause:
    """The field's value has more than `bytes_max` bytes."""
    return Cause("FieldValueTooLong", field, f"Too long: may not be more than {bytes_max} bytes")


def too_many(field: str, count: int, count_max: int) -> Cause:
    """The list has more than `count_max` entries."""
    detail = f"must have at most {count_max} items"
    return Cause("FieldValueTooMany", field, f"Too many: {count}: {detail}")


def quote(value: Any) -> str:
    """A value as it stands in a message: JSON (strings quoted, numbers bare)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str).decode()


def _join(first: str, detail: str) -> str:
    return f"{first}: {detail}" if detail else first
