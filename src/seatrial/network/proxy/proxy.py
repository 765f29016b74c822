"""The proxy: keeps the kernel's rules as Services and EndpointSlices say (shell).

Does: follow Services, EndpointSlices and EndpointPropagationDelay faults, and have what changed
written, at most once in `min_sync_s`.
Does not: know what is written, nor how (`writer.py`).
Holds: after a refusal by the kernel everything is written anew, later and later while it keeps
refusing. What came before the first sync is written at once, whatever faults say: it is no change.
"""

import asyncio
from dataclasses import dataclass

from seatrial.api.objects import Object, key_of, labels_of, namespace_of
from seatrial.client.informer import Informer
from seatrial.kit.backoff import Backoff
from seatrial.kit.journal import Journal
from seatrial.kit.record import get_record
from seatrial.kit.tasks import FailureHandler, Tasks
from seatrial.network.conntrack.interface import Conntrack
from seatrial.network.errors import NetworkError
from seatrial.network.proxy.delay import Delay, Late, delay_of, parse_delay
from seatrial.network.proxy.intent import service_ports
from seatrial.network.proxy.render import NodeView
from seatrial.network.proxy.writer import Intent, RuleWriter
from seatrial.network.ruleset.interface import Ruleset

record = get_record("network.proxy")

SERVICE_LABEL = "kubernetes.io/service-name"
RETRY = Backoff(first_s=1.0, max_s=30.0)

Slices = tuple[Object, ...]


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """What one node's proxy is told."""

    node_name: str
    node: NodeView
    min_sync_s: float  # changes are gathered this long; 1 s is kube-proxy's default


@dataclass(frozen=True, slots=True)
class Sources:
    """The informers that the proxy follows; `faults` where the cluster knows such faults."""

    services: Informer
    slices: Informer
    faults: Informer | None


class Proxy:
    """One node's Service rules."""

    def __init__(
        self,
        settings: ProxySettings,
        sources: Sources,
        *,
        ruleset: Ruleset,
        conntrack: Conntrack,
        journal: Journal,
        on_failure: FailureHandler | None = None,
    ) -> None:
        self._settings = settings
        self._sources = sources
        self._journal = journal
        self._writer = RuleWriter(settings.node, ruleset, conntrack, journal)
        self._tasks = Tasks("proxy", on_failure=on_failure)
        self._late: Late[Slices] = Late()
        self._delays: tuple[Delay, ...] = ()
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._next_sync_s = 0.0
        sources.slices.add_index("service", _services_of)

    async def start(self) -> None:
        """Write the rules for what there is and follow it from then on.

        Returns when the kernel has the first rules. The sources must be running.
        """
        sources = self._sources
        for source in (sources.services, sources.slices, sources.faults):
            if source is not None:
                await source.wait_synced()
        for each in sources.slices.list():
            for key in _services_of(each):
                self._late.see(key, self._slices(key), now_s=0, delay_s=0)
        sources.slices.subscribe(self._slice_changed)
        sources.services.subscribe(self._service_changed)
        if sources.faults is not None:
            sources.faults.subscribe(self._fault_changed)
        self._rewrite()
        self._tasks.start(self._run(), name="sync")

    async def aclose(self) -> None:
        """Follow no more; the rules stay until the namespace goes."""
        await self._tasks.stop()

    def _service_changed(self, old: Object | None, new: Object | None) -> None:
        present = new or old
        if present is not None:
            self._mark(key_of(present))

    def _slice_changed(self, old: Object | None, new: Object | None) -> None:
        keys = {key for each in (old, new) if each is not None for key in _services_of(each)}
        for key in sorted(keys):
            self._see(key)

    def _fault_changed(self, old: Object | None, new: Object | None) -> None:
        self._see_faults()
        state = "healed" if new is None else "injected"
        self._journal.write("fault", name=key_of(new or old or {}), state=state)
        for key in self._late.heal(lambda each: self._delay_s(each) > 0):
            self._mark(key)
        self._wake.set()

    def _see(self, key: str) -> None:
        state = self._slices(key)
        if state == self._late.latest(key):
            return
        now_s = asyncio.get_running_loop().time()
        if self._late.see(key, state, now_s=now_s, delay_s=self._delay_s(key)):
            self._mark(key)
        self._wake.set()

    def _see_faults(self) -> None:
        found = []
        for fault in self._sources.faults.list() if self._sources.faults else ():
            try:
                found.append(parse_delay(fault, node_name=self._settings.node_name))
            except ValueError as error:
                record.warning("fault.unreadable", fault=key_of(fault), error=str(error))
        self._delays = tuple(each for each in found if each is not None)

    def _delay_s(self, key: str) -> float:
        return delay_of(key, self._delays)

    def _slices(self, key: str) -> Slices:
        return tuple(self._sources.slices.by_index("service", key))

    def _mark(self, key: str) -> None:
        self._changed[key] = None
        self._wake.set()

    async def _run(self) -> None:
        failures = 0
        while True:
            if not failures:
                await self._wait()
            try:
                self._rewrite() if failures else self._sync()
                failures = 0
            except NetworkError as error:
                failures += 1
                delay_s = RETRY.delay_s(failures)
                record.warning("rules.refused", error=str(error), retry_in_s=delay_s)
                await asyncio.sleep(delay_s)

    async def _wait(self) -> None:
        """Until there is something to write and enough time has passed since the last writing."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            self._release()
            if self._changed:
                break
            try:
                async with asyncio.timeout_at(self._late.next_s()):
                    await self._wake.wait()
            except TimeoutError:
                continue
            if self._changed:
                break
        await asyncio.sleep(self._next_sync_s - loop.time())
        self._release()
        self._next_sync_s = loop.time() + self._settings.min_sync_s

    def _release(self) -> None:
        for key in self._late.release(asyncio.get_running_loop().time()):
            self._mark(key)

    def _sync(self) -> None:
        changed = list(self._changed)
        self._changed.clear()
        self._writer.write({key: self._intent(key) for key in changed})
        for key in changed:
            if self._sources.services.get(key) is None and not self._slices(key):
                self._late.forget(key)

    def _rewrite(self) -> None:
        self._changed.clear()
        keys = [key_of(each) for each in self._sources.services.list()]
        self._writer.rewrite({key: self._intent(key) for key in keys})

    def _intent(self, key: str) -> Intent:
        service = self._sources.services.get(key)
        if service is None:
            return ()
        slices = self._late.known.get(key, ())
        ports = service_ports(service, slices, node_name=self._settings.node_name)
        own = self._settings.node.own_addresses
        return tuple(port for port in ports if not set(port.cluster_ips) <= set(own))


def _services_of(endpoint_slice: Object) -> list[str]:
    name = labels_of(endpoint_slice).get(SERVICE_LABEL)
    return [f"{namespace_of(endpoint_slice)}/{name}"] if name else []
