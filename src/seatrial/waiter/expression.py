"""Which targets have to be ready: all, one of them, or any mixture with parentheses.

    tcp://db:5432 redis://cache                     both (arguments beside one another mean `and`)
    redis://a or redis://b                          one of them
    tcp://db:5432 "redis://a or redis://b"          an argument with blanks is a group of its own
    tcp://db:5432 and ( redis://a or redis://b )    the same

Holds: `and` and `or` side by side without parentheses are refused: nobody should have to know which
of them binds more strongly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Union

from seatrial.waiter.urls import TargetError
from seatrial.waiter.verdicts import State

WORDS = ("and", "or")


class Leaf(NamedTuple):
    """One target, by its place in the list of targets."""

    place: int


class Every(NamedTuple):
    """All parts have to be ready."""

    parts: tuple[Expression, ...]


class Either(NamedTuple):
    """One part is enough."""

    parts: tuple[Expression, ...]


Expression = Union[Leaf, Every, Either]  # noqa: UP007 - evaluated by Python 3.9 as well


def parse_expression(
    arguments: Sequence[str], *, any_is_enough: bool = False
) -> tuple[Expression, list[str]]:
    """The expression of a command line, and the targets' texts in order.

    Raises TargetError.
    """
    reader = Reader(list(tokens_of(arguments)), beside="or" if any_is_enough else "and")
    expression = reader.group()
    if reader.tokens:
        raise TargetError("')' without '('")
    return expression, reader.targets


def tokens_of(arguments: Sequence[str]) -> list[str]:
    """Words and parentheses; an argument of several words gets parentheses around it."""
    tokens: list[str] = []
    for argument in arguments:
        words = [part for word in argument.split() for part in split_parentheses(word)]
        # Unequal: an argument that is half of a group, `(tcp://a:1` or `tcp://b:2)`.
        is_whole = words.count("(") == words.count(")")
        is_group = is_whole and min(len(words), len(arguments)) > 1
        tokens.extend(["(", *words, ")"] if is_group else words)
    return tokens


def split_parentheses(word: str) -> list[str]:
    """Those around a target are tokens of their own; those inside of it (`http://a/b(c)`) stay."""
    inner = word.lstrip("(")
    closing = min(inner.count(")") - inner.count("("), len(inner) - len(inner.rstrip(")")))
    end = len(inner) - max(closing, 0)
    before = ["("] * (len(word) - len(inner))
    return [*before, *([inner[:end]] if end else []), *([")"] * (len(inner) - end))]


class Reader:
    """Takes tokens from the left; `targets` are those met so far."""

    def __init__(self, tokens: list[str], *, beside: str) -> None:
        """`beside` is what two targets without a word between them mean."""
        self.tokens = tokens
        self.targets: list[str] = []
        self._beside = beside

    def group(self) -> Expression:
        """Up to the end or to a closing parenthesis."""
        parts, word = [self._part()], ""
        while self.tokens and self.tokens[0] != ")":
            joint = self.tokens.pop(0) if self.tokens[0] in WORDS else self._beside
            if word and joint != word:
                raise TargetError("'and' and 'or' are mixed; put parentheses around one of them")
            word = joint
            parts.append(self._part())
        if len(parts) == 1:
            return parts[0]
        return Either(tuple(parts)) if word == "or" else Every(tuple(parts))

    def _part(self) -> Expression:
        token = self.tokens.pop(0) if self.tokens else ""
        if token == "(":
            inner = self.group()
            if not self.tokens:
                raise TargetError("'(' without ')'")
            self.tokens.pop(0)
            return inner
        if not token or token == ")" or token in WORDS:
            raise TargetError(
                f"a target is missing {f'before {token!r}' if token else 'at the end'}"
            )
        self.targets.append(token)
        return Leaf(len(self.targets) - 1)


def evaluate(expression: Expression, states: Sequence[State]) -> State:
    """The whole of it, given each target's state."""
    if isinstance(expression, Leaf):
        return states[expression.place]
    parts = {evaluate(part, states) for part in expression.parts}
    decides, other = (
        (State.READY, State.NEVER) if isinstance(expression, Either) else (State.NEVER, State.READY)
    )
    if decides in parts:
        return decides
    return other if parts == {other} else State.NOT_YET


def still_needed(expression: Expression, states: Sequence[State]) -> list[int]:
    """The targets that can still change the whole, in order."""
    if evaluate(expression, states) is not State.NOT_YET:
        return []
    if isinstance(expression, Leaf):
        return [expression.place]
    return [index for part in expression.parts for index in still_needed(part, states)]


def show_expression(expression: Expression, labels: Sequence[str], *, inner: bool = False) -> str:
    """As people would write it."""
    if isinstance(expression, Leaf):
        return labels[expression.place]
    word = " or " if isinstance(expression, Either) else " and "
    text = word.join(show_expression(part, labels, inner=True) for part in expression.parts)
    return f"({text})" if inner else text
