"""Controllers on a real API server in this loop, with a kubelet that only pretends."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from seatrial.api.kinds import NAMESPACE, POD, Kind
from seatrial.api.objects import Object, is_terminating, name_of, namespace_of, spec_of, status_of
from seatrial.apiserver.app import build_app
from seatrial.apiserver.config import ADMIN, ApiServerConfig
from seatrial.apiserver.kubelets import NoKubelets
from seatrial.client.client import ApiClient
from seatrial.client.errors import NotFound
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler
from seatrial.client.reflector import Selection
from seatrial.client.transport.inproc import InProcessTransport
from seatrial.client.waiting import wait_all, wait_for
from seatrial.controllers.registry import start_controllers
from seatrial.kit.tasks import Tasks
from seatrial.store.memory import MemoryStore

LIMIT_S = 20.0
HOME = "home"
CA_PEM = "-----BEGIN CERTIFICATE-----"


class PretendingKubelet:
    """Every pod runs and is ready at once, unless `holds_back`; a deleted one ends at once."""

    def __init__(self, informers: InformerSet) -> None:
        self._client = informers.client
        self._pods = informers.informer(POD)
        self.holds_back: Callable[[Object], bool] = lambda _: False
        self.lets_go = True
        self._addresses = 0
        self.reconciler = Reconciler("kubelet", self._reconcile)
        self.reconciler.watch(self._pods)

    async def _reconcile(self, key: str) -> None:
        pod = self._pods.get(key)
        if pod is None:
            return
        try:
            if is_terminating(pod):
                if self.lets_go:
                    await self._client.delete(
                        POD, name_of(pod), namespace_of(pod), grace_period_s=0
                    )
            elif not spec_of(pod).get("nodeName"):
                await self._bind(pod)
            elif status_of(pod).get("phase") != "Running" and not self.holds_back(pod):
                await self._run(pod)
        except NotFound:
            return

    async def _bind(self, pod: Object) -> None:
        # A pod without a node would be deleted at once, without a word to a kubelet.
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name_of(pod)},
            "target": {"kind": "Node", "name": "node"},
        }
        await self._client.create_subresource(
            POD, name_of(pod), namespace_of(pod), "binding", binding
        )

    async def _run(self, pod: Object) -> None:
        self._addresses += 1
        status = {
            "phase": "Running",
            "podIP": f"10.244.0.{self._addresses}",
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "lastTransitionTime": pod["metadata"]["creationTimestamp"],
                }
            ],
        }
        await self._client.update(POD, {**pod, "status": status}, subresource="status")


class World:
    """What a test looks at."""

    def __init__(self, client: ApiClient, kubelet: PretendingKubelet) -> None:
        self.client = client
        self.kubelet = kubelet

    async def until(
        self, kind: Kind, predicate: Callable[[list[Object]], bool], *, labels: str = ""
    ) -> list[Object]:
        """The objects of a kind in namespace HOME, once they are so."""
        namespace = HOME if kind.namespaced else None
        selection = Selection(kind, namespace, labels)
        return await wait_all(self.client, selection, predicate, limit_s=LIMIT_S)

    async def until_one(self, kind: Kind, name: str, predicate: Callable[[Object], bool]) -> Object:
        """One object, once it is so."""
        namespace = HOME if kind.namespaced else None
        return await wait_for(self.client, kind, name, namespace, predicate, limit_s=LIMIT_S)


@asynccontextmanager
async def make_world() -> AsyncIterator[World]:
    config = ApiServerConfig(tokens={"admin": ADMIN}, ca_pem=CA_PEM)
    app = build_app(config, MemoryStore(), NoKubelets())
    client = ApiClient(InProcessTransport(app, token="admin"))
    informers, tasks = InformerSet(client), Tasks("world")
    namespace: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace"}
    await client.create(NAMESPACE, {**namespace, "metadata": {"name": HOME}})
    kubelet = PretendingKubelet(informers)
    async with start_controllers(informers, ca_pem=CA_PEM):
        tasks.start(kubelet.reconciler.run(), name="kubelet")
        try:
            yield World(client, kubelet)
        finally:
            await tasks.stop()
            await informers.aclose()
            app.stop()
            await client.aclose()
