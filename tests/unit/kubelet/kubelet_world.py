"""A kubelet in a small world: a living fake of the API, the fake runtime, a shelf and a network."""

import asyncio
import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from seatrial.api import timestamps
from seatrial.api.kinds import KINDS, POD, Kind
from seatrial.api.objects import Object, key_of, metadata, name_of, namespace_of, spec_of, uid_of
from seatrial.client.errors import NotFound, error_from
from seatrial.client.interface import STRATEGIC, ObjectList, PatchType, WatchEvent
from seatrial.images.interface import Image, ImageConfig, PullFailure
from seatrial.kit.chance import uid
from seatrial.kit.clock import wall_time_s
from seatrial.kit.journal import Journal
from seatrial.kubelet.config import KubeletConfig
from seatrial.kubelet.kubelet import Kubelet
from seatrial.testing.fakes.runtime import FakeRuntime

NODE_NAME = "node-0"


class FakeApi:
    """Implements Client: objects by kind and key, watches, graceful deletion of pods."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Object]] = {kind.plural: {} for kind in KINDS}
        self.status_writes: list[Object] = []
        self.tokens_given = 0
        self._revision = 0
        self._watchers: dict[str, list[asyncio.Queue[WatchEvent]]] = {}
        self._changed = asyncio.Event()

    # What a test asks

    def put(self, kind: Kind, obj: Object) -> Object:
        """Create or replace an object as it stands."""
        key = key_of(obj)
        exists = key in self.objects[kind.plural]
        return self._store(kind, obj, "MODIFIED" if exists else "ADDED")

    def pod(self, name: str, namespace: str = "default") -> Object | None:
        """The pod as it is now."""
        return self.objects["pods"].get(f"{namespace}/{name}")

    def events(self, reason: str) -> list[str]:
        """Messages of the events with that reason, oldest first."""
        return [e["message"] for e in self.objects["events"].values() if e["reason"] == reason]

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Until `condition` holds; it is looked at after each change of any object."""
        while not (found := condition()):
            await self._changed.wait()
        return found

    # The contract

    async def get(self, kind: Kind, name: str, namespace: str | None = None) -> Object:
        return copy.deepcopy(self._known(kind, name, namespace))

    async def list(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "",
        limit: int = 0, continue_token: str = "", resource_version: str = "",
    ) -> ObjectList:  # fmt: skip
        items = [obj for obj in self.objects[kind.plural].values() if _selected(obj, fields)]
        return ObjectList(copy.deepcopy(items), str(self._revision))

    async def watch(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "",
        resource_version: str = "",
    ) -> AsyncIterator[WatchEvent]:  # fmt: skip
        queue: asyncio.Queue[WatchEvent] = asyncio.Queue()
        watchers = self._watchers.setdefault(kind.plural, [])
        watchers.append(queue)
        # What was written between the list and now is told, too.
        for obj in self.objects[kind.plural].values():
            if int(metadata(obj)["resourceVersion"]) > int(resource_version or 0):
                queue.put_nowait(WatchEvent("ADDED", copy.deepcopy(obj)))
        try:
            while True:
                event = await queue.get()
                if _selected(event.object, fields):
                    yield event
        finally:
            watchers.remove(queue)

    async def create(self, kind: Kind, obj: Object, namespace: str | None = None) -> Object:
        obj = copy.deepcopy(obj)
        meta = obj.setdefault("metadata", {})
        if kind.namespaced:
            meta.setdefault("namespace", namespace or "default")
        meta.setdefault("uid", uid())
        if key_of(obj) in self.objects[kind.plural]:
            raise error_from({"code": 409, "reason": "AlreadyExists", "message": "exists"})
        return self._store(kind, obj, "ADDED")

    async def update(self, kind: Kind, obj: Object, *, subresource: str = "") -> Object:
        return self._store(kind, copy.deepcopy(obj), "MODIFIED")

    async def patch(
        self, kind: Kind, name: str, namespace: str | None, patch: Any, *,
        patch_type: PatchType = "application/merge-patch+json", subresource: str = "",
    ) -> Object:  # fmt: skip
        obj = copy.deepcopy(self._known(kind, name, namespace))
        if kind is POD and subresource == "status":
            self.status_writes.append(copy.deepcopy(patch["status"]))
        merged = _merge(obj, patch, strategic=patch_type == STRATEGIC)
        return self._store(kind, merged, "MODIFIED")

    async def delete(
        self, kind: Kind, name: str, namespace: str | None = None, *,
        grace_period_s: int | None = None, propagation: str = "", uid: str = "",
    ) -> Object:  # fmt: skip
        obj = copy.deepcopy(self._known(kind, name, namespace))
        if uid and uid != uid_of(obj):
            raise error_from({"code": 409, "reason": "Conflict", "message": "Precondition failed"})
        grace_s = spec_of(obj).get("terminationGracePeriodSeconds", 30)
        grace_s = grace_s if grace_period_s is None else grace_period_s
        if kind is POD and grace_s > 0:
            meta = metadata(obj)
            meta.setdefault("deletionTimestamp", timestamps.render(wall_time_s() + grace_s))
            meta["deletionGracePeriodSeconds"] = grace_s
            return self._store(kind, obj, "MODIFIED")
        metadata(obj)["deletionGracePeriodSeconds"] = 0
        del self.objects[kind.plural][key_of(obj)]
        self._tell(kind, obj, "DELETED")
        return obj

    async def create_subresource(
        self, kind: Kind, name: str, namespace: str | None, subresource: str, body: Object
    ) -> Object:
        self.tokens_given += 1
        return {"status": {"token": f"{name}-{self.tokens_given}"}}

    def read(
        self, path: str, query: dict[str, str] | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        raise AssertionError(f"the kubelet has no reason to read {path}")

    async def aclose(self) -> None:
        """Nothing to let go of."""

    def _known(self, kind: Kind, name: str, namespace: str | None) -> Object:
        key = f"{namespace or 'default'}/{name}" if kind.namespaced else name
        if key not in self.objects[kind.plural]:
            raise NotFound({"code": 404, "reason": "NotFound", "message": f"{key} not found"})
        return self.objects[kind.plural][key]

    def _store(self, kind: Kind, obj: Object, type: Any) -> Object:
        self._revision += 1
        metadata(obj)["resourceVersion"] = str(self._revision)
        self.objects[kind.plural][key_of(obj)] = obj
        self._tell(kind, obj, type)
        return copy.deepcopy(obj)

    def _tell(self, kind: Kind, obj: Object, type: Any) -> None:
        for queue in self._watchers.get(kind.plural, []):
            queue.put_nowait(WatchEvent(type, copy.deepcopy(obj)))
        self._changed.set()
        self._changed = asyncio.Event()


def _selected(obj: Object, fields: str) -> bool:
    name, _, value = fields.partition("=")
    return name != "spec.nodeName" or spec_of(obj).get("nodeName") == value


def _merge(into: Any, patch: Any, *, strategic: bool, field: str = "") -> Any:
    if isinstance(patch, list) and strategic and field == "conditions":
        kept = {each["type"]: each for each in into or []}
        for each in patch:
            kept[each["type"]] = {**kept.get(each["type"], {}), **each}
        return list(kept.values())
    if not isinstance(patch, dict):
        return patch
    merged = dict(into or {}) if isinstance(into, dict) else {}
    for key, value in patch.items():
        merged[key] = _merge(merged.get(key), value, strategic=strategic, field=key)
    return merged


class FakeShelf:
    """Implements Shelf: every image is here, unless it is in `missing`."""

    def __init__(self) -> None:
        self.config = ImageConfig(command=("sleep", "infinity"))
        self.missing: set[str] = set()

    async def find(self, reference: str) -> Image | None:
        if reference in self.missing:
            return None
        return Image(f"docker.io/library/{reference}", "sha256:1234", self.config)

    async def pull(self, reference: str, *, auth: Any = None) -> Image:
        raise PullFailure("no route to the registry")

    async def load(self, archive: Path) -> list[str]:
        return []

    async def add_host(self, reference: str, config: ImageConfig) -> Image:
        return Image(reference, f"host:{reference}", config, is_host=True)

    async def list(self) -> Sequence[Image]:
        return []

    async def remove(self, reference: str) -> None:
        """Nothing is kept."""


class FakeNetwork:
    """Implements PodNetwork."""

    def __init__(self) -> None:
        self.attached: dict[str, str] = {}

    async def attach(self, pod: str, netns: str) -> str:
        self.attached[pod] = netns
        return f"10.244.0.{len(self.attached) + 1}"

    async def detach(self, pod: str, netns: str) -> None:
        self.attached.pop(pod, None)


class World:
    """One kubelet and everything around it."""

    def __init__(self, data_dir: Path) -> None:
        self.api = FakeApi()
        self.journal = Journal()
        self.runtime = FakeRuntime(self.journal)
        self.shelf = FakeShelf()
        self.network = FakeNetwork()
        self.kubelet = self.new_kubelet(data_dir)

    def new_kubelet(self, data_dir: Path) -> Kubelet:
        """A kubelet of this node over the same world."""
        config = KubeletConfig(NODE_NAME, "10.245.0.10", "10.244.0.0/24", data_dir, rootless=True)
        return Kubelet(
            config, self.api, self.runtime, self.shelf,
            self.network, self.journal,
        )  # fmt: skip

    async def create(self, pod: Object) -> Object:
        """Bind a new pod to the node."""
        return await self.api.create(POD, pod)

    async def until_pod(self, name: str, condition: Callable[[Object], Any]) -> Object:
        """Until the pod is there and `condition` holds for it."""

        def holds() -> Object | None:
            pod = self.api.pod(name)
            return pod if pod is not None and condition(pod) else None

        found: Object = await self.api.until(holds)
        return found

    async def until_phase(self, name: str, phase: str) -> Object:
        """Until the pod has that phase."""
        return await self.until_pod(name, lambda p: (p.get("status") or {}).get("phase") == phase)

    async def until_gone(self, name: str) -> None:
        """Until the pod's object is deleted."""
        await self.api.until(lambda: self.api.pod(name) is None)


@asynccontextmanager
async def running_world(data_dir: Path) -> AsyncIterator[World]:
    """A world whose kubelet runs."""
    world = World(data_dir)
    async with running(world.kubelet.run(), world.kubelet.aclose):
        yield world


@asynccontextmanager
async def running(work: Any, close: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """`work` runs for as long as the body, then `close` ends it."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        try:
            yield
        finally:
            await close()
            await task


def container(name: str = "web", **fields: Any) -> dict[str, Any]:
    """A container as defaulting leaves it."""
    return {"name": name, "image": "busybox:1", "imagePullPolicy": "IfNotPresent", **fields}


def pod(name: str = "web", **spec: Any) -> Object:
    """A pod bound to the node."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {
            "nodeName": NODE_NAME, "restartPolicy": "Always", "containers": [container()],
            "terminationGracePeriodSeconds": 30, **spec,
        },
    }  # fmt: skip


def container_state(found: Object, name: str = "web") -> dict[str, Any]:
    """The status of one container of the pod."""
    status = found.get("status") or {}
    every = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    return next((each for each in every if each["name"] == name), {})


def names(found: Object) -> str:
    """`namespace/name` of an object, for messages."""
    return f"{namespace_of(found)}/{name_of(found)}"
