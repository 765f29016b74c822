"""Which targets have to be ready: what a command line's words mean together."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.waiter.expression import (
    Either,
    Every,
    Expression,
    Leaf,
    evaluate,
    parse_expression,
    show_expression,
    still_needed,
)
from seatrial.waiter.urls import TargetError
from seatrial.waiter.verdicts import State

R, N, X = State.READY, State.NOT_YET, State.NEVER


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["a"], "a"),
        (["a", "b", "c"], "a and b and c"),
        (["a", "and", "b"], "a and b"),
        (["a", "or", "b"], "a or b"),
        (["a or b"], "a or b"),
        (["a", "b or c"], "a and (b or c)"),
        (["a and (b or c)", "d"], "(a and (b or c)) and d"),
        (["a", "(", "b", "or", "c", ")"], "a and (b or c)"),
        (["(a", "or", "b)", "c"], "(a or b) and c"),
        (["((a))"], "a"),
        (["http://x/f(1)", "b"], "http://x/f(1) and b"),
        (["(http://x/f(1) or b)", "c"], "(http://x/f(1) or b) and c"),
        (["postgres://u:$(SECRET)@h/d"], "postgres://u:$(SECRET)@h/d"),
    ],
)
def test_words_mean(arguments: list[str], shown: str) -> None:
    expression, targets = parse_expression(arguments)
    assert show_expression(expression, targets) == shown


def test_any_joins_what_stands_beside_one_another() -> None:
    expression, targets = parse_expression(["a", "b and c"], any_is_enough=True)
    assert show_expression(expression, targets) == "a or (b and c)"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["a or b and c"], "mixed"),
        (["a", "b", "or", "c"], "mixed"),
        (["a or"], "a target is missing at the end"),
        (["or", "a"], "a target is missing before 'or'"),
        (["a and or b"], "a target is missing before 'or'"),
        (["(a or b"], "'(' without ')'"),
        (["a", ")"], "')' without '('"),
        (["()"], "a target is missing before ')'"),
        ([""], "a target is missing at the end"),
    ],
)
def test_nonsense_is_refused(arguments: list[str], why: str) -> None:
    with pytest.raises(TargetError, match=re.escape(why)):
        parse_expression(arguments)


@pytest.mark.parametrize(
    ("states", "whole", "needed"),
    [
        ([N, N, N], N, [0, 1, 2]),
        ([N, R, N], N, [0]),
        ([R, N, X], N, [1]),
        ([R, R, N], R, []),
        ([R, X, X], X, []),
        ([X, N, N], X, []),
    ],
)
def test_an_and_of_an_or(states: list[State], whole: State, needed: list[int]) -> None:
    expression, _ = parse_expression(["a", "b or c"])
    assert evaluate(expression, states) is whole
    assert still_needed(expression, states) == needed


COUNT = 5
expressions = st.recursive(
    st.builds(Leaf, st.integers(0, COUNT - 1)),
    lambda parts: st.lists(parts, min_size=2, max_size=3).flatmap(
        lambda each: st.sampled_from([Every(tuple(each)), Either(tuple(each))])
    ),
    max_leaves=8,
)
states_of_all = st.lists(st.sampled_from(list(State)), min_size=COUNT, max_size=COUNT)


@given(expressions, states_of_all)
def test_only_what_is_needed_decides(expression: Expression, states: list[State]) -> None:
    needed = set(still_needed(expression, states))
    assert bool(needed) == (evaluate(expression, states) is N)
    others = [state if place in needed else X for place, state in enumerate(states)]
    assert all(states[place] is N for place in needed)
    for final in (R, X):
        decided = [final if place in needed else s for place, s in enumerate(states)]
        if needed:
            assert evaluate(expression, decided) is final
    assert set(still_needed(expression, others)) <= needed


@given(expressions, states_of_all)
def test_it_is_ready_as_a_boolean_formula_is_true(
    expression: Expression, states: list[State]
) -> None:
    def is_true(part: Expression) -> bool:
        if isinstance(part, Leaf):
            return states[part.place] is R
        return (any if isinstance(part, Either) else all)(map(is_true, part.parts))

    assert (evaluate(expression, states) is R) == is_true(expression)
