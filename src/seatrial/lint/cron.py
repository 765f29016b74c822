"""Schedules of CronJobs, as the library reads them that Kubernetes uses (robfig/cron, standard).

Does: tells what is wrong with one, and whether it ever comes round.
Does not: work out times; that is the controller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from seatrial.kit.text import parse_duration_s

MACROS = frozenset(
    {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
)
EVERY = "@every "
DAYS_OF = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
ANY = ("*", "?")


class BadSchedule(ValueError):
    """No schedule; the message says which part and why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five."""

    name: str
    least: int
    most: int
    words: Mapping[str, int]


def _numbered(words: str, first: int) -> dict[str, int]:
    return {word: number for number, word in enumerate(words.split(), first)}


FIELDS = (
    Field("minute", 0, 59, {}),
    Field("hour", 0, 23, {}),
    Field("day of month", 1, 31, {}),
    Field("month", 1, 12, _numbered("jan feb mar apr may jun jul aug sep oct nov dec", 1)),
    Field("day of week", 0, 6, _numbered("sun mon tue wed thu fri sat", 0)),
)


def check_schedule(text: str) -> None:
    """Raises BadSchedule."""
    if not text.startswith("@"):
        _sets(text)
    elif text.startswith(EVERY):
        try:
            parse_duration_s(text.removeprefix(EVERY).strip())
        except ValueError as error:
            raise BadSchedule(f"{text!r} names no duration") from error
    elif text not in MACROS:
        raise BadSchedule(f"{text!r} is none of {', '.join(sorted(MACROS))}")


def never_comes(text: str) -> bool:
    """No month it names has the days it names: the 30th of February. False for what is bad."""
    if text.startswith("@"):
        return False
    try:
        _, _, days, months, _ = _sets(text)
    except BadSchedule:
        return False
    # With a day of the week as well, either is enough.
    by_weekday = text.split()[4] not in ANY
    return not by_weekday and all(min(days) > DAYS_OF[month] for month in months)


def _sets(text: str) -> list[set[int]]:
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise BadSchedule(f"{text!r} has {len(parts)} fields, and a schedule has {len(FIELDS)}")
    return [_set(part, field) for part, field in zip(parts, FIELDS, strict=True)]


def _set(text: str, field: Field) -> set[int]:
    return {number for part in text.split(",") for number in _range(part, field)}


def _range(text: str, field: Field) -> range:
    ends, slash, step = text.partition("/")
    first, dash, last = ends.partition("-")
    if ends in ANY:
        least, most = field.least, field.most
    else:
        least = _number(first, field)
        # `5/10`: from 5 to the end.
        most = _number(last, field) if dash else (field.most if slash else least)
    if least > most:
        raise BadSchedule(f"{field.name} {ends!r} ends before it begins")
    return range(least, most + 1, _step(step, field) if slash else 1)


def _number(text: str, field: Field) -> int:
    number = field.words.get(text.lower(), int(text) if _is_number(text) else -1)
    if not field.least <= number <= field.most:
        raise BadSchedule(f"{field.name} {text!r} is not between {field.least} and {field.most}")
    return number


def _step(text: str, field: Field) -> int:
    if not _is_number(text) or int(text) == 0:
        raise BadSchedule(f"{field.name} has a step of {text!r}")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
