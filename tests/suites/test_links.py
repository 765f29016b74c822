"""Every implementation of links against the one suite."""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.network.links.fake import FakeLinks
from seatrial.network.links.interface import Links
from seatrial.network.links.linux import LinuxLinks
from seatrial.testing.suites.links import LinksSuite, MakeNetns

sys.path.append(str(Path(__file__).parent.parent / "kernel"))
import network_world

MISSING = network_world.missing()


class TestFakeLinks(LinksSuite):
    @pytest.fixture
    def links(self) -> Links:
        return FakeLinks()

    @pytest.fixture
    def netns(self) -> MakeNetns:
        numbers = itertools.count()
        return lambda: f"/netns/{next(numbers)}"


@pytest.mark.kernel
@pytest.mark.skipif(bool(MISSING), reason=MISSING)
class TestLinuxLinks(LinksSuite):
    @pytest.fixture
    def links(self) -> Iterator[Links]:
        with network_world.fresh_netns():
            made = LinuxLinks()
            yield made
            made.close()

    @pytest.fixture
    def netns(self) -> Iterator[MakeNetns]:
        made: list[network_world.Netns] = []

        def make() -> str:
            made.append(network_world.Netns())
            return made[-1].path

        yield make
        for each in made:
            each.close()
