"""What this very machine says that it can do."""

import pytest

from seatrial.runtime.capability import WANTS, look

pytestmark = pytest.mark.kernel


async def test_everything_is_looked_at_and_each_lack_has_a_remedy() -> None:
    abilities = await look()
    names = [ability.name for ability in abilities]
    assert names == ["root", *(want.name for want in WANTS.values()), "cgroups"]
    for ability in abilities:
        if ability.is_needed:
            assert ability.is_there != bool(ability.remedy)
