"""Garbage collection: what belongs to nobody goes; what must go before its owner goes first.

Does: deletes objects whose owners are all gone; for an owner deleted in the foreground, deletes its
dependents before it; for one deleted with `Orphan`, cuts the dependents loose.
Holds: an owner that the cache does not show is looked up at the server before anything is deleted.
Differs from Kubernetes: owners of kinds that this server does not have are left alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from seatrial.api.kinds import Kind, KindTable
from seatrial.api.objects import (
    Object,
    is_terminating,
    key_of,
    metadata,
    name_of,
    namespace_of,
    owners_of,
    uid_of,
)
from seatrial.client.errors import NotFound
from seatrial.client.informer import Informer
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner reference, and what became of it."""

    reference: dict[str, Any]
    is_there: bool
    waits_for_dependents: bool = False  # deleted in the foreground

    @property
    def blocks(self) -> bool:
        """It cannot go before the dependent does."""
        return self.waits_for_dependents and bool(self.reference.get("blockOwnerDeletion"))


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a dependent: nothing, delete it, or forget owners that are gone."""

    delete: str = ""  # propagation policy, "" for: do not
    references: tuple[dict[str, Any], ...] | None = None


def plan(owners: tuple[Owner, ...]) -> Plan:
    """Decide over one object with owner references."""
    there = [owner for owner in owners if owner.is_there]
    if not there:
        return Plan(delete="Background")
    if all(owner.waits_for_dependents for owner in there) and any(owner.blocks for owner in there):
        return Plan(delete="Foreground")
    if len(there) < len(owners):
        return Plan(references=tuple(owner.reference for owner in there))
    return Plan()


class GarbageCollector:
    """Watches every kind. Keys are "GROUP/VERSION KIND|namespace/name"."""

    def __init__(self, informers: InformerSet, kinds: tuple[Kind, ...]) -> None:
        self._client = informers.client
        self._kinds = KindTable(kinds)
        self._informers: dict[Kind, Informer] = {}
        self.reconciler = Reconciler("garbage", self.reconcile, workers=4)
        for kind in kinds:
            informer = self._informers[kind] = informers.informer(kind)
            informer.add_index("owner", _owner_uids)
            self.reconciler.watch(informer, keys=partial(self._wakes, kind))

    async def reconcile(self, key: str) -> None:
        """One look at one object, as an owner that waits and as a dependent."""
        kind, obj = self._find(key)
        if obj is None:
            return
        if is_terminating(obj):
            await self._serve_owner(kind, obj)
        elif owners_of(obj):
            await self._serve_dependent(kind, obj)

    def _find(self, key: str) -> tuple[Kind, Object | None]:
        head, _, name = key.partition("|")
        api_version, _, kind_name = head.partition(" ")
        kind = self._kinds.by_kind(api_version, kind_name)
        assert kind is not None, key
        return kind, self._informers[kind].get(name)

    def _wakes(self, kind: Kind, obj: Object) -> list[str]:
        """Itself if it owns or is owned in a way that matters, and everything around it."""
        keys: list[str] = []
        if owners_of(obj) or is_terminating(obj):
            keys.append(_key(kind, obj))
        if self._informers[kind].get(key_of(obj)) is None or is_terminating(obj):
            keys.extend(_key(*dependent) for dependent in self._dependents(uid_of(obj)))
        keys.extend(self._owner_keys(obj))
        return keys

    def _owner_keys(self, obj: Object) -> Iterable[str]:
        for reference in owners_of(obj):
            kind = self._kinds.by_kind(reference["apiVersion"], reference["kind"])
            if kind is not None:
                home = namespace_of(obj) if kind.namespaced else ""
                name = f"{home}/{reference['name']}" if home else reference["name"]
                yield f"{kind.api_version} {kind.kind}|{name}"

    def _dependents(self, uid: str) -> list[tuple[Kind, Object]]:
        return [
            (kind, obj)
            for kind, informer in self._informers.items()
            for obj in informer.by_index("owner", uid)
        ]

    async def _serve_owner(self, kind: Kind, owner: Object) -> None:
        finalizers = metadata(owner).get("finalizers") or []
        if ORPHAN in finalizers:
            for dependent_kind, dependent in self._dependents(uid_of(owner)):
                await self._cut_loose(dependent_kind, dependent, uid_of(owner))
            await self._drop_finalizer(kind, owner, ORPHAN)
        elif FOREGROUND in finalizers:
            blocking = [
                (dependent_kind, dependent)
                for dependent_kind, dependent in self._dependents(uid_of(owner))
                if any(
                    each["uid"] == uid_of(owner) and each.get("blockOwnerDeletion")
                    for each in owners_of(dependent)
                )
            ]
            for dependent_kind, dependent in blocking:
                if not is_terminating(dependent):
                    await self._serve_dependent(dependent_kind, dependent)
            if not blocking:
                await self._drop_finalizer(kind, owner, FOREGROUND)

    async def _serve_dependent(self, kind: Kind, obj: Object) -> None:
        owners = [await self._look_up(each, namespace_of(obj)) for each in owners_of(obj)]
        decided = plan(tuple(owners))
        if decided.delete:
            await self._delete(kind, obj, decided.delete)
        elif decided.references is not None:
            await self._patch(kind, obj, {"ownerReferences": list(decided.references)})

    async def _look_up(self, reference: dict[str, Any], namespace: str) -> Owner:
        kind = self._kinds.by_kind(reference["apiVersion"], reference["kind"])
        if kind is None:
            return Owner(reference, is_there=True)
        home = namespace if kind.namespaced else ""
        key = f"{home}/{reference['name']}" if home else reference["name"]
        found = self._informers[kind].get(key)
        if found is None or uid_of(found) != reference["uid"]:
            found = await self._ask(kind, reference["name"], home or None)
        is_there = found is not None and uid_of(found) == reference["uid"]
        waits = is_there and found is not None and is_terminating(found) and (
            FOREGROUND in (metadata(found).get("finalizers") or [])
        )  # fmt: skip
        return Owner(reference, is_there=is_there, waits_for_dependents=waits)

    async def _ask(self, kind: Kind, name: str, namespace: str | None) -> Object | None:
        try:
            return await self._client.get(kind, name, namespace)
        except NotFound:
            return None

    async def _delete(self, kind: Kind, obj: Object, propagation: str) -> None:
        # What the object's own finalizers ask for its dependents outlives its owner.
        finalizers = metadata(obj).get("finalizers") or []
        asked = {ORPHAN: "Orphan", FOREGROUND: "Foreground"}
        policy = next((asked[each] for each in finalizers if each in asked), propagation)
        try:
            await self._client.delete(
                kind, name_of(obj), namespace_of(obj) or None, propagation=policy, uid=uid_of(obj)
            )
        except NotFound:
            return

    async def _cut_loose(self, kind: Kind, obj: Object, owner_uid: str) -> None:
        left = [each for each in owners_of(obj) if each["uid"] != owner_uid]
        await self._patch(kind, obj, {"ownerReferences": left})

    async def _drop_finalizer(self, kind: Kind, obj: Object, finalizer: str) -> None:
        left = [each for each in metadata(obj)["finalizers"] if each != finalizer]
        version = metadata(obj)["resourceVersion"]
        await self._patch(kind, obj, {"finalizers": left, "resourceVersion": version})

    async def _patch(self, kind: Kind, obj: Object, change: dict[str, Any]) -> None:
        patch = {"metadata": {"uid": uid_of(obj), **change}}
        try:
            await self._client.patch(kind, name_of(obj), namespace_of(obj) or None, patch)
        except NotFound:
            return


def _owner_uids(obj: Object) -> list[str]:
    return [each["uid"] for each in owners_of(obj)]


def _key(kind: Kind, obj: Object) -> str:
    return f"{kind.api_version} {kind.kind}|{key_of(obj)}"
