"""A container's life: forward only, and always to an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.kit.errors import Bug
from seatrial.runtime.machine import MOVES, Moment, Phase, move

ORDER = list(Phase)


@given(st.lists(st.sampled_from(Moment)))
def test_safety_a_life_never_goes_back(moments: list[Moment]) -> None:
    phase = Phase.CREATED
    for moment in moments:
        if (phase, moment) not in MOVES:
            with pytest.raises(Bug):
                move(phase, moment)
            continue
        after = move(phase, moment)
        assert ORDER.index(after) > ORDER.index(phase)
        phase = after


@given(st.sampled_from(Phase))
def test_liveness_every_phase_reaches_gone(phase: Phase) -> None:
    for _ in ORDER:
        if phase is Phase.GONE:
            return
        phase = next(after for (before, _), after in MOVES.items() if before is phase)
    raise AssertionError(phase)
