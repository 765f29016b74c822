"""What is due when: in order, inside the grace period, whatever has been reached already."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial_app.budget import Budget, share
from seatrial_app.timeline import ORDER, Moment, View, due_now, dues, wait_s

budgets = st.builds(share, st.floats(0, 1e4), st.floats(0, 1e4))
BUDGET = Budget(grace_s=30, window_s=5, limit_s=23, margin_s=2)


def view(budget: Budget = BUDGET, *, may_quit: bool = True, **reached: float) -> View:
    return View({Moment(name): at_s for name, at_s in reached.items()}, budget, may_quit)


def test_nothing_is_due_before_sigterm() -> None:
    assert dues(view()) == {}
    assert wait_s(view(), 1e9) is None


def test_after_sigterm_everything_has_its_second() -> None:
    expected = {Moment.CLOSE: 105.0, Moment.LEAVE: 128.0, Moment.QUIT: 129.0}
    assert dues(view(drain=100.0)) == expected
    assert wait_s(view(drain=100.0), 102.0) == 3.0


def test_leaving_early_closes_first_and_quits_soon() -> None:
    early = view(drain=100.0, leave=101.0)
    assert dues(early) == {Moment.CLOSE: 101.0, Moment.QUIT: 102.0}
    assert due_now(early, 101.0) == (Moment.CLOSE,)


def test_a_server_that_has_ended_is_told_nothing_more_but_its_process_may_be_ended() -> None:
    assert dues(view(drain=100.0, close=105.0, stop=106.0)) == {Moment.QUIT: 129.0}
    assert dues(view(may_quit=False, drain=100.0, close=105.0, stop=106.0)) == {}


@pytest.mark.parametrize("may_quit", [True, False])
@given(budget=budgets, began_s=st.floats(0, 1e6))
def test_everything_is_due_in_order_and_inside_the_grace_period(
    may_quit: bool, budget: Budget, began_s: float
) -> None:
    due = dues(view(budget, may_quit=may_quit, drain=began_s))
    seconds = [due[moment] for moment in ORDER if moment in due]
    assert seconds == sorted(seconds)
    assert all(at_s <= began_s + budget.grace_s for at_s in seconds)
    assert (Moment.QUIT in due) == may_quit


@given(
    budget=budgets,
    reached=st.dictionaries(st.sampled_from(ORDER), st.floats(0, 1e6)),
    now_s=st.floats(0, 1e6),
)
def test_what_was_reached_is_never_due_again_and_no_wait_is_negative(
    budget: Budget, reached: dict[Moment, float], now_s: float
) -> None:
    seen = View(reached, budget, may_quit=True)
    assert not set(dues(seen)) & set(reached)
    waits_s = wait_s(seen, now_s)
    assert waits_s is None or waits_s >= 0
    assert (waits_s == 0) == bool(due_now(seen, now_s))
