"""Connection tracking in memory."""

from seatrial.network.conntrack.wire import Flow


class FakeConntrack:
    """Connections that a test put there."""

    def __init__(self, *flows: Flow) -> None:
        self.tracked = list(flows)
        self.is_closed = False

    def flows(self, protocol: str) -> list[Flow]:
        """See Conntrack."""
        return [flow for flow in self.tracked if flow.protocol == protocol]

    def forget(self, flow: Flow) -> None:
        """See Conntrack."""
        if flow in self.tracked:
            self.tracked.remove(flow)

    def close(self) -> None:
        """See Conntrack."""
        self.is_closed = True
