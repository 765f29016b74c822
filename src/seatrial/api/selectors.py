"""Label selectors: parse both written forms into one value, match it, render it.

Does: reads the query form (`app=web,tier in (a,b),!canary`) and the object form (`matchLabels`,
`matchExpressions`).
Holds: an absent selector selects nothing, an empty one everything; `parse(str(s)) == s`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seatrial.api import names
from seatrial.kit.errors import SeatrialError

Operator = Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]


class SelectorError(SeatrialError):
    """The text or object is not a selector."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()  # sorted

    def matches(self, labels: Mapping[str, str]) -> bool:
        """The labels meet this condition; a missing label meets `NotIn` and `DoesNotExist`."""
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value is not None and value in self.values
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case "Gt" | "Lt":
                return _compares(value, self.operator, self.values[0])

    def __str__(self) -> str:
        match self.operator:
            case "Exists":
                return self.key
            case "DoesNotExist":
                return f"!{self.key}"
            case "In" if len(self.values) == 1:
                return f"{self.key}={self.values[0]}"
            case "Gt" | "Lt":
                return f"{self.key}{'>' if self.operator == 'Gt' else '<'}{self.values[0]}"
        word = "in" if self.operator == "In" else "notin"
        return f"{self.key} {word} ({','.join(self.values)})"


def _compares(value: str | None, operator: str, limit: str) -> bool:
    if value is None or not value.lstrip("+-").isdigit():
        return False
    return int(value) > int(limit) if operator == "Gt" else int(value) < int(limit)


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements must be met; `nothing` selects no labels at all."""

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        """These labels are selected."""
        return not self.nothing and all(each.matches(labels) for each in self.requirements)

    @property
    def is_everything(self) -> bool:
        """Selects any labels."""
        return not self.nothing and not self.requirements

    def __str__(self) -> str:
        return ",".join(str(each) for each in self.requirements)


EVERYTHING = Selector()
NOTHING = Selector(nothing=True)


def from_labels(labels: Mapping[str, str] | None) -> Selector:
    """The map form (Services): every pair must be there; None selects nothing."""
    if labels is None:
        return NOTHING
    pairs = sorted(labels.items())
    return Selector(tuple(Requirement(key, "In", (value,)) for key, value in pairs))


def from_object(selector: Mapping[str, Any] | None) -> Selector:
    """The object form (`matchLabels`, `matchExpressions`); None selects nothing, {} everything.

    Raises SelectorError for an operator that does not exist or values that do not fit it.
    """
    if selector is None:
        return NOTHING
    exact = from_labels(selector.get("matchLabels") or {}).requirements
    more = tuple(_from_expression(each) for each in selector.get("matchExpressions") or ())
    return Selector(tuple(sorted((*exact, *more), key=lambda each: each.key)))


def _from_expression(expression: Mapping[str, Any]) -> Requirement:
    key, operator = str(expression.get("key", "")), expression.get("operator")
    values = tuple(sorted(expression.get("values") or ()))
    if operator in {"In", "NotIn"}:
        if not values:
            raise SelectorError("for 'in', 'notin' operators, values set can't be empty")
    elif operator in {"Exists", "DoesNotExist"}:
        if values:
            raise SelectorError("values set must be empty for exists and does not exist")
    else:
        raise SelectorError(f'"{operator}" is not a valid label selector operator')
    return Requirement(key, operator, values)


def parse(text: str) -> Selector:
    """The query form; "" selects everything. Raises SelectorError that quotes what was found."""
    reader = _Reader(text)
    found: list[Requirement] = []
    while reader.peek():
        found.append(reader.requirement())
        if not reader.take(","):
            break
        if not reader.peek():
            raise reader.unexpected("identifier after ','")
    if reader.peek():
        raise reader.unexpected("',' or 'end of string'")
    return Selector(tuple(sorted(found, key=lambda each: each.key)))


_MARKS = ("!=", "==", "=", "!", ",", "(", ")", ">", "<")


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    rest = text.lstrip()
    while rest:
        mark = next((mark for mark in _MARKS if rest.startswith(mark)), "")
        token = mark or _word(rest)
        tokens.append(token)
        rest = rest[len(token) :].lstrip()
    return tokens


def _word(text: str) -> str:
    end = next(
        (at for at, letter in enumerate(text) if letter.isspace() or letter in "!=,()<>"), -1
    )
    return text if end < 0 else text[:end]


class _Reader:
    """Tokens from the left, one look ahead."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, *tokens: str) -> str:
        found = self.peek()
        if found and found in tokens:
            self._at += 1
            return found
        return ""

    def word(self) -> str:
        found = self.peek()
        if not found or found in _MARKS:
            return ""
        self._at += 1
        return found

    def unexpected(self, wanted: str) -> SelectorError:
        return SelectorError(
            f"unable to parse requirement: found '{self.peek()}', expected: {wanted}"
        )

    def requirement(self) -> Requirement:
        absent = self.take("!")
        key = self.word()
        if not key:
            raise self.unexpected("identifier")
        _check_key(key)
        if absent:
            return Requirement(key, "DoesNotExist")
        if self.peek() in {"", ","}:
            return Requirement(key, "Exists")
        return self._compared(key)

    def _compared(self, key: str) -> Requirement:
        if self.take("=", "=="):
            return Requirement(key, "In", (self._value(),))
        if self.take("!="):
            return Requirement(key, "NotIn", (self._value(),))
        if sign := self.take(">", "<"):
            return Requirement(key, "Gt" if sign == ">" else "Lt", (self._number(),))
        if self.take("in"):
            return Requirement(key, "In", self._values())
        if self.take("notin"):
            return Requirement(key, "NotIn", self._values())
        raise self.unexpected("in, notin, =, ==, !=, gt, lt")

    def _value(self) -> str:
        value = self.word()
        if not value and self.peek() not in {"", ","}:
            raise self.unexpected("identifier")
        return _checked_value(value)

    def _number(self) -> str:
        value = self.word()
        if not value.lstrip("+-").isdigit():
            raise SelectorError(
                f"for 'Gt', 'Lt' operators, the value must be an integer: {value!r}"
            )
        return value

    def _values(self) -> tuple[str, ...]:
        if not self.take("("):
            raise self.unexpected("'('")
        values = [_checked_value(self.word())]
        while self.take(","):
            values.append(_checked_value(self.word()))
        if not self.take(")"):
            raise self.unexpected("',', or ')'")
        return tuple(sorted(set(values)))


def _check_key(key: str) -> None:
    if wrong := names.explain_qualified_name(key):
        raise SelectorError(f'key: Invalid value: "{key}": {wrong}')


def _checked_value(value: str) -> str:
    if wrong := names.explain_label_value(value):
        raise SelectorError(f'values: Invalid value: "{value}": {wrong}')
    return value
