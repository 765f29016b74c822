"""Every controller, in one table, and their common life."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from seatrial.api.kinds import EVENT_V1, KINDS
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler
from seatrial.client.recorder import EventRecorder
from seatrial.controllers.deployment import DeploymentController
from seatrial.controllers.endpoints import EndpointsController
from seatrial.controllers.endpointslice import EndpointSliceController
from seatrial.controllers.garbage import GarbageCollector
from seatrial.controllers.namespace import NamespaceController
from seatrial.controllers.node_lifecycle import NodeLifecycleController
from seatrial.controllers.pod_gc import PodGarbageCollector
from seatrial.controllers.replicaset import ReplicaSetController
from seatrial.controllers.service_account import ServiceAccountController
from seatrial.kit.tasks import Tasks

# Events are stored once and served under two groups; one of them is enough to see them all.
WATCHED_KINDS = tuple(kind for kind in KINDS if kind is not EVENT_V1)

Make = Callable[[InformerSet, Callable[[str], EventRecorder], str], Reconciler]

# name → how to make it from (informers, recorder of a component, authority's certificate)
CONTROLLERS: dict[str, Make] = {
    "deployment": lambda informers, recorder, _: (
        DeploymentController(informers, recorder("deployment-controller")).reconciler
    ),
    "replicaset": lambda informers, recorder, _: (
        ReplicaSetController(informers, recorder("replicaset-controller")).reconciler
    ),
    "endpointslice": lambda informers, *_: EndpointSliceController(informers).reconciler,
    "endpoints": lambda informers, *_: EndpointsController(informers).reconciler,
    "namespace": lambda informers, *_: NamespaceController(informers, WATCHED_KINDS).reconciler,
    "serviceaccount": lambda informers, _, ca_pem: (
        ServiceAccountController(informers, ca_pem=ca_pem).reconciler
    ),
    "node-lifecycle": lambda informers, recorder, _: (
        NodeLifecycleController(informers, recorder("node-controller")).reconciler
    ),
    "pod-gc": lambda informers, *_: PodGarbageCollector(informers).reconciler,
    "garbage": lambda informers, *_: GarbageCollector(informers, WATCHED_KINDS).reconciler,
}


@asynccontextmanager
async def start_controllers(informers: InformerSet, *, ca_pem: str) -> AsyncIterator[None]:
    """Run every controller for as long as the context lives."""
    tasks = Tasks("controllers")
    recorders: dict[str, EventRecorder] = {}

    def recorder(component: str) -> EventRecorder:
        return recorders.setdefault(component, EventRecorder(informers.client, component))

    for name, make in CONTROLLERS.items():
        tasks.start(make(informers, recorder, ca_pem).run(), name=name)
    informers.start()
    try:
        yield
    finally:
        await tasks.stop()
        for each in recorders.values():
            await each.aclose()
