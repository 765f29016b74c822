"""A node's journal: what happened below the Kubernetes API, as it happens.

The runtime, the proxy and the flow watcher write; the kubelet's server streams it to whoever asks
(`GET /api/v1/nodes/NAME/proxy/seatrial/journal`, JSON lines). Trials join it with traffic to
explain each failed request. Kinds and their fields:

    flow      src_ip src_port dst_ip dst_port pod_ip pod_port   a connection was balanced to a pod
    rules     service port added removed endpoints              the kernel's rules now say so
    start     pod uid container pid                             a container's process runs
    signal    pod uid container signal                          the runtime sent it ("SIGTERM")
    exit      pod uid container code signal                     its main process ended
    listener  pod uid ip port state                             a listening socket was "closed"
    fault     name state                                        a proxy took note of it: "injected"
                                                                or "healed"

`pod` and `service` are "namespace/name", endpoints are lists of "ip:port"; every entry has `at`
(epoch seconds) and `kind`.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any

from seatrial.kit.clock import wall_time_s

# Entries kept for a reader that comes late; at 500 flows a second this is half a minute.
JOURNAL_ENTRIES_MAX = 16_384
# Entries a slow reader may lag behind before it loses the oldest.
READER_ENTRIES_MAX = 65_536

Entry = dict[str, Any]


class Journal:
    """Append-only, bounded, many readers."""

    def __init__(self) -> None:
        self._kept: deque[Entry] = deque(maxlen=JOURNAL_ENTRIES_MAX)
        self._readers: set[_Reader] = set()

    def write(self, kind: str, **fields: Any) -> None:
        """Add one entry, stamped now."""
        entry = {"at": wall_time_s(), "kind": kind, **fields}
        self._kept.append(entry)
        for reader in self._readers:
            reader.offer(entry)

    async def read(self, *, follow: bool = True) -> AsyncGenerator[Entry, None]:
        """Kept entries, oldest first, then new ones as they come."""
        reader = _Reader(self._kept)
        self._readers.add(reader)
        try:
            while True:
                while reader.waiting:
                    yield reader.waiting.popleft()
                if not follow:
                    return
                reader.wake.clear()
                await reader.wake.wait()
        finally:
            self._readers.discard(reader)


class _Reader:
    def __init__(self, kept: deque[Entry]) -> None:
        self.waiting: deque[Entry] = deque(kept, maxlen=READER_ENTRIES_MAX)
        self.wake = asyncio.Event()

    def offer(self, entry: Entry) -> None:
        self.waiting.append(entry)
        self.wake.set()
