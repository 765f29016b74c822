"""Events are one collection under two groups: stored as core/v1, shown as events.k8s.io/v1 too.

Does: rename the fields, both ways. Holds: there and back changes nothing.
"""

from typing import Any

from seatrial.api.kinds import EVENT, EVENT_V1
from seatrial.api.objects import Object

# events.k8s.io/v1 name to core/v1 name; what is not here has one name in both.
_NAMES = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedCount": "count",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
}
_BACK = {core: new for new, core in _NAMES.items()}


def to_core(event: Object) -> Object:
    """A core/v1 Event from an events.k8s.io/v1 one."""
    return _renamed(event, _NAMES) | {"apiVersion": EVENT.api_version}


def from_core(event: Object) -> Object:
    """An events.k8s.io/v1 Event from a core/v1 one."""
    return _renamed(event, _BACK) | {"apiVersion": EVENT_V1.api_version}


def _renamed(event: Object, names: dict[str, str]) -> dict[str, Any]:
    return {names.get(field, field): value for field, value in event.items()}
