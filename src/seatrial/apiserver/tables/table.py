"""A Table: columns with a way to each cell, and rows of objects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from seatrial.api import timestamps
from seatrial.api.objects import Object, metadata
from seatrial.kit.text import human_duration

UNKNOWN, NONE, UNSET = "<unknown>", "<none>", "<unset>"
Cell: TypeAlias = str | int | bool | None
# An object and now (seconds since the epoch) to what stands in the cell.
CellOf: TypeAlias = Callable[[Object, float], Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `priority` 1 is shown by `-o wide` only."""

    name: str
    cell: CellOf
    type: str = "string"
    format: str = ""
    priority: int = 0
    description: str = ""


Columns: TypeAlias = Sequence[Column]


def render_table(
    columns: Columns,
    rows: Sequence[tuple[Object, Object | None]],
    list_metadata: dict[str, Any],
    *,
    now_s: float,
) -> Object:
    """The Table of objects, each with what is included of it."""
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": list_metadata,
        "columnDefinitions": [_definition(each) for each in columns],
        "rows": [_row(columns, obj, included, now_s) for obj, included in rows],
    }


def _definition(column: Column) -> Object:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": column.description or column.name,
        "priority": column.priority,
    }


def _row(columns: Columns, obj: Object, included: Object | None, now_s: float) -> Object:
    row: Object = {"cells": [column.cell(obj, now_s) for column in columns]}
    if included is not None:
        row["object"] = included
    return row


def age(timestamp: str | None, now_s: float) -> str:
    """How long ago, as kubectl says it."""
    if not timestamp:
        return UNKNOWN
    return human_duration(max(now_s - timestamps.parse(timestamp), 0.0))


def map_text(labels: dict[str, str] | None) -> str:
    """`a=b,c=d`, or `<none>`."""
    if not labels:
        return NONE
    return ",".join(f"{name}={value}" for name, value in sorted(labels.items()))


def field_cell(section: str, name: str, default: Cell = 0) -> CellOf:
    """The cell that shows `obj[section][name]`."""

    def cell(obj: Object, _now_s: float) -> Cell:
        found: Cell = (obj.get(section) or {}).get(name)
        return default if found is None else found

    return cell


NAME = Column("Name", lambda obj, _: str(metadata(obj).get("name", "")), format="name")
AGE = Column("Age", lambda obj, now: age(metadata(obj).get("creationTimestamp"), now))
