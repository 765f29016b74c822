"""Deployments and ReplicaSets."""

from typing import Any

from seatrial.api import selectors
from seatrial.api.objects import Object, spec_of, status_of
from seatrial.apiserver.tables.table import AGE, NAME, NONE, Cell, Column, field_cell


def _containers(obj: Object) -> list[dict[str, Any]]:
    template = spec_of(obj).get("template") or {}
    return (template.get("spec") or {}).get("containers") or []


def _ready(obj: Object, _now_s: float) -> Cell:
    return f"{status_of(obj).get('readyReplicas', 0)}/{spec_of(obj).get('replicas', 0)}"


def _names(obj: Object, _now_s: float) -> Cell:
    return ",".join(each.get("name", "") for each in _containers(obj))


def _images(obj: Object, _now_s: float) -> Cell:
    return ",".join(each.get("image", "") for each in _containers(obj))


def _selector(obj: Object, _now_s: float) -> Cell:
    return str(selectors.from_object(spec_of(obj).get("selector"))) or NONE


_WIDE = (
    Column("Containers", _names, priority=1),
    Column("Images", _images, priority=1),
    Column("Selector", _selector, priority=1),
)
DEPLOYMENT_COLUMNS = (
    NAME,
    Column("Ready", _ready),
    Column("Up-to-date", field_cell("status", "updatedReplicas"), "integer"),
    Column("Available", field_cell("status", "availableReplicas"), "integer"),
    AGE,
    *_WIDE,
)
REPLICA_SET_COLUMNS = (
    NAME,
    Column("Desired", field_cell("spec", "replicas"), "integer"),
    Column("Current", field_cell("status", "replicas"), "integer"),
    Column("Ready", field_cell("status", "readyReplicas"), "integer"),
    AGE,
    *_WIDE,
)
