"""Conditions of a status, changed without touching what has not changed; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

Condition = dict[str, Any]


def set_condition(
    conditions: Sequence[Condition], new: Mapping[str, Any], now: str
) -> list[Condition]:
    """The conditions with `new` in place of its type's old one.

    The transition time moves only when the status does, the update time (where the kind has one)
    when anything does.
    """
    kept = [dict(each) for each in conditions if each["type"] != new["type"]]
    old = next((each for each in conditions if each["type"] == new["type"]), None)
    if old is not None and all(
        old.get(name) == new.get(name) for name in ("status", "reason", "message")
    ):
        return [dict(each) for each in conditions]
    same_status = old is not None and old.get("status") == new["status"]
    moved = (old or {}).get("lastTransitionTime", now) if same_status else now
    return [*kept, {**new, "lastTransitionTime": moved}]


def drop_condition(conditions: Sequence[Condition], kind: str) -> list[Condition]:
    """The conditions without that type."""
    return [dict(each) for each in conditions if each["type"] != kind]
