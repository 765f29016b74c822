"""Rules of numbers that several kinds share."""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.api import causes
from seatrial.api.causes import Cause


def non_negative(holder: Mapping[str, Any], *fields: str, path: str) -> Iterator[Cause]:
    """Each of these fields that is there is 0 or more."""
    for field in fields:
        value = holder.get(field)
        if value is not None and value < 0:
            detail = "must be greater than or equal to 0"
            yield causes.invalid(f"{path}.{field}", value, detail)


def number_or_percent(value: int | str, path: str) -> Iterator[Cause]:
    """A number of 0 or more, or a percentage."""
    if isinstance(value, int):
        if value < 0:
            yield causes.invalid(path, value, "must be greater than or equal to 0")
        return
    digits = value.removesuffix("%")
    if digits == value or not (digits.isascii() and digits.isdigit()):
        detail = (
            "a valid percent string must be a numeric string followed by an ending '%' "
            "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
        )
        yield causes.invalid(path, value, detail)


def percent_at_most_100(value: int | str, path: str) -> Iterator[Cause]:
    """A percentage, if it is one, of no more than 100."""
    digits = str(value).removesuffix("%")
    if digits != value and digits.isdigit() and int(digits) > 100:
        yield causes.invalid(path, value, "must not be greater than 100%")
