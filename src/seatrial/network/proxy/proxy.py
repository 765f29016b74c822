"""The proxy: keeps the kernel's rules as Services and EndpointSlices say (shell).

Does: follow Services, EndpointSlices and EndpointPropagationDelay faults; write what changed, and
only that, at most once in `min_sync_s`; tell the journal once the kernel has it; forget UDP flows
to endpoints that are gone.
Holds: after a refusal by the kernel everything is written anew, later and later while it keeps
refusing. What came before the first sync is written at once, whatever faults say: it is no change.
"""

import asyncio
from collections.abc import Iterable, Sequence
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
from seatrial.network.proxy.intent import ServicePort, service_ports
from seatrial.network.proxy.news import rules_news
from seatrial.network.proxy.render import NodeView, render_base, render_service
from seatrial.network.proxy.stale import stale_flows
from seatrial.network.ruleset.changes import plan_changes
from seatrial.network.ruleset.interface import Ruleset
from seatrial.network.ruleset.values import Table

record = get_record("network.proxy")

SERVICE_LABEL = "kubernetes.io/service-name"
# Bounds of one transaction: a user without privilege may send the kernel some 400 KB at once.
SERVICES_PER_TRANSACTION = 64
CHANGES_PER_TRANSACTION = 128
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
        self._ruleset = ruleset
        self._conntrack = conntrack
        self._journal = journal
        self._tasks = Tasks("proxy", on_failure=on_failure)
        self._base = render_base(settings.node)
        self._late: Late[Slices] = Late()
        self._delays: tuple[Delay, ...] = ()
        self._written: dict[str, tuple[ServicePort, ...]] = {}
        # What the journal was told, which after a refusal is not what the kernel has.
        self._told: dict[str, tuple[ServicePort, ...]] = {}
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
        for start in range(0, len(changed), SERVICES_PER_TRANSACTION):
            self._write(changed[start : start + SERVICES_PER_TRANSACTION])

    def _rewrite(self) -> None:
        """Start from an empty table."""
        self._changed.clear()
        self._ruleset.create()
        for changes in plan_changes(Table(), self._base).transactions(CHANGES_PER_TRANSACTION):
            self._ruleset.apply(changes)
        self._written = {}
        keys = [key_of(each) for each in self._sources.services.list()]
        for start in range(0, len(keys), SERVICES_PER_TRANSACTION):
            self._write(keys[start : start + SERVICES_PER_TRANSACTION])
        for key in [each for each in self._told if each not in self._written]:
            self._tell(key)

    def _write(self, keys: Sequence[str]) -> None:
        wanted = {key: self._intent(key) for key in keys}
        changed = [key for key in keys if wanted[key] != self._written.get(key, ())]
        old = self._part(self._written.get(key, ()) for key in changed)
        new = self._part(wanted[key] for key in changed)
        plan = plan_changes(old, new, shared=self._base.sets)
        for changes in plan.transactions(CHANGES_PER_TRANSACTION):
            self._ruleset.apply(changes)
        for key in changed:
            self._written[key] = wanted[key]
            if not wanted[key]:
                del self._written[key]
                self._forget_gone(key)
            self._tell(key)
        self._forget_stale([port for key in changed for port in wanted[key]])

    def _forget_gone(self, key: str) -> None:
        if self._sources.services.get(key) is None and not self._slices(key):
            self._late.forget(key)

    def _intent(self, key: str) -> tuple[ServicePort, ...]:
        service = self._sources.services.get(key)
        if service is None:
            return ()
        slices = self._late.known.get(key, ())
        return service_ports(service, slices, node_name=self._settings.node_name)

    def _part(self, services: Iterable[Sequence[ServicePort]]) -> Table:
        part = Table()
        for ports in services:
            part = part.joined(render_service(ports, self._settings.node))
        return part

    def _tell(self, key: str) -> None:
        present = self._written.get(key, ())
        for news in rules_news(self._told.pop(key, ()), present):
            self._journal.write("rules", service=key, **news)
        if present:
            self._told[key] = present

    def _forget_stale(self, ports: Sequence[ServicePort]) -> None:
        if not any(port.protocol == "udp" for port in ports):
            return
        flows = self._conntrack.flows("udp")
        for flow in stale_flows(flows, ports, node_ip=self._settings.node.node_ip):
            self._conntrack.forget(flow)


def _services_of(endpoint_slice: Object) -> list[str]:
    name = labels_of(endpoint_slice).get(SERVICE_LABEL)
    return [f"{namespace_of(endpoint_slice)}/{name}"] if name else []
