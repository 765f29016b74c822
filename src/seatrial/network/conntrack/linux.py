"""Connection tracking of the namespace where this was made (edge)."""

import errno

from seatrial.network.conntrack import wire
from seatrial.network.conntrack.wire import Flow
from seatrial.network.errors import KernelRefused
from seatrial.network.netlink import channel
from seatrial.network.netlink.channel import Channel


class LinuxConntrack:
    """The kernel's own."""

    def __init__(self) -> None:
        self._channel = Channel(channel.NETFILTER)

    def flows(self, protocol: str) -> list[Flow]:
        """See Conntrack."""
        found = self._channel.dump(wire.all_flows(), doing="listing connections")
        parsed = (wire.parse_flow(each.body) for each in found)
        return [flow for flow in parsed if flow is not None and flow.protocol == protocol]

    def forget(self, flow: Flow) -> None:
        """See Conntrack."""
        try:
            self._channel.request([wire.forget(flow)], doing=f"forgetting {flow}")
        except KernelRefused as refusal:
            if refusal.errno != errno.ENOENT:
                raise

    def close(self) -> None:
        """See Conntrack."""
        self._channel.close()
