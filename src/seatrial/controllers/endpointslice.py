"""EndpointSlice: the addresses behind each Service with a selector.

Does: one set of slices for each combination of resolved ports, at most 100 endpoints a slice, with
the conditions ready, serving and terminating (KEP-1672).
Holds: an endpoint stays in the slice it is in; a slice is written only when it changes.
Differs from Kubernetes: slices are not re-packed when they run low; topology hints are not set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seatrial.api.kinds import ENDPOINT_SLICE, POD, SERVICE
from seatrial.api.objects import (
    Object,
    is_terminating,
    key_of,
    labels_of,
    metadata,
    name_of,
    namespace_of,
)
from seatrial.api.selectors import from_labels
from seatrial.api.services import is_headless, selector_of
from seatrial.client.errors import NotFound
from seatrial.client.informer import Informer
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler
from seatrial.controllers.ownership import owner_reference
from seatrial.controllers.service_backends import Backend, Port, backends
from seatrial.kit import chance

ENDPOINTS_PER_SLICE_MAX = 100  # as the controller manager's --max-endpoints-per-slice
SERVICE_LABEL = "kubernetes.io/service-name"
MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by"
MANAGED_BY = "endpointslice-controller.k8s.io"
HEADLESS_LABEL = "service.kubernetes.io/headless"


@dataclass(frozen=True, slots=True)
class Plan:
    """Slices to write; a `create` has no name yet."""

    create: tuple[Object, ...] = ()
    update: tuple[Object, ...] = ()
    delete: tuple[str, ...] = ()


def plan(service: Object, found: Sequence[Backend], slices: Sequence[Object]) -> Plan:
    """The writes that make the slices say what `found` says."""
    wanted: dict[tuple[Port, ...], dict[str, dict[str, Any]]] = {}
    for backend in found:
        wanted.setdefault(backend.ports, {})[backend.uid] = _endpoint(backend)
    create: list[Object] = []
    update: list[Object] = []
    delete: list[str] = []
    by_ports: dict[tuple[Port, ...], list[Object]] = {}
    for each in slices:
        by_ports.setdefault(_ports_of(each), []).append(each)
    for ports in {**wanted, **by_ports}:
        _plan_ports(
            service, ports, wanted.get(ports, {}), by_ports.get(ports, []), create, update, delete
        )
    return Plan(tuple(create), tuple(update), tuple(delete))


def _plan_ports(
    service: Object, ports: tuple[Port, ...], wanted: dict[str, dict[str, Any]],
    slices: list[Object], create: list[Object], update: list[Object], delete: list[str],
) -> None:  # fmt: skip
    left = dict(wanted)
    kept: list[tuple[Object, list[dict[str, Any]]]] = []
    for each in slices:
        uids = [_uid_of(endpoint) for endpoint in each.get("endpoints") or []]
        kept.append((each, [left.pop(uid) for uid in uids if uid in left]))
    fresh = list(left.values())
    for each, endpoints in kept:
        room = ENDPOINTS_PER_SLICE_MAX - len(endpoints)
        endpoints.extend(fresh[:room])
        fresh = fresh[room:]
        if not endpoints:
            delete.append(name_of(each))
            continue
        labels = _labels(service)
        if endpoints != each.get("endpoints") or labels != labels_of(each):
            meta = {**metadata(each), "labels": labels}
            update.append({**each, "metadata": meta, "endpoints": endpoints})
    while fresh:
        create.append(_slice(service, ports, fresh[:ENDPOINTS_PER_SLICE_MAX]))
        fresh = fresh[ENDPOINTS_PER_SLICE_MAX:]


def _endpoint(backend: Backend) -> dict[str, Any]:
    endpoint: dict[str, Any] = {
        "addresses": [backend.address],
        "conditions": {
            "ready": backend.ready,
            "serving": backend.serving,
            "terminating": backend.terminating,
        },
        "targetRef": {
            "kind": "Pod",
            "namespace": backend.namespace,
            "name": backend.pod,
            "uid": backend.uid,
        },
    }
    if backend.node:
        endpoint["nodeName"] = backend.node
    if backend.hostname:
        endpoint["hostname"] = backend.hostname
    return endpoint


def _slice(service: Object, ports: tuple[Port, ...], endpoints: list[dict[str, Any]]) -> Object:
    return {
        "apiVersion": ENDPOINT_SLICE.api_version,
        "kind": ENDPOINT_SLICE.kind,
        "metadata": {
            "generateName": f"{name_of(service)}-",
            "namespace": namespace_of(service),
            "labels": _labels(service),
            "ownerReferences": [owner_reference(SERVICE, service)],
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": [_render_port(port) for port in ports],
    }


def _labels(service: Object) -> dict[str, str]:
    labels = {**labels_of(service), SERVICE_LABEL: name_of(service), MANAGED_BY_LABEL: MANAGED_BY}
    if is_headless(service):
        labels[HEADLESS_LABEL] = ""
    return labels


def _render_port(port: Port) -> dict[str, Any]:
    rendered: dict[str, Any] = {"name": port.name, "port": port.port, "protocol": port.protocol}
    return {**rendered, "appProtocol": port.app_protocol} if port.app_protocol else rendered


def _ports_of(each: Object) -> tuple[Port, ...]:
    return tuple(
        Port(
            port.get("name") or "",
            port.get("port") or 0,
            port.get("protocol", "TCP"),
            port.get("appProtocol") or "",
        )
        for port in each.get("ports") or []
    )


def _uid_of(endpoint: dict[str, Any]) -> str:
    return str((endpoint.get("targetRef") or {}).get("uid", ""))


def services_of(services: Informer, pod: Object) -> list[str]:
    """The Services that select a pod; both endpoint controllers wake for these."""
    return [
        key_of(service)
        for service in services.list(namespace_of(pod))
        if selector_of(service) and from_labels(selector_of(service)).matches(labels_of(pod))
    ]


def selected_pods(service: Object, pods: Informer) -> list[Object]:
    """The pods that a Service selects."""
    selector = from_labels(selector_of(service))
    return [pod for pod in pods.list(namespace_of(service)) if selector.matches(labels_of(pod))]


class EndpointSliceController:
    """The shell around `plan`."""

    def __init__(self, informers: InformerSet) -> None:
        self._client = informers.client
        self._services = informers.informer(SERVICE)
        self._pods = informers.informer(POD)
        self._slices = informers.informer(ENDPOINT_SLICE, labels=f"{MANAGED_BY_LABEL}={MANAGED_BY}")
        self._slices.add_index("service", _service_keys)
        # A write that the cache does not show yet: deciding again before it does would do it twice.
        self._written: dict[str, dict[str, str]] = {}
        self._slices.subscribe(self._forget_deleted)
        self.reconciler = Reconciler("endpointslice", self.reconcile, workers=2)
        self.reconciler.watch(self._services)
        self.reconciler.watch(self._pods, keys=lambda pod: services_of(self._services, pod))
        self.reconciler.watch(self._slices, keys=_service_keys)

    async def reconcile(self, key: str) -> None:
        """One look at one Service."""
        service = self._services.get(key)
        if service is None or not selector_of(service):
            self._written.pop(key, None)
            return  # its slices are collected as garbage, or belong to the user
        if is_terminating(service):
            return
        slices = self._slices.by_index("service", key)
        if self._is_stale(key, slices):
            return  # the news is on its way, and wakes us
        found = backends(service, selected_pods(service, self._pods))
        await self._apply(service, plan(service, found, slices))

    def _forget_deleted(self, old: Object | None, new: Object | None) -> None:
        # Somebody else may delete a slice too: its news must not be waited for then.
        if old is not None and new is None:
            for key in _service_keys(old):
                self._written.get(key, {}).pop(name_of(old), None)

    def _is_stale(self, key: str, slices: Sequence[Object]) -> bool:
        seen = {name_of(each): int(metadata(each)["resourceVersion"]) for each in slices}
        written = self._written.get(key, {})
        return any(
            seen.get(name, 0) < int(version) if version else name in seen
            for name, version in written.items()
        )

    async def _apply(self, service: Object, decided: Plan) -> None:
        written = self._written[key_of(service)] = {}
        namespace = namespace_of(service)
        for each in decided.update:
            done = await self._client.update(ENDPOINT_SLICE, each)
            written[name_of(done)] = metadata(done)["resourceVersion"]
        for each in decided.create:
            name = f"{name_of(service)}-{chance.name_suffix()}"
            named = {**each, "metadata": {**each["metadata"], "name": name}}
            done = await self._client.create(ENDPOINT_SLICE, named, namespace)
            written[name] = metadata(done)["resourceVersion"]
        for name in decided.delete:
            try:
                await self._client.delete(ENDPOINT_SLICE, name, namespace)
            except NotFound:
                continue
            written[name] = ""


def _service_keys(each: Object) -> list[str]:
    return [f"{namespace_of(each)}/{labels_of(each).get(SERVICE_LABEL, '')}"]
