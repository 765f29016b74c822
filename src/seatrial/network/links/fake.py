"""Links in memory: keeps state, checks references, can be told to fail."""

from seatrial.network.errors import CannotAttach, NetworkError
from seatrial.network.links.interface import BRIDGE, BridgePlan, PodLink


class FakeLinks:
    """A node's links that are not there. `fail_next` makes the next call raise."""

    def __init__(self) -> None:
        self.attached: dict[str, tuple[PodLink, str]] = {}
        self.local_addresses: set[str] = set()
        self.routes: dict[str, str] = {}
        self.plan: BridgePlan | None = None
        self.is_closed = False
        self.fail_next = ""

    def prepare(self, plan: BridgePlan) -> None:
        """See Links."""
        self._may_fail()
        self.plan = plan

    def attach(self, link: PodLink, netns: str) -> None:
        """See Links."""
        self._may_fail()
        if self.plan is None:
            raise CannotAttach(f"cannot wire network namespace {netns}: there is no {BRIDGE}")
        if link.host_interface in self.attached:
            raise CannotAttach(f"cannot wire network namespace {netns}: file exists")
        if any(netns == each for _, each in self.attached.values()):
            raise CannotAttach(f"cannot wire network namespace {netns}: it is wired already")
        self.attached[link.host_interface] = (link, netns)

    def detach(self, link: PodLink) -> None:
        """See Links."""
        self._may_fail()
        self.attached.pop(link.host_interface, None)

    def add_local_address(self, address: str) -> None:
        """See Links."""
        self._may_fail()
        self.local_addresses.add(address)

    def set_route(self, cidr: str, via: str) -> None:
        """See Links."""
        self._may_fail()
        self.routes[cidr] = via

    def remove_route(self, cidr: str) -> None:
        """See Links."""
        self._may_fail()
        self.routes.pop(cidr, None)

    def interfaces(self) -> frozenset[str]:
        """See Links."""
        bridge = {BRIDGE} if self.plan else set()
        return frozenset({"lo"} | bridge | set(self.attached))

    def close(self) -> None:
        """See Links."""
        self.is_closed = True

    def _may_fail(self) -> None:
        message, self.fail_next = self.fail_next, ""
        if message:
            raise NetworkError(message)
