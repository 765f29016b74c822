"""The kubelet of one node: a worker for each pod that is bound to it.

Does: registers the node, keeps its lease and status, starts and stops workers, passes on changes of
what their pods refer to, serves the node's faults.
Does not: run a container's steps (`container_run`), nor its own HTTP socket (`server` is an app).

Differs from Kubernetes:
- when the kubelet stops, its containers stop with it, and come back as after a reboot of the node;
- no static pods, no eviction for pressure, no admission of its own: the scheduler's word is taken.
"""

import asyncio

from seatrial.api.kinds import (
    CONFIG_MAP,
    CONTAINER_KILL,
    KUBELET_DELAY,
    POD,
    SECRET,
    SERVICE,
    Kind,
)
from seatrial.api.objects import Object, name_of, namespace_of, uid_of
from seatrial.client.errors import NotFound
from seatrial.client.informer import Informer
from seatrial.client.informers import InformerSet
from seatrial.client.interface import Client
from seatrial.client.leases import LeaseKeeper, LeaseSpec
from seatrial.client.recorder import EventRecorder
from seatrial.images.interface import ImageSource
from seatrial.kit.clock import wall_time_s
from seatrial.kit.journal import Journal
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks
from seatrial.kubelet import node_object
from seatrial.kubelet.config import KubeletConfig
from seatrial.kubelet.delays import Delays
from seatrial.kubelet.fields import NodeFacts
from seatrial.kubelet.heartbeat import NodeHeartbeat
from seatrial.kubelet.interface import PodNetwork
from seatrial.kubelet.kills import ContainerKills
from seatrial.kubelet.machine import look_at_machine
from seatrial.kubelet.node_parts import NodeParts
from seatrial.kubelet.objects_cache import ObjectsCache
from seatrial.kubelet.places import remove_strangers
from seatrial.kubelet.pod_worker import PodWorker
from seatrial.kubelet.pulling import ImagePuller
from seatrial.kubelet.references import Reference, references
from seatrial.kubelet.revival import revive, was_here
from seatrial.runtime.interface import Runtime

record = get_record("kubelet")


