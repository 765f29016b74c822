"""Tells the journal of each connection that was balanced to a pod (edge).

Does: read the kernel's news of tracked TCP connections and write a `flow` entry for each whose
destination was changed; also for those that the pod then refuses, because the first packet counts.
Does not: report connections that no rule redirected, nor those refused for want of endpoints.
Holds: nothing is asked, the kernel tells; what it could not tell (a full buffer) is logged.
"""

import asyncio
import errno
import socket

from seatrial.kit.journal import Journal
from seatrial.kit.record import get_record
from seatrial.network.conntrack import wire as conntrack_wire
from seatrial.network.conntrack.wire import Flow
from seatrial.network.netlink import channel, wire

record = get_record("network.flows")

# News that may wait in the kernel; about 300 bytes each. It may grant less.
BUFFER_BYTES = 8 << 20
# Datagrams read in one go before others of the loop get their turn.
READS_PER_TURN = 64


class FlowWatcher:
    """Follows one network namespace's new connections, from `start` until `close`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._socket: socket.socket | None = None

    def start(self) -> None:
        """Begin to listen, in the namespace of the caller and on its loop."""
        listener = socket.socket(
            socket.AF_NETLINK,
            socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK,
            channel.NETFILTER,
        )
        channel.enlarge_buffers(listener, BUFFER_BYTES)
        listener.bind((0, conntrack_wire.NEW_GROUP))
        asyncio.get_running_loop().add_reader(listener.fileno(), self._read)
        self._socket = listener

    def close(self) -> None:
        """Listen no more; a second call does nothing."""
        listener, self._socket = self._socket, None
        if listener is not None:
            asyncio.get_running_loop().remove_reader(listener.fileno())
            listener.close()

    def _read(self) -> None:
        for _ in range(READS_PER_TURN):
            if self._socket is None:
                return
            try:
                data = self._socket.recv(channel.DATAGRAM_BYTES_MAX)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                record.warning("flows.lost", buffer_bytes=BUFFER_BYTES)
                continue
            for message in wire.parse_messages(data):
                self._tell(message)

    def _tell(self, message: wire.Received) -> None:
        if message.kind != conntrack_wire.NEW:
            return
        flow = conntrack_wire.parse_flow(message.body)
        if flow is not None and flow.protocol == "tcp" and flow.is_redirected:
            self._journal.write("flow", **_entry(flow))


def _entry(flow: Flow) -> dict[str, str | int]:
    return {
        "src_ip": flow.original.source,
        "src_port": flow.original.source_port,
        "dst_ip": flow.original.destination,
        "dst_port": flow.original.destination_port,
        "pod_ip": flow.reply.source,
        "pod_port": flow.reply.source_port,
    }
