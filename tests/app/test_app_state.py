"""The table of states, and that nobody is ever led back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial_app.readiness import Readiness
from seatrial_app.state import ENDING, TABLE, State, furthest, readiness_of

READINESS = (State.STARTING, State.READY, State.UNREADY)


@pytest.mark.parametrize(
    ("state", "late", "early", "live"),
    [
        (State.STARTING, False, False, True),
        (State.READY, True, True, True),
        (State.UNREADY, False, False, True),
        (State.DRAINING, True, False, True),
        (State.CLOSING, False, False, True),
        (State.STOPPED, False, False, True),
    ],
)
def test_what_the_probes_hear_in_each_state(
    state: State, late: bool, early: bool, live: bool
) -> None:
    traits = TABLE[state]
    assert (traits.ready_late, traits.ready_early, traits.live) == (late, early, live)


def test_every_state_has_a_row_and_only_stopped_leads_nowhere() -> None:
    assert set(TABLE) == set(State)
    assert [state for state, traits in TABLE.items() if not traits.leads_to] == [State.STOPPED]


def test_no_way_leads_back_from_the_end() -> None:
    for stage in ENDING:
        assert not TABLE[stage].leads_to & set(READINESS)
        assert all(ENDING.index(next_) > ENDING.index(stage) for next_ in TABLE[stage].leads_to)


@given(
    st.lists(
        st.one_of(st.sampled_from(READINESS), st.sampled_from(ENDING)), min_size=1, max_size=30
    )
)
def test_whatever_happens_in_whatever_order_every_move_is_in_the_table(
    happenings: list[State],
) -> None:
    readiness, reached = State.STARTING, set[State]()
    before = furthest(readiness, reached)
    for happening in happenings:
        if happening in ENDING:
            reached.add(happening)
        elif happening in TABLE[readiness].leads_to:
            readiness = happening
        after = furthest(readiness, reached)
        assert after == before or after in TABLE[before].leads_to
        before = after


def test_not_ready_until_declared_and_unready_after() -> None:
    assert readiness_of(was_ready=False, objections=1) is State.STARTING
    assert readiness_of(was_ready=True, objections=1) is State.UNREADY
    assert readiness_of(was_ready=False, objections=0) is State.READY


def test_readiness_says_who_objects_and_only_news_is_news() -> None:
    readiness = Readiness()
    assert readiness.reasons() == ("application: not declared ready",)
    assert readiness.object("db", "connection refused")
    assert not readiness.object("db", "connection refused")
    assert readiness.object("application", None)
    assert (readiness.state, readiness.reasons()) == (State.STARTING, ("db: connection refused",))
    readiness.object("db", None)
    assert (readiness.state, readiness.reasons()) == (State.READY, ())
    readiness.object("db", "timeout")
    assert (readiness.state, readiness.reasons()) == (State.UNREADY, ("db: timeout",))
