"""The suite every implementation of links must pass.

Derive a class and give it a `links` fixture (in a place of its own: nothing was prepared yet) and a
`netns` fixture: a function that makes one more network namespace and gives its path.
"""

from collections.abc import Callable

import pytest

from seatrial.network.errors import CannotAttach
from seatrial.network.links.interface import BRIDGE, BridgePlan, Links, PodLink

PLAN = BridgePlan("10.244.0.1", "10.244.0.0/24", "10.96.0.0/16")
ONE = PodLink("10.244.0.2", PLAN.gateway)
TWO = PodLink("10.244.0.3", PLAN.gateway)

MakeNetns = Callable[[], str]


class LinksSuite:
    """What links promise."""

    def test_prepare_makes_the_bridge_and_may_be_repeated(self, links: Links) -> None:
        links.prepare(PLAN)
        links.prepare(PLAN)
        assert links.interfaces() == {"lo", BRIDGE}

    def test_attach_and_detach(self, links: Links, netns: MakeNetns) -> None:
        links.prepare(PLAN)
        links.attach(ONE, netns())
        links.attach(TWO, netns())
        assert links.interfaces() == {"lo", BRIDGE, ONE.host_interface, TWO.host_interface}
        links.detach(ONE)
        links.detach(ONE)
        assert links.interfaces() == {"lo", BRIDGE, TWO.host_interface}

    def test_an_address_is_wired_once(self, links: Links, netns: MakeNetns) -> None:
        links.prepare(PLAN)
        links.attach(ONE, netns())
        with pytest.raises(CannotAttach):
            links.attach(ONE, netns())
        assert ONE.host_interface in links.interfaces()

    def test_a_namespace_is_wired_once(self, links: Links, netns: MakeNetns) -> None:
        links.prepare(PLAN)
        there = netns()
        links.attach(ONE, there)
        with pytest.raises(CannotAttach):
            links.attach(TWO, there)
        assert links.interfaces() == {"lo", BRIDGE, ONE.host_interface}

    def test_nothing_is_wired_before_the_bridge_is_there(
        self, links: Links, netns: MakeNetns
    ) -> None:
        with pytest.raises(CannotAttach):
            links.attach(ONE, netns())

    def test_addresses_and_routes_may_be_repeated(self, links: Links) -> None:
        links.prepare(PLAN)
        for _ in range(2):
            links.add_local_address("10.245.255.1")
            links.set_route("10.244.1.0/24", "10.244.0.9")
        links.set_route("10.244.1.0/24", "10.244.0.8")
        for _ in range(2):
            links.remove_route("10.244.1.0/24")