class Kubelet:
    """One node's pods."""

    def __init__(
        self, config: KubeletConfig, client: Client, runtime: Runtime, shelf: ImageSource,
        network: PodNetwork, journal: Journal,
    ) -> None:  # fmt: skip
        self.config = config
        self.journal = journal
        self._client = client
        self._runtime = runtime
        self._shelf = shelf
        self._network = network
        self._informers = InformerSet(client)
        self._recorder = EventRecorder(client, "kubelet", host=config.node_name)
        self._tasks = Tasks(f"kubelet/{config.node_name}")
        self._workers: dict[str, PodWorker] = {}
        self._finished: set[str] = set()  # worked off; the object is still there (finalizers)
        self._closing = asyncio.Event()

    async def run(self) -> None:
        """Register the node and make its pods true, until `aclose` (or cancelled)."""
        await self.start()
        await self._closing.wait()

    async def start(self) -> None:
        """Register the node and begin with its pods; returns when both have happened."""
        self.config.data_dir.mkdir(parents=True, exist_ok=True)
        machine = look_at_machine(self.config.data_dir)
        heartbeat = NodeHeartbeat(self._client, self.config, machine)
        lease = LeaseSpec(self.config.node_name, renew_s=self.config.lease_renewal_s)
        # The lease first: a node without one looks dead to those who watch it.
        self._tasks.start(LeaseKeeper(self._client, lease).run(), name="lease")
        node = await heartbeat.register()
        self._tasks.start(heartbeat.run(), name="heartbeat")
        self._tell_of_start(node)
        await self._watch(NodeFacts(
            self.config.node_name, self.config.node_ip, node_object.capacity(self.config, machine)
        ))  # fmt: skip

    async def aclose(self) -> None:
        """Kill every container and stop; pods stay as they are in the API."""
        self._closing.set()
        await self._informers.aclose()
        workers = tuple(self._workers.values())
        self._workers = {}
        await asyncio.gather(*(worker.aclose() for worker in workers))
        await self._tasks.stop()
        await self._recorder.aclose()

    # What the server asks

    def pods(self) -> list[Object]:
        """The pods of this node, as the API tells of them, with the status as of now."""
        return [{**each.pod, "status": each.status()} for each in self._workers.values()]

    def worker(self, namespace: str, name: str) -> PodWorker | None:
        """The worker of the newest pod of that name."""
        found = [
            each
            for each in self._workers.values()
            if (namespace_of(each.pod), name_of(each.pod)) == (namespace, name)
        ]
        return found[-1] if found else None

    # How it begins

    async def _watch(self, node: NodeFacts) -> None:
        informer = self._informers.informer
        pods = informer(POD, fields=f"spec.nodeName={self.config.node_name}")
        services = informer(SERVICE)
        config_maps, secrets = informer(CONFIG_MAP), informer(SECRET)
        delays = await self._optional(KUBELET_DELAY)
        kills = await self._optional(CONTAINER_KILL)
        parts = NodeParts(
            config=self.config, node=node, client=self._client, runtime=self._runtime,
            network=self._network, recorder=self._recorder, services=services,
            objects=ObjectsCache(self._client, config_maps=config_maps, secrets=secrets),
            images=ImagePuller(self._shelf, pulls_max=self.config.pulls_max),
            delays=Delays(self.config.node_name, delays), forget=self._forget,
        )  # fmt: skip
        config_maps.subscribe(lambda old, new: self._on_object("ConfigMap", old, new))
        secrets.subscribe(lambda old, new: self._on_object("Secret", old, new))
        self._informers.start()
        # Services and the rest first: a pod's environment is made of them.
        others = [each for each in (services, config_maps, secrets, delays) if each is not None]
        await asyncio.gather(*(each.wait_synced() for each in others))
        await pods.wait_synced()
        remove_strangers(self.config.data_dir, pods.list())
        pods.subscribe(lambda old, new: self._on_pod(parts, old, new))
        if kills is not None:
            ContainerKills(self._client, self._runtime, self.worker, self._tasks).watch(kills)

    async def _optional(self, kind: Kind) -> Informer | None:
        """The informer of a kind that other API servers lack."""
        try:
            await self._client.list(kind, limit=1)
        except NotFound:
            record.info("kind.missing", kind=kind.resource)
            return None
        return self._informers.informer(kind)

    def _tell_of_start(self, node: Object) -> None:
        about = {**node, "apiVersion": "v1", "kind": "Node"}
        self._recorder.event(about, "Normal", "Starting", "Starting kubelet.")
        name = self.config.node_name
        self._recorder.event(about, "Normal", "NodeReady", f"Node {name} status is now: NodeReady")

    # What happens

    def _on_pod(self, parts: NodeParts, old: Object | None, new: Object | None) -> None:
        if new is None:
            gone = old or {}
            self._finished.discard(uid_of(gone))
            worker = self._workers.get(uid_of(gone))
            if worker is not None:
                worker.vanish(gone)
            return
        uid = uid_of(new)
        if uid in self._workers:
            self._workers[uid].update(new)
        elif uid not in self._finished and not self._closing.is_set():
            self._begin(parts, new)

    def _begin(self, parts: NodeParts, pod: Object) -> None:
        state = revive(pod, now=wall_time_s()) if was_here(pod) else None
        worker = self._workers[uid_of(pod)] = PodWorker(parts, pod, state)
        self._tasks.start(worker.run(), name=f"pod/{namespace_of(pod)}/{name_of(pod)}")

    def _on_object(self, kind: str, old: Object | None, new: Object | None) -> None:
        """A ConfigMap or Secret changed: the pods that refer to it look again."""
        changed = new or old or {}
        reference = Reference("Secret" if kind == "Secret" else "ConfigMap", name_of(changed))
        for worker in self._workers.values():
            if namespace_of(worker.pod) == namespace_of(changed) and (
                reference in references(worker.pod)
            ):
                worker.refresh()

    def _forget(self, uid: str) -> None:
        worker = self._workers.pop(uid, None)
        if worker is not None and not worker.is_vanished:
            self._finished.add(uid)
