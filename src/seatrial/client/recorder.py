"""Tells people what happened to an object: Events, best effort but never silent.

Does: writes `v1` Events in the order they were recorded; a repeated event gets a higher count and a
later time instead of a new object.
Does not: wait for the API: `event` returns at once. What cannot be written is tried a few times,
then dropped with a warning in our own log.
Differs from Kubernetes: event names end in a random suffix instead of the time in hexadecimal.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from seatrial.api import timestamps
from seatrial.api.kinds import EVENT
from seatrial.api.objects import Object, name_of, namespace_of, resource_version_of, uid_of
from seatrial.client.correlation import Correlator, Happening, Written
from seatrial.client.errors import ApiError, ClientError, NotFound
from seatrial.client.interface import Client
from seatrial.kit import chance
from seatrial.kit.backoff import Backoff
from seatrial.kit.clock import wall_time_s
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks

record = get_record("client.recorder")

EVENTS_WAITING_MAX = 16_384  # above, new ones are dropped with a warning
TRIES_MAX = 8
RETRY_BACKOFF = Backoff(first_s=0.05, factor=2.0, max_s=5.0)
CLOSE_LIMIT_S = 2.0  # for what still waits when the recorder is closed
# Kubernetes' own bound for a message.
MESSAGE_CHARACTERS_MAX = 1024


class EventRecorder:
    """Records Events as one component (on one host)."""

    def __init__(self, client: Client, component: str, *, host: str = "") -> None:
        self._client = client
        self._component = component
        self._host = host
        self._correlator = Correlator()
        self._waiting: asyncio.Queue[tuple[Happening, str, float]] = asyncio.Queue(
            EVENTS_WAITING_MAX
        )
        self._tasks = Tasks(f"recorder/{component}")
        self._is_running = False

    def event(
        self, obj: Object, type: Literal["Normal", "Warning"], reason: str, message: str, *,
        field_path: str = "",
    ) -> None:  # fmt: skip
        """Record that something happened to `obj` (an object with apiVersion, kind and metadata).

        `field_path` names a part of it: `spec.containers{web}`.
        """
        happening = _happening(obj, self._component, type, reason, message, field_path)
        if not self._is_running:
            self._is_running = True
            self._tasks.start(self._run(), name="write")
        try:
            self._waiting.put_nowait((happening, resource_version_of(obj), wall_time_s()))
        except asyncio.QueueFull:
            _say_dropped(happening, "too many events wait")

    async def aclose(self) -> None:
        """Write what waits, for a short while, and stop."""
        if self._is_running:
            try:
                async with asyncio.timeout(CLOSE_LIMIT_S):
                    await self._waiting.join()
            except TimeoutError:
                record.warning("events.left_over", count=self._waiting.qsize())
        await self._tasks.stop()

    async def _run(self) -> None:
        while True:
            happening, resource_version, at_s = await self._waiting.get()
            try:
                await self._tell(happening, resource_version, at_s)
            finally:
                self._waiting.task_done()

    async def _tell(self, happening: Happening, resource_version: str, at_s: float) -> None:
        told = self._correlator.fold(happening, at_s)
        if not self._correlator.admit(told, at_s):
            record.debug("event.flood", reason=told.reason, object=told.name)
            return
        for tries in range(1, TRIES_MAX + 1):
            try:
                await self._write(told, resource_version, at_s)
            except ApiError as error:
                _say_dropped(told, str(error))  # a namespace that ends, a name that is too long
                return
            except ClientError as error:
                if tries == TRIES_MAX:
                    _say_dropped(told, str(error))
                    return
                await asyncio.sleep(RETRY_BACKOFF.delay_s(tries))
            else:
                return

    async def _write(self, told: Happening, resource_version: str, at_s: float) -> None:
        namespace = told.namespace or "default"
        before = self._correlator.written(told)
        if before is not None:
            count = before.count + 1
            patch = {
                "count": count,
                "message": told.message,
                "lastTimestamp": timestamps.render(at_s),
            }
            try:
                await self._client.patch(EVENT, before.name, namespace, patch)
            except NotFound:  # events live for an hour only: tell it anew
                self._correlator.forget(told)
            else:
                self._correlator.remember(told, Written(before.name, count, before.first_s))
                return
        name = f"{told.name}.{chance.name_suffix(16)}"
        event = _event(told, name, self._host, resource_version=resource_version, at_s=at_s)
        await self._client.create(EVENT, event, namespace)
        self._correlator.remember(told, Written(name, 1, at_s))


def _happening(
    obj: Object, component: str, type: str, reason: str, message: str, field_path: str
) -> Happening:
    return Happening(
        str(obj.get("apiVersion", "")), str(obj.get("kind", "")), namespace_of(obj), name_of(obj),
        uid_of(obj), field_path, type, reason, message[:MESSAGE_CHARACTERS_MAX], component,
    )  # fmt: skip


def _event(
    told: Happening, name: str, host: str, *, resource_version: str, at_s: float
) -> dict[str, Any]:
    now = timestamps.render(at_s)
    return {
        "metadata": {"name": name, "namespace": told.namespace or "default"},
        "involvedObject": _filled(
            {
                "apiVersion": told.api_version,
                "kind": told.kind,
                "namespace": told.namespace,
                "name": told.name,
                "uid": told.uid,
                "resourceVersion": resource_version,
                "fieldPath": told.field_path,
            }
        ),
        "reason": told.reason,
        "message": told.message,
        "type": told.type,
        "source": _filled({"component": told.component, "host": host}),
        "reportingComponent": told.component,
        "reportingInstance": host,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in fields.items() if value}


def _say_dropped(happening: Happening, why: str) -> None:
    about = f"{happening.namespace}/{happening.name}"
    record.warning("event.dropped", object=about, reason=happening.reason, error=why)
