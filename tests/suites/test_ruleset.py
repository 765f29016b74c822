"""Every rule set against the one suite."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.network.ruleset.fake import FakeRuleset
from seatrial.network.ruleset.interface import Ruleset
from seatrial.network.ruleset.nft import NftRuleset
from seatrial.testing.suites.ruleset import RulesetSuite

sys.path.append(str(Path(__file__).parent.parent / "kernel"))
import network_world

MISSING = network_world.missing()


class TestFakeRuleset(RulesetSuite):
    @pytest.fixture
    def ruleset(self) -> Ruleset:
        return FakeRuleset()


@pytest.mark.kernel
@pytest.mark.skipif(bool(MISSING), reason=MISSING)
class TestNftRuleset(RulesetSuite):
    @pytest.fixture
    def ruleset(self) -> Iterator[Ruleset]:
        with network_world.fresh_netns():
            made = NftRuleset("suite")
            yield made
            made.delete()
            made.close()
