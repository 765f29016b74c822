"""Endpoints: the older form of what EndpointSlice says, for those who still read it.

Does: one Endpoints object a Service with a selector, ready and not-ready addresses by port set.
Does not: list terminating pods, unless the Service publishes not-ready addresses.
"""

from collections.abc import Sequence
from typing import Any

from seatrial.api.kinds import ENDPOINTS, POD, SERVICE
from seatrial.api.objects import Object, is_terminating, labels_of, name_of, namespace_of
from seatrial.api.services import publishes_not_ready, selector_of
from seatrial.client.errors import AlreadyExists, NotFound
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler
from seatrial.controllers.endpointslice import selected_pods, services_of
from seatrial.controllers.service_backends import Backend, Port, backends

ADDRESSES_MAX = 1000  # as Kubernetes' maxCapacity


def subsets(service: Object, found: Sequence[Backend]) -> list[dict[str, Any]]:
    """The `subsets` field."""
    by_ports: dict[tuple[Port, ...], tuple[list[Any], list[Any]]] = {}
    for backend in found[:ADDRESSES_MAX]:
        if backend.terminating and not publishes_not_ready(service):
            continue
        ready, not_ready = by_ports.setdefault(backend.ports, ([], []))
        (ready if backend.ready else not_ready).append(_address(backend))
    rendered = []
    for ports, (ready, not_ready) in sorted(by_ports.items()):
        subset: dict[str, Any] = {}
        if ready:
            subset["addresses"] = ready
        if not_ready:
            subset["notReadyAddresses"] = not_ready
        if ports:
            subset["ports"] = [_port(port) for port in ports]
        rendered.append(subset)
    return rendered


def _address(backend: Backend) -> dict[str, Any]:
    address: dict[str, Any] = {"ip": backend.address}
    if backend.hostname:
        address["hostname"] = backend.hostname
    if backend.node:
        address["nodeName"] = backend.node
    reference = {
        "kind": "Pod",
        "namespace": backend.namespace,
        "name": backend.pod,
        "uid": backend.uid,
    }
    return {**address, "targetRef": reference}


def _port(port: Port) -> dict[str, Any]:
    rendered: dict[str, Any] = {"port": port.port, "protocol": port.protocol}
    if port.name:
        rendered["name"] = port.name
    if port.app_protocol:
        rendered["appProtocol"] = port.app_protocol
    return rendered


class EndpointsController:
    """The shell around `subsets`."""

    def __init__(self, informers: InformerSet) -> None:
        self._client = informers.client
        self._services = informers.informer(SERVICE)
        self._pods = informers.informer(POD)
        self._endpoints = informers.informer(ENDPOINTS)
        self.reconciler = Reconciler("endpoints", self.reconcile)
        self.reconciler.watch(self._services)
        self.reconciler.watch(self._pods, keys=lambda pod: services_of(self._services, pod))
        self.reconciler.watch(self._endpoints)

    async def reconcile(self, key: str) -> None:
        """One look at one Service; its Endpoints object has the same key."""
        service, present = self._services.get(key), self._endpoints.get(key)
        if service is None:
            if present is not None and not is_terminating(present):
                await self._delete(present)
            return
        if not selector_of(service) or is_terminating(service):
            return
        found = backends(service, selected_pods(service, self._pods))
        await self._write(service, present, subsets(service, found))

    async def _delete(self, present: Object) -> None:
        try:
            await self._client.delete(ENDPOINTS, name_of(present), namespace_of(present))
        except NotFound:
            return

    async def _write(
        self, service: Object, present: Object | None, wanted: list[dict[str, Any]]
    ) -> None:
        if present is None:
            made = {
                "apiVersion": "v1",
                "kind": "Endpoints",
                "metadata": {
                    "name": name_of(service),
                    "namespace": namespace_of(service),
                    "labels": {
                        **labels_of(service),
                        "endpoints.kubernetes.io/managed-by": "endpoint-controller",
                    },
                },
                "subsets": wanted,
            }
            try:
                await self._client.create(ENDPOINTS, made, namespace_of(service))
            except AlreadyExists:
                return  # the news is on its way, and wakes us
        elif (present.get("subsets") or []) != wanted:
            await self._client.update(ENDPOINTS, {**present, "subsets": wanted})
