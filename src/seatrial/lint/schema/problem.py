"""A difference between a manifest and what Kubernetes takes, in words."""

from dataclasses import dataclass
from typing import Literal

from seatrial.lint.edits import Edit
from seatrial.lint.manifest import FieldPath

# An unknown field, a wrong type, a missing field, a value of the right type that is refused.
Sort = Literal["unknown", "type", "missing", "value"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One of them, and what a machine may do about it."""

    sort: Sort
    path: FieldPath
    message: str
    advice: str
    edits: tuple[Edit, ...] = ()
