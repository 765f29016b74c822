"""Quantities: `500m`, `1.5Gi`, `2e3`, as values that can be compared, added and rendered.

Does: keeps the exact value as a whole number of nano-units, and the notation it was written in.
Holds: `render(parse(render(q))) == render(q)`: what is rendered is canonical.
Differs from Kubernetes: a value above 2**63 is kept as it is instead of being capped.
"""

import functools
import re
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Literal

from seatrial.kit.errors import SeatrialError

Notation = Literal["DecimalSI", "BinarySI", "DecimalExponent"]

NANO = 10**9
# Longer texts are refused: an exponent is arithmetic that the sender makes us do.
DIGITS_MAX = 64
EXPONENT_MAX = 64

_SHAPE = re.compile(
    r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:([numkMGTPE])|([KMGTPE]i)|[eE]([+-]?[0-9]+))?"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}

REFUSAL = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)


class QuantityError(SeatrialError):
    """The text is not a quantity."""


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """An amount; equal amounts are equal whatever their notation (`1Ki` == `1024`)."""

    nanos: int
    notation: Notation = "DecimalSI"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.nanos == other.nanos

    def __hash__(self) -> int:
        return hash(self.nanos)

    def __lt__(self, other: "Quantity") -> bool:
        return self.nanos < other.nanos

    def __le__(self, other: "Quantity") -> bool:
        return self.nanos <= other.nanos

    def __add__(self, other: "Quantity") -> "Quantity":
        """The sum, in this quantity's notation (in the other's, when this one is zero)."""
        notation = self.notation if self.nanos else other.notation
        return Quantity(self.nanos + other.nanos, notation)

    def __sub__(self, other: "Quantity") -> "Quantity":
        notation = self.notation if self.nanos else other.notation
        return Quantity(self.nanos - other.nanos, notation)

    def __str__(self) -> str:
        return render(self)

    @property
    def units(self) -> int:
        """Whole units, rounded up: bytes, cores."""
        return _ceil_divide(self.nanos, NANO)

    @property
    def milli(self) -> int:
        """Thousandths, rounded up: millicores."""
        return _ceil_divide(self.nanos, 10**6)


ZERO = Quantity(0)


@functools.lru_cache(maxsize=1024)
def parse(text: str | int | float) -> Quantity:
    """The quantity `text` means, rounded up to whole nano-units. Raises QuantityError."""
    text = str(text)
    found = _SHAPE.fullmatch(text) if len(text) <= DIGITS_MAX else None
    if not found:
        raise QuantityError(f"{REFUSAL}: {text!r}")
    number, decimal, binary, exponent = found.groups()
    notation: Notation = "BinarySI" if binary else "DecimalExponent" if exponent else "DecimalSI"
    if exponent and abs(int(exponent)) > EXPONENT_MAX:
        raise QuantityError(f"unable to parse quantity's suffix: {text!r}")
    power = int(exponent) if exponent else _DECIMAL[decimal or ""]
    return Quantity(_nanos(number, power, bits=_BINARY.get(binary or "", 0)), notation)


def _nanos(number: str, power: int, *, bits: int) -> int:
    whole, _, fraction = number.lstrip("+-").partition(".")
    digits = int((whole + fraction) or "0") * 2**bits
    scale = power + 9 - len(fraction)
    value = digits * 10**scale if scale >= 0 else _ceil_divide(digits, 10**-scale)
    return -value if number.startswith("-") else value


def _ceil_divide(value: int, by: int) -> int:
    return -(-value // by)


def render(quantity: Quantity) -> str:
    """The canonical text: no fraction, the largest suffix that keeps the value exact."""
    if quantity.notation == "BinarySI" and _is_whole_and_big(quantity.nanos):
        return _render_binary(quantity.nanos // NANO)
    return _render_decimal(quantity)


def _is_whole_and_big(nanos: int) -> bool:
    return nanos % NANO == 0 and abs(nanos) >= 1024 * NANO


def _render_binary(value: int) -> str:
    suffix = ""
    for name in _BINARY:
        if value % 1024:
            break
        value, suffix = value // 1024, name
    return f"{value}{suffix}"


def _render_decimal(quantity: Quantity) -> str:
    value, power = quantity.nanos, -9
    if value == 0:
        return "0"
    while value % 1000 == 0 and power < 18:
        value, power = value // 1000, power + 3
    if quantity.notation == "DecimalExponent":
        return f"{value}e{power}" if power else str(value)
    suffix = next(name for name, exponent in _DECIMAL.items() if exponent == power)
    return f"{value}{suffix}"


@functools.lru_cache(maxsize=1024)
def canonical(text: str | int | float) -> str:
    """`text` as Kubernetes gives it back: `0.5` is `500m`. Raises QuantityError."""
    return render(parse(text))


def from_units(units: int | float | Decimal, notation: Notation = "DecimalSI") -> Quantity:
    """A quantity of so many whole units (bytes, cores)."""
    return Quantity(int((Decimal(units) * NANO).to_integral_value(ROUND_UP)), notation)
