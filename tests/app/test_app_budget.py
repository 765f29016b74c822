"""The grace period shared out: never more than there is, whatever is asked for."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial_app.budget import Budget, parse_seconds, plan_budget, share

POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
seconds = st.floats(min_value=0, max_value=1e9, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30", 30), ("30s", 30), ("1.5s", 1.5), ("500ms", 0.5), ("2m", 120), (" 7 s ", 7), ("0", 0)],
)
def test_seconds_as_people_write_them(text: str, expected: float) -> None:
    assert parse_seconds(text) == expected


@pytest.mark.parametrize("text", ["", "s", "soon", "-1", "inf", "nan", "1h", "5 6", "1e999"])
def test_what_is_no_time_is_refused_with_the_word_in_the_message(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        parse_seconds(text)


def test_defaults_in_a_pod() -> None:
    budget = plan_budget(POD)
    assert (budget.grace_s, budget.window_s, budget.margin_s) == (30, 5, 1.5)
    assert budget.limit_s == pytest.approx(23.5)
    assert budget.notes == ()


def test_the_environment_is_read_and_arguments_outrank_it() -> None:
    environ = {**POD, "SEATRIAL_DRAIN_WINDOW": "2s", "SEATRIAL_GRACE_PERIOD": "60"}
    assert plan_budget(environ)[:2] == (60, 2)
    assert plan_budget(environ, drain_window_s=3, grace_period_s=20)[:2] == (20, 3)


def test_outside_kubernetes_nobody_waits_for_a_window() -> None:
    assert plan_budget({"SEATRIAL_DRAIN_WINDOW": "9"}, drain_window_s=9).window_s == 0
    assert plan_budget({}, drain_window_s=9, in_kubernetes=True).window_s == 9
    assert plan_budget(POD, drain_window_s=9, in_kubernetes=False).window_s == 0


def test_a_wrong_environment_is_a_note_and_a_wrong_argument_an_error() -> None:
    budget = plan_budget({**POD, "SEATRIAL_DRAIN_WINDOW": "soon"})
    assert budget.window_s == 5
    assert budget.notes == (
        "SEATRIAL_DRAIN_WINDOW: time 'soon' is not a number of seconds; write 30, 30s, 500ms or "
        "2m; taking 5s",
    )
    with pytest.raises(ValueError, match=r"grace_period_s -1"):
        plan_budget(POD, grace_period_s=-1)


def test_a_window_that_does_not_fit_is_cut_and_said() -> None:
    budget = share(10, 20)
    assert (budget.window_s, budget.limit_s, budget.margin_s) == (9, 0, 1)
    assert "drain window 20s does not fit into a grace period of 10s" in budget.notes[0]


def check(budget: Budget) -> None:
    parts = (budget.window_s, budget.limit_s, budget.margin_s)
    assert all(math.isfinite(part) and part >= 0 for part in parts)
    assert sum(parts) <= budget.grace_s


@given(grace_s=seconds, window_s=seconds)
def test_window_limit_and_margin_never_exceed_the_grace_period(
    grace_s: float, window_s: float
) -> None:
    check(share(grace_s, window_s))


@given(window=st.text(max_size=6), grace=st.text(max_size=6))
def test_nor_do_they_for_any_words_in_the_environment(window: str, grace: str) -> None:
    environ = {**POD, "SEATRIAL_DRAIN_WINDOW": window, "SEATRIAL_GRACE_PERIOD": grace}
    check(plan_budget(environ))


@given(grace_s=st.floats(min_value=4, max_value=1e6), window_s=seconds)
def test_the_margin_is_one_to_two_seconds(grace_s: float, window_s: float) -> None:
    assert 1 <= share(grace_s, window_s).margin_s <= 2
