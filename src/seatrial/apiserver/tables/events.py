"""Events: when, what, to whom."""

from seatrial.api.objects import Object
from seatrial.apiserver.tables.table import NAME, UNKNOWN, Cell, Column, age


def _involved(event: Object) -> Object:
    return event.get("involvedObject") or {}


def _last(event: Object) -> str:
    series = event.get("series") or {}
    return (
        series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or ""
    )


def _first(event: Object) -> str:
    return event.get("firstTimestamp") or event.get("eventTime") or ""


def _last_seen(event: Object, now_s: float) -> Cell:
    return age(_last(event), now_s)


def _first_seen(event: Object, now_s: float) -> Cell:
    return age(_first(event), now_s)


def _object(event: Object, _now_s: float) -> Cell:
    involved = _involved(event)
    kind = str(involved.get("kind", "")).lower()
    return f"{kind}/{involved['name']}" if involved.get("name") else kind


def _subobject(event: Object, _now_s: float) -> Cell:
    return str(_involved(event).get("fieldPath", ""))


def _source(event: Object, _now_s: float) -> Cell:
    source = event.get("source") or {}
    component = source.get("component") or event.get("reportingComponent") or ""
    host = source.get("host") or event.get("reportingInstance") or ""
    return ", ".join(each for each in (component, host) if each)


def _message(event: Object, _now_s: float) -> Cell:
    return str(event.get("message", "")).strip()


def _count(event: Object, _now_s: float) -> Cell:
    series = event.get("series") or {}
    return int(series.get("count") or event.get("count") or 1)


def _word(field: str) -> Column:
    def cell(event: Object, _now_s: float) -> Cell:
        return event.get(field) or UNKNOWN

    return Column(field.capitalize(), cell)


EVENT_COLUMNS = (
    Column("Last Seen", _last_seen),
    _word("type"),
    _word("reason"),
    Column("Object", _object),
    Column("Subobject", _subobject, priority=1),
    Column("Source", _source, priority=1),
    Column("Message", _message),
    Column("First Seen", _first_seen, priority=1),
    Column("Count", _count, "integer", priority=1),
    Column("Name", NAME.cell, priority=1),
)
