"""Namespace: empties one that is being deleted, then lets it go.

Does: deletes everything in a terminating namespace, kind by kind, and removes the `kubernetes`
finalizer when nothing is left; says what remains in the namespace's conditions.
Holds: a namespace is let go only after a fresh look finds it empty.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.api.kinds import NAMESPACE, Kind
from seatrial.api.objects import (
    Object,
    is_terminating,
    metadata,
    name_of,
    namespace_of,
    spec_of,
    status_of,
    uid_of,
)
from seatrial.api.timestamps import render
from seatrial.client.errors import NotFound
from seatrial.client.informer import Informer
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler
from seatrial.controllers.conditions import set_condition
from seatrial.kit.clock import wall_time_s

FINALIZER = "kubernetes"


def remaining_condition(remaining: Mapping[str, int]) -> dict[str, Any]:
    """What the namespace still holds, as its condition; `remaining`: resource → count."""
    if not remaining:
        return {
            "type": "NamespaceContentRemaining",
            "status": "False",
            "reason": "ContentRemoved",
            "message": "All content successfully removed",
        }
    words = ", ".join(
        f"{resource} has {count} resource instances"
        for resource, count in sorted(remaining.items())
    )
    return {
        "type": "NamespaceContentRemaining",
        "status": "True",
        "reason": "SomeResourcesRemain",
        "message": f"Some resources are remaining: {words}",
    }


class NamespaceController:
    """Watches every namespaced kind, because the last object to go lets the namespace go."""

    def __init__(self, informers: InformerSet, kinds: tuple[Kind, ...]) -> None:
        self._client = informers.client
        self._namespaces = informers.informer(NAMESPACE)
        self._content: dict[Kind, Informer] = {
            kind: informers.informer(kind) for kind in kinds if kind.namespaced
        }
        self.reconciler = Reconciler("namespace", self.reconcile)
        self.reconciler.watch(self._namespaces)
        for informer in self._content.values():
            self.reconciler.watch(informer, keys=self._terminating_home)

    async def reconcile(self, key: str) -> None:
        """One look at one namespace."""
        namespace = self._namespaces.get(key)
        if namespace is None or not is_terminating(namespace):
            return
        remaining: dict[str, int] = {}
        for kind in self._content:
            count = await self._empty(kind, key)
            if count:
                remaining[kind.resource] = count
        namespace = await self._report(namespace, remaining)
        if not remaining and namespace is not None:
            await self._let_go(namespace)

    def _terminating_home(self, obj: Object) -> list[str]:
        home = self._namespaces.get(namespace_of(obj))
        return [name_of(home)] if home is not None and is_terminating(home) else []

    async def _empty(self, kind: Kind, namespace: str) -> int:
        """Ask every object of a kind to go; how many there were."""
        found = await self._client.list(kind, namespace)
        for obj in found.items:
            if is_terminating(obj):
                continue
            try:
                await self._client.delete(
                    kind, name_of(obj), namespace, propagation="Background", uid=uid_of(obj)
                )
            except NotFound:
                continue
        return len(found.items)

    async def _report(self, namespace: Object, remaining: Mapping[str, int]) -> Object | None:
        conditions = status_of(namespace).get("conditions") or []
        wanted = set_condition(conditions, remaining_condition(remaining), render(wall_time_s()))
        if wanted == conditions:
            return namespace
        status = {**status_of(namespace), "phase": "Terminating", "conditions": wanted}
        try:
            return await self._client.update(
                NAMESPACE, {**namespace, "status": status}, subresource="status"
            )
        except NotFound:
            return None

    async def _let_go(self, namespace: Object) -> None:
        finalizers = [
            each for each in spec_of(namespace).get("finalizers") or [] if each != FINALIZER
        ]
        changed = {
            **namespace,
            "metadata": metadata(namespace),
            "spec": {**spec_of(namespace), "finalizers": finalizers},
        }
        try:
            await self._client.update(NAMESPACE, changed, subresource="finalize")
        except NotFound:
            return
