"""The contract of connection tracking, as far as the proxy needs it."""

from typing import Protocol

from seatrial.network.conntrack.wire import Flow


class Conntrack(Protocol):
    """The connections that the node tracks. Raises KernelRefused, NetworkError."""

    def flows(self, protocol: str) -> list[Flow]:
        """Every connection of "tcp", "udp" or "sctp"."""

    def forget(self, flow: Flow) -> None:
        """Let the next packet of the flow be balanced anew; no error when it is gone."""

    def close(self) -> None:
        """Let go of what is held open."""
