"""ReplicaSet: as many pods as wanted, no more, no fewer.

Does: creates and deletes pods, adopts and releases by selector, reports counts.
Does not: look at why a pod is not ready. A pod that crashes for ever stays, and counts.
Holds: never both creates and deletes in one step; never deletes another's pod; waits until the
cache shows its last writes before it decides again.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from seatrial.api.kinds import POD, REPLICA_SET
from seatrial.api.objects import (
    Object,
    is_terminating,
    key_of,
    labels_of,
    metadata,
    name_of,
    namespace_of,
    spec_of,
    status_of,
    uid_of,
)
from seatrial.api.pods import available_in_s, deletion_order, is_active
from seatrial.api.selectors import from_object
from seatrial.api.timestamps import render
from seatrial.client.errors import AlreadyExists, ApiError, Forbidden, NotFound
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler, owner_keys
from seatrial.client.recorder import EventRecorder
from seatrial.controllers.conditions import drop_condition, set_condition
from seatrial.controllers.ownership import Expectations, carry_out, claim, owner_reference
from seatrial.kit import chance
from seatrial.kit.clock import wall_time_s

BURST_PODS_MAX = 500  # as the controller manager's burstReplicas
SLOW_START_PODS = 1  # the first batch of creations; it doubles while all goes well
NAME_ATTEMPTS_MAX = 8


@dataclass(frozen=True, slots=True)
class View:
    """Everything `plan` looks at: the pods are the ReplicaSet's own."""

    replicas_wanted: int
    pods: tuple[Object, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do; never both."""

    create_count: int = 0
    delete_names: tuple[str, ...] = ()


def plan(view: View) -> Plan:
    """The writes that bring the number of pods to what is wanted."""
    active = [pod for pod in view.pods if is_active(pod)]
    missing = view.replicas_wanted - len(active)
    if missing >= 0:
        return Plan(create_count=min(missing, BURST_PODS_MAX))
    nodes = Counter(spec_of(pod).get("nodeName", "") for pod in active)
    order = deletion_order(lambda pod: nodes[spec_of(pod).get("nodeName", "")])
    victims = sorted(active, key=order)[: min(-missing, BURST_PODS_MAX)]
    return Plan(delete_names=tuple(name_of(pod) for pod in victims))


@dataclass(frozen=True, slots=True)
class Counts:
    """A ReplicaSet's status as numbers, and when the next pod becomes available."""

    replicas: int
    fully_labeled: int
    ready: int
    available: int
    terminating: int
    next_available_s: float | None


def count(replica_set: Object, pods: list[Object], now: float) -> Counts:
    """Count a ReplicaSet's own pods."""
    spec = spec_of(replica_set)
    wanted_labels = (spec.get("template", {}).get("metadata") or {}).get("labels") or {}
    min_ready_s = spec.get("minReadySeconds") or 0
    active = [pod for pod in pods if is_active(pod)]
    waits = [available_in_s(pod, min_ready_s, now) for pod in active]
    later = [wait for wait in waits if wait]
    return Counts(
        replicas=len(active),
        fully_labeled=sum(wanted_labels.items() <= labels_of(pod).items() for pod in active),
        ready=sum(wait is not None for wait in waits),
        available=sum(wait == 0.0 for wait in waits),
        terminating=sum(is_terminating(pod) for pod in pods),
        next_available_s=min(later, default=None),
    )


def pod_from_template(replica_set: Object, name: str) -> Object:
    """A new pod of a ReplicaSet."""
    template = spec_of(replica_set).get("template") or {}
    meta = template.get("metadata") or {}
    made: dict[str, Any] = {
        "name": name,
        "generateName": f"{name_of(replica_set)}-",
        "namespace": namespace_of(replica_set),
        "labels": dict(meta.get("labels") or {}),
        "ownerReferences": [owner_reference(REPLICA_SET, replica_set)],
    }
    if meta.get("annotations"):
        made["annotations"] = dict(meta["annotations"])
    if meta.get("finalizers"):
        made["finalizers"] = list(meta["finalizers"])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": made, "spec": template.get("spec") or {}}


class ReplicaSetController:
    """The shell around `plan`."""

    def __init__(self, informers: InformerSet, recorder: EventRecorder) -> None:
        self._client = informers.client
        self._recorder = recorder
        self._sets = informers.informer(REPLICA_SET)
        self._pods = informers.informer(POD)
        self._expected = Expectations(self._pods)
        self.reconciler = Reconciler("replicaset", self.reconcile, workers=4)
        self.reconciler.watch(self._sets)
        self.reconciler.watch(self._pods, keys=owner_keys("ReplicaSet"))
        self.reconciler.watch(self._pods, keys=self._adopters)

    async def reconcile(self, key: str) -> float | None:
        """One look at one ReplicaSet."""
        replica_set = self._sets.get(key)
        if replica_set is None:
            return None
        selector = from_object(spec_of(replica_set).get("selector"))
        claimed = claim(replica_set, selector, self._pods.list(namespace_of(replica_set)))
        pods = await carry_out(self._client, POD, REPLICA_SET, replica_set, claimed)
        failure: ApiError | None = None
        if self._expected.are_met(key) and not is_terminating(replica_set):
            wanted = spec_of(replica_set).get("replicas", 1)
            decided = plan(View(wanted, tuple(pods)))
            failure = await self._apply(replica_set, decided, pods)
        again_s = await self._report(replica_set, pods, failure)
        if failure is not None:
            raise failure
        return again_s

    def _adopters(self, pod: Object) -> list[str]:
        """ReplicaSets that may want an orphan."""
        if metadata(pod).get("ownerReferences"):
            return []
        return [
            key_of(each)
            for each in self._sets.list(namespace_of(pod))
            if from_object(spec_of(each).get("selector")).matches(labels_of(pod))
        ]

    async def _apply(
        self, replica_set: Object, decided: Plan, pods: list[Object]
    ) -> ApiError | None:
        if decided.create_count:
            return await self._create(replica_set, decided.create_count)
        by_name = {name_of(pod): pod for pod in pods}
        for name in decided.delete_names:
            await self._delete(replica_set, by_name[name])
        return None

    async def _create(self, replica_set: Object, count_wanted: int) -> ApiError | None:
        """In batches that double, so that a quota or a bad template costs one refusal, not all."""
        left, batch = count_wanted, SLOW_START_PODS
        while left:
            size = min(left, batch)
            results = await asyncio.gather(*(self._create_one(replica_set) for _ in range(size)))
            failures = [each for each in results if each is not None]
            if failures:
                return failures[0]
            left, batch = left - size, batch * 2
        return None

    async def _create_one(self, replica_set: Object) -> ApiError | None:
        owner, namespace = key_of(replica_set), namespace_of(replica_set)
        for _ in range(NAME_ATTEMPTS_MAX):
            name = f"{name_of(replica_set)}-{chance.name_suffix()}"
            self._expected.expect_created(owner, f"{namespace}/{name}")
            try:
                await self._client.create(POD, pod_from_template(replica_set, name), namespace)
            except AlreadyExists:
                self._expected.forget(owner, f"{namespace}/{name}")
                continue
            except ApiError as error:
                self._expected.forget(owner, f"{namespace}/{name}")
                if not _is_namespace_going(error):
                    message = f"Error creating: {error}"
                    self._recorder.event(replica_set, "Warning", "FailedCreate", message)
                return error
            message = f"Created pod: {name}"
            self._recorder.event(replica_set, "Normal", "SuccessfulCreate", message)
            return None
        return AlreadyExists({"message": f"no free name for a pod of {owner}", "code": 409})

    async def _delete(self, replica_set: Object, pod: Object) -> None:
        owner = key_of(replica_set)
        self._expected.expect_deleted(owner, uid_of(pod))
        try:
            await self._client.delete(POD, name_of(pod), namespace_of(pod), uid=uid_of(pod))
        except NotFound:
            self._expected.forget(owner, uid_of(pod))
            return
        except ApiError:
            self._expected.forget(owner, uid_of(pod))
            raise
        message = f"Deleted pod: {name_of(pod)}"
        self._recorder.event(replica_set, "Normal", "SuccessfulDelete", message)

    async def _report(
        self, replica_set: Object, pods: list[Object], failure: ApiError | None
    ) -> float | None:
        counts = count(replica_set, pods, wall_time_s())
        status = _status(replica_set, counts, failure, render(wall_time_s()))
        if status != status_of(replica_set):
            changed = {**replica_set, "status": status}
            try:
                await self._client.update(REPLICA_SET, changed, subresource="status")
            except NotFound:
                return None
        return counts.next_available_s


def _status(
    replica_set: Object, counts: Counts, failure: ApiError | None, now: str
) -> dict[str, Any]:
    conditions = status_of(replica_set).get("conditions") or []
    if failure is not None:
        condition = {
            "type": "ReplicaFailure",
            "status": "True",
            "reason": "FailedCreate",
            "message": str(failure),
        }
        conditions = set_condition(conditions, condition, now)
    else:
        conditions = drop_condition(conditions, "ReplicaFailure")
    status = {
        "replicas": counts.replicas,
        "fullyLabeledReplicas": counts.fully_labeled,
        "readyReplicas": counts.ready,
        "availableReplicas": counts.available,
        "terminatingReplicas": counts.terminating,
        "observedGeneration": metadata(replica_set).get("generation", 0),
        "conditions": conditions,
    }
    # Zero counts are left out on the wire, but for `replicas` and what was asked to be seen.
    always = {"replicas", "observedGeneration", "terminatingReplicas"}
    return {name: value for name, value in status.items() if value or name in always}


def _is_namespace_going(error: ApiError) -> bool:
    causes = (error.status.get("details") or {}).get("causes") or []
    return isinstance(error, Forbidden) and any(
        cause.get("reason") == "NamespaceTerminating" for cause in causes
    )
