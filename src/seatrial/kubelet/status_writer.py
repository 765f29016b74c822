"""Writes a pod's status to the API: coalesced, in order, again when it fails.

Does: one write at a time, always of the newest status; a pod that is just starting is held back for
a moment, so that one write says Running instead of two that say "nearly" and Running.
Does not: make the status; it is asked for when it is written.
Holds: writes are in the order of what they tell.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from seatrial.api.kinds import POD
from seatrial.api.objects import Object, name_of, namespace_of, uid_of
from seatrial.client.errors import ClientError, Conflict, NotFound
from seatrial.client.interface import STRATEGIC, Client
from seatrial.kit.backoff import Backoff
from seatrial.kit.record import get_record

record = get_record("kubelet.status")

# A start that takes longer is worth telling about before it is over.
START_HOLD_S = 0.05
RETRY_BACKOFF = Backoff(first_s=0.1, factor=2.0, max_s=10.0)

Status = dict[str, Any]


class StatusWriter:
    """The status of one pod."""

    def __init__(self, client: Client, pod: Object, make: Callable[[], Status]) -> None:
        self._client = client
        self._name, self._namespace, self._uid = name_of(pod), namespace_of(pod), uid_of(pod)
        self._make = make
        self._dirty = asyncio.Event()
        self._settled = asyncio.Event()
        self._written: Status = pod.get("status") or {}
        self.conditions: list[dict[str, Any]] = []  # as they were last written by us
        self._lock = asyncio.Lock()
        self.is_gone = False  # the object is not there any more

    def changed(self, *, settled: bool) -> None:
        """The status may be another now; `settled`: nothing of it is about to change by itself."""
        self._dirty.set()
        if settled:
            self._settled.set()
        else:
            self._settled.clear()

    async def run(self) -> None:
        """Write whenever something changed, until cancelled or the object is gone."""
        while not self.is_gone:
            await self._dirty.wait()
            await self._hold()
            await self.flush()

    async def flush(self) -> None:
        """Write what is not written yet, as often as it takes."""
        failures = 0
        async with self._lock:
            while not self.is_gone:
                self._dirty.clear()
                try:
                    await self._write(self._make())
                except ClientError as error:
                    failures += 1
                    record.warning("status.not_written", pod=f"{self._namespace}/{self._name}",
                                   error=error)  # fmt: skip
                    await asyncio.sleep(RETRY_BACKOFF.delay_s(failures))
                else:
                    return

    async def _hold(self) -> None:
        try:
            async with asyncio.timeout(START_HOLD_S):
                await self._settled.wait()
        except TimeoutError:
            return

    async def _write(self, status: Status) -> None:
        if all(self._written.get(field) == value for field, value in status.items()):
            return
        patch = {"metadata": {"uid": self._uid}, "status": self._replacing(status)}
        try:
            await self._client.patch(
                POD, self._name, self._namespace, patch,
                patch_type=STRATEGIC, subresource="status",
            )  # fmt: skip
        except NotFound:
            self.is_gone = True
        except Conflict as error:
            if "uid" not in str(error).lower():
                raise
            self.is_gone = True  # another pod of that name
        else:
            self._written, self.conditions = status, status["conditions"]

    def _replacing(self, status: Status) -> Status:
        """Addresses replace what was there; a merge by key would add to it."""
        before = self._written.get("podIPs")
        if before and before != status.get("podIPs") and "podIPs" in status:
            return {**status, "podIPs": [{"$patch": "replace"}, *status["podIPs"]]}
        return status
