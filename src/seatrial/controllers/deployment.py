"""Deployment: rolls pods from one template to the next through ReplicaSets.

Does: one ReplicaSet a template (name and label from the template's hash), RollingUpdate within
maxSurge and maxUnavailable, Recreate, proportional scaling in mid-rollout, revisions and their
history, pause, progress deadline, status and conditions.
Holds: never more pods than replicas + surge, never fewer available than replicas - unavailable (as
far as the ReplicaSets' reports are true); ReplicaSets with pods are never deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seatrial.api.kinds import DEPLOYMENT, POD, REPLICA_SET
from seatrial.api.objects import (
    Object,
    annotations_of,
    condition_of,
    controller_of,
    is_terminating,
    key_of,
    metadata,
    name_of,
    namespace_of,
    spec_of,
    status_of,
    uid_of,
)
from seatrial.api.pods import is_terminal
from seatrial.api.selectors import from_object
from seatrial.api.timestamps import parse, render
from seatrial.api.workloads import (
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    REVISION,
    REVISION_HISTORY,
    TEMPLATE_HASH,
    Set,
    is_same_template,
    new_set_replicas,
    old_sets_replicas,
    proportional_replicas,
    revision_of,
    room_of,
    template_hash,
)
from seatrial.client.errors import AlreadyExists, NotFound
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler, owner_keys
from seatrial.client.recorder import EventRecorder
from seatrial.controllers.conditions import set_condition
from seatrial.controllers.ownership import carry_out, claim, owner_reference
from seatrial.kit.clock import wall_time_s

# Annotations that say something about the Deployment itself, not about its pods.
OWN_ANNOTATIONS = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        REVISION_HISTORY,
        DESIRED_REPLICAS,
        MAX_REPLICAS,
        "deprecated.deployment.rollback.to",
    }
)

# Marks a condition whose lastUpdateTime moves although nothing else in it does: progress was made.
TOUCH = {"touch": True}


@dataclass(frozen=True, slots=True)
class View:
    """Everything `plan` looks at. `sets` are the Deployment's own ReplicaSets."""

    deployment: Object
    sets: tuple[Object, ...]
    # Pods of old sets that have not ended yet: Recreate waits for them.
    old_pods_alive: int = 0


@dataclass(frozen=True, slots=True)
class Scale:
    """Give a ReplicaSet a number of replicas."""

    name: str
    before: int
    replicas: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do next. A new set, if one is needed, comes first and alone."""

    create: Object | None = None
    scale: tuple[Scale, ...] = ()
    delete: tuple[str, ...] = ()


def find_new(deployment: Object, sets: Sequence[Object]) -> Object | None:
    """The ReplicaSet of the present template; the oldest, should there be several."""
    template = spec_of(deployment)["template"]
    same = [each for each in sets if is_same_template(spec_of(each)["template"], template)]
    return min(same, key=_age, default=None)


def plan(view: View) -> Plan:
    """The next step of a rollout."""
    spec = spec_of(view.deployment)
    new = find_new(view.deployment, view.sets)
    olds = [each for each in view.sets if each is not new]
    if spec.get("paused"):
        return Plan(scale=_scale_in_proportion(view))
    if _was_scaled(view):
        return Plan(scale=_scale_in_proportion(view))
    if spec.get("strategy", {}).get("type") == "Recreate":
        return _plan_recreate(view, new, olds)
    return _plan_rolling(view, new, olds)


def _plan_recreate(view: View, new: Object | None, olds: Sequence[Object]) -> Plan:
    down = tuple(_scale(each, 0) for each in olds if _wanted(each))
    if down or view.old_pods_alive:
        return Plan(scale=down)
    replicas = spec_of(view.deployment).get("replicas", 1)
    if new is None:
        return Plan(create=new_set(view, replicas))
    up = (_scale(new, replicas),) if _wanted(new) != replicas else ()
    return Plan(scale=up, delete=_history_to_forget(view, olds))


def _plan_rolling(view: View, new: Object | None, olds: Sequence[Object]) -> Plan:
    replicas, room = spec_of(view.deployment).get("replicas", 1), room_of(view.deployment)
    old_sets = [_as_set(each) for each in olds]
    if new is None:
        first = new_set_replicas(Set("", 0), old_sets, replicas=replicas, room=room)
        return Plan(create=new_set(view, first))
    new_view = _as_set(new)
    grown = (
        replicas
        if new_view.wanted > replicas
        else new_set_replicas(new_view, old_sets, replicas=replicas, room=room)
    )
    if grown != new_view.wanted:
        return Plan(scale=(_scale(new, grown),))
    shrunk = old_sets_replicas(new_view, old_sets, replicas=replicas, room=room)
    scale = tuple(_scale(each, shrunk[name_of(each)]) for each in olds if name_of(each) in shrunk)
    return Plan(scale=scale, delete=() if scale else _history_to_forget(view, olds))


def _was_scaled(view: View) -> bool:
    """The user changed `replicas` since the active sets were last scaled."""
    replicas = spec_of(view.deployment).get("replicas", 1)
    wanted = [annotations_of(each).get(DESIRED_REPLICAS) for each in view.sets if _wanted(each)]
    return any(each is not None and each != str(replicas) for each in wanted)


def _scale_in_proportion(view: View) -> tuple[Scale, ...]:
    replicas, room = spec_of(view.deployment).get("replicas", 1), room_of(view.deployment)
    new = find_new(view.deployment, view.sets)
    active = [each for each in view.sets if _wanted(each)]
    if len(active) <= 1:
        only = active[0] if active else new
        if only is None:
            return ()
        is_stale = annotations_of(only).get(DESIRED_REPLICAS) != str(replicas)
        return (_scale(only, replicas),) if _wanted(only) != replicas or is_stale else ()
    if new is not None and _is_saturated(new, replicas):
        return tuple(_scale(each, 0) for each in active if each is not new)
    shares = proportional_replicas(
        [_as_set(each) for each in active],
        replicas=replicas,
        room=room,
        status_replicas=status_of(view.deployment).get("replicas", 0),
    )
    # Every active set is written even when its number stays: its annotation says what it was for.
    return tuple(_scale(each, shares[name_of(each)]) for each in active)


def _is_saturated(each: Object, replicas: int) -> bool:
    return (
        _wanted(each) == replicas
        and annotations_of(each).get(DESIRED_REPLICAS) == str(replicas)
        and status_of(each).get("availableReplicas", 0) == replicas
    )


def _history_to_forget(view: View, olds: Sequence[Object]) -> tuple[str, ...]:
    """Old sets beyond revisionHistoryLimit, oldest revision first, once the rollout is complete."""
    if not is_complete(view.deployment, view.sets):
        return ()
    empty = [
        each
        for each in olds
        if not _wanted(each) and not status_of(each).get("replicas") and not is_terminating(each)
    ]
    limit = spec_of(view.deployment).get("revisionHistoryLimit", 10)
    surplus = max(0, len(empty) - limit)
    return tuple(name_of(each) for each in sorted(empty, key=revision_of)[:surplus])


def is_complete(deployment: Object, sets: Sequence[Object]) -> bool:
    """All replicas are of the present template and available, and no old one is left."""
    replicas = spec_of(deployment).get("replicas", 1)
    new = find_new(deployment, sets)
    total = sum(status_of(each).get("replicas", 0) for each in sets)
    return (
        new is not None
        and total == replicas == status_of(new).get("replicas", 0)
        and status_of(new).get("availableReplicas", 0) == replicas
    )


def new_set(view: View, replicas: int) -> Object:
    """The ReplicaSet for the present template."""
    deployment, template = view.deployment, spec_of(view.deployment)["template"]
    collisions = status_of(deployment).get("collisionCount") or 0
    digest = template_hash(template, collisions)
    meta = template.get("metadata") or {}
    labels = {**(meta.get("labels") or {}), TEMPLATE_HASH: digest}
    selector = spec_of(deployment)["selector"]
    match = {**(selector.get("matchLabels") or {}), TEMPLATE_HASH: digest}
    return {
        "apiVersion": REPLICA_SET.api_version,
        "kind": REPLICA_SET.kind,
        "metadata": {
            "name": f"{name_of(deployment)}-{digest}",
            "namespace": namespace_of(deployment),
            "labels": labels,
            "annotations": set_annotations(deployment, next_revision(view.sets)),
            "ownerReferences": [owner_reference(DEPLOYMENT, deployment)],
        },
        "spec": {
            "replicas": replicas,
            "minReadySeconds": spec_of(deployment).get("minReadySeconds", 0),
            "selector": {**selector, "matchLabels": match},
            "template": {**template, "metadata": {**meta, "labels": labels}},
        },
    }


def next_revision(sets: Sequence[Object]) -> int:
    """One more than any set has."""
    return max((revision_of(each) for each in sets), default=0) + 1


def set_annotations(deployment: Object, revision: int) -> dict[str, str]:
    """What a ReplicaSet is annotated with: the Deployment's own annotations and the bookkeeping."""
    replicas, room = spec_of(deployment).get("replicas", 1), room_of(deployment)
    carried = {k: v for k, v in annotations_of(deployment).items() if k not in OWN_ANNOTATIONS}
    return {
        **carried,
        REVISION: str(revision),
        DESIRED_REPLICAS: str(replicas),
        MAX_REPLICAS: str(replicas + room.surge),
    }


def status(view: View, now: float) -> dict[str, Any]:
    """The Deployment's status."""
    deployment, new = view.deployment, find_new(view.deployment, view.sets)

    def total(field: str) -> int:
        return sum(status_of(each).get(field, 0) for each in view.sets)

    replicas, available = spec_of(deployment).get("replicas", 1), total("availableReplicas")
    counts = {
        "replicas": total("replicas"),
        "updatedReplicas": status_of(new).get("replicas", 0) if new else 0,
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, max(total("replicas"), replicas) - available),
        "collisionCount": status_of(deployment).get("collisionCount") or 0,
    }
    found: dict[str, Any] = {name: value for name, value in counts.items() if value}
    found["observedGeneration"] = metadata(deployment).get("generation", 0)
    found["terminatingReplicas"] = total("terminatingReplicas")
    conditions = status_of(deployment).get("conditions") or []
    for condition in (_availability(deployment, available), _progress(view, found, now)):
        if condition is not None:
            conditions = _set(conditions, condition, render(now))
    found["conditions"] = conditions
    return found


def _set(
    conditions: Sequence[dict[str, Any]], new: dict[str, Any], now: str
) -> list[dict[str, Any]]:
    old = next((each for each in conditions if each["type"] == new["type"]), {})
    touched = new.pop("touch", False)
    changed = any(old.get(name) != new.get(name) for name in ("status", "reason", "message"))
    updated = now if changed or touched else old.get("lastUpdateTime", now)
    merged = set_condition(conditions, new, now)
    return [
        {**each, "lastUpdateTime": updated} if each["type"] == new["type"] else each
        for each in merged
    ]


def _availability(deployment: Object, available: int) -> dict[str, Any]:
    replicas, room = spec_of(deployment).get("replicas", 1), room_of(deployment)
    if available >= replicas - room.unavailable:
        return {
            "type": "Available",
            "status": "True",
            "reason": "MinimumReplicasAvailable",
            "message": "Deployment has minimum availability.",
        }
    return {
        "type": "Available",
        "status": "False",
        "reason": "MinimumReplicasUnavailable",
        "message": "Deployment does not have minimum availability.",
    }


def _progress(view: View, found: dict[str, Any], now: float) -> dict[str, Any] | None:
    deployment, new = view.deployment, find_new(view.deployment, view.sets)
    deadline_s = spec_of(deployment).get("progressDeadlineSeconds", 600)
    old = condition_of(deployment, "Progressing")
    name = f'ReplicaSet "{name_of(new)}"' if new else f'Deployment "{name_of(deployment)}"'
    if spec_of(deployment).get("paused"):
        message = "Deployment is paused"
        return _progressing("Unknown", "DeploymentPaused", message)
    if new is not None and is_complete(deployment, view.sets):
        return _progressing(
            "True", "NewReplicaSetAvailable", f"{name} has successfully progressed."
        )
    reason, said = (old["reason"], old["message"]) if old else ("", "")
    if reason == "DeploymentPaused":
        return {**_progressing("Unknown", "DeploymentResumed", "Deployment is resumed"), **TOUCH}
    if reason == "NewReplicaSetAvailable" and new is not None and name not in said:
        created = f'Created new replica set "{name_of(new)}"'
        return {**_progressing("True", "NewReplicaSetCreated", created), **TOUCH}
    if _has_progressed(status_of(deployment), found) or old is None:
        done = _progressing("True", "ReplicaSetUpdated", f"{name} is progressing.")
        return {**done, **TOUCH}
    since = parse(old["lastUpdateTime"]) if old.get("lastUpdateTime") else now
    if reason == "NewReplicaSetAvailable":
        return None  # it was complete and lost pods since: that is no rollout
    if deadline_s is not None and now >= since + deadline_s:
        return _progressing(
            "False", "ProgressDeadlineExceeded", f"{name} has timed out progressing."
        )
    return None


def _progressing(state: str, reason: str, message: str) -> dict[str, Any]:
    return {"type": "Progressing", "status": state, "reason": reason, "message": message}


def _has_progressed(before: dict[str, Any], after: dict[str, Any]) -> bool:
    def of(status: dict[str, Any], field: str) -> int:
        return int(status.get(field, 0))

    old_before = of(before, "replicas") - of(before, "updatedReplicas")
    old_after = of(after, "replicas") - of(after, "updatedReplicas")
    return (
        of(after, "updatedReplicas") > of(before, "updatedReplicas")
        or old_after < old_before
        or of(after, "readyReplicas") > of(before, "readyReplicas")
        or of(after, "availableReplicas") > of(before, "availableReplicas")
    )


def deadline_in_s(deployment: Object, new_status: dict[str, Any], now: float) -> float | None:
    """Seconds until the progress deadline must be looked at, or None."""
    deadline_s = spec_of(deployment).get("progressDeadlineSeconds", 600)
    found = next((c for c in new_status["conditions"] if c["type"] == "Progressing"), None)
    if found is None or found["status"] != "True" or found["reason"] == "NewReplicaSetAvailable":
        return None
    return max(1.0, parse(found["lastUpdateTime"]) + float(deadline_s) - now)


def _as_set(each: Object) -> Set:
    allowed = annotations_of(each).get(MAX_REPLICAS, "")
    return Set(
        name=name_of(each),
        wanted=_wanted(each),
        available=status_of(each).get("availableReplicas", 0),
        created_at=parse(metadata(each)["creationTimestamp"]),
        annotated_max=int(allowed) if allowed.isdecimal() else 0,
    )


def _scale(each: Object, replicas: int) -> Scale:
    return Scale(name_of(each), _wanted(each), replicas)


def _wanted(each: Object) -> int:
    return int(spec_of(each).get("replicas", 1))


def _age(each: Object) -> tuple[str, str]:
    return metadata(each)["creationTimestamp"], name_of(each)


class DeploymentController:
    """The shell around `plan`."""

    def __init__(self, informers: InformerSet, recorder: EventRecorder) -> None:
        self._client = informers.client
        self._recorder = recorder
        self._deployments = informers.informer(DEPLOYMENT)
        self._sets = informers.informer(REPLICA_SET)
        self._pods = informers.informer(POD)
        # Writes that the cache does not show yet, by Deployment: ReplicaSet → resourceVersion.
        self._written: dict[str, dict[str, int]] = {}
        self._sets.subscribe(self._forget_deleted)
        self.reconciler = Reconciler("deployment", self.reconcile, workers=4)
        self.reconciler.watch(self._deployments)
        self.reconciler.watch(self._sets, keys=owner_keys("Deployment"))
        self.reconciler.watch(self._pods, keys=self._waiting_to_recreate)

    async def reconcile(self, key: str) -> float | None:
        """One look at one Deployment."""
        deployment = self._deployments.get(key)
        if deployment is None:
            self._written.pop(key, None)
            return None
        selector = from_object(spec_of(deployment).get("selector"))
        claimed = claim(deployment, selector, self._sets.list(namespace_of(deployment)))
        sets = await carry_out(self._client, REPLICA_SET, DEPLOYMENT, deployment, claimed)
        if self._is_stale(key, sets):
            return None  # the news is on its way, and wakes us
        view = View(deployment, tuple(sets), self._old_pods_alive(deployment, sets))
        if not is_terminating(deployment):
            deployment = await self._annotate(view)
            view = View(deployment, view.sets, view.old_pods_alive)
            decided = plan(view)
            await self._apply(view, decided)
            if decided.create is not None:
                return None  # the new set's news wakes us: then there is something to report
        return await self._report(view)

    def _forget_deleted(self, old: Object | None, new: Object | None) -> None:
        if old is not None and new is None:
            for written in self._written.values():
                written.pop(name_of(old), None)

    def _is_stale(self, key: str, sets: Sequence[Object]) -> bool:
        seen = {name_of(each): int(metadata(each)["resourceVersion"]) for each in sets}
        return any(
            seen.get(name, 0) < version for name, version in self._written.get(key, {}).items()
        )

    def _note(self, deployment: Object, written: Object) -> None:
        noted = self._written.setdefault(key_of(deployment), {})
        noted[name_of(written)] = int(metadata(written)["resourceVersion"])

    def _waiting_to_recreate(self, pod: Object) -> list[str]:
        """Deployments with strategy Recreate go on when the last old pod is gone."""
        owner = controller_of(pod)
        each = self._sets.get(f"{namespace_of(pod)}/{owner['name']}") if owner else None
        above = controller_of(each) if each is not None else None
        if above is None or above.get("kind") != "Deployment":
            return []
        key = f"{namespace_of(pod)}/{above['name']}"
        deployment = self._deployments.get(key)
        strategy = spec_of(deployment).get("strategy", {}) if deployment else {}
        return [key] if strategy.get("type") == "Recreate" else []

    def _old_pods_alive(self, deployment: Object, sets: Sequence[Object]) -> int:
        new = find_new(deployment, sets)
        olds = {uid_of(each) for each in sets if each is not new}
        return sum(
            (controller_of(pod) or {}).get("uid") in olds and not is_terminal(pod)
            for pod in self._pods.list(namespace_of(deployment))
        )

    async def _annotate(self, view: View) -> Object:
        """Keep the revision: the new set has the highest one, and the Deployment says which."""
        new = find_new(view.deployment, view.sets)
        if new is None:
            return view.deployment
        others = [each for each in view.sets if each is not new]
        revision = max(revision_of(new), next_revision(others)) if others else revision_of(new) or 1
        wanted = set_annotations(view.deployment, revision)
        kept = (REVISION, DESIRED_REPLICAS, MAX_REPLICAS)
        changed = {k: v for k, v in wanted.items() if k not in kept or k == REVISION}
        if revision_of(new) and revision_of(new) != revision:
            history = annotations_of(new).get(REVISION_HISTORY, "")
            past = f"{history},{revision_of(new)}" if history else str(revision_of(new))
            changed[REVISION_HISTORY] = past
        if not changed.items() <= annotations_of(new).items():
            patch = {"metadata": {"annotations": changed}}
            done = await self._client.patch(REPLICA_SET, name_of(new), namespace_of(new), patch)
            self._note(view.deployment, done)
        if annotations_of(view.deployment).get(REVISION) == str(revision):
            return view.deployment
        patch = {"metadata": {"annotations": {REVISION: str(revision)}}}
        return await self._client.patch(
            DEPLOYMENT, name_of(view.deployment), namespace_of(view.deployment), patch
        )

    async def _apply(self, view: View, decided: Plan) -> None:
        if decided.create is not None:
            await self._create(view, decided.create)
        for each in decided.scale:
            await self._scale(view, each)
        for name in decided.delete:
            try:
                await self._client.delete(REPLICA_SET, name, namespace_of(view.deployment))
            except NotFound:
                continue

    async def _create(self, view: View, wanted: Object) -> None:
        deployment = view.deployment
        try:
            done = await self._client.create(REPLICA_SET, wanted, namespace_of(deployment))
        except AlreadyExists:
            # Another template has the same hash, or a set of a Deployment before us: next hash.
            collisions = (status_of(deployment).get("collisionCount") or 0) + 1
            changed = {**status_of(deployment), "collisionCount": collisions}
            await self._client.update(
                DEPLOYMENT, {**deployment, "status": changed}, subresource="status"
            )
            raise
        self._note(deployment, done)
        self._say_scaled(deployment, Scale(name_of(wanted), 0, spec_of(wanted)["replicas"]))

    async def _scale(self, view: View, wanted: Scale) -> None:
        deployment = view.deployment
        replicas, room = spec_of(deployment).get("replicas", 1), room_of(deployment)
        patch = {
            "metadata": {
                "annotations": {
                    DESIRED_REPLICAS: str(replicas),
                    MAX_REPLICAS: str(replicas + room.surge),
                }
            },
            "spec": {"replicas": wanted.replicas},
        }
        done = await self._client.patch(REPLICA_SET, wanted.name, namespace_of(deployment), patch)
        self._note(deployment, done)
        self._say_scaled(deployment, wanted)

    def _say_scaled(self, deployment: Object, done: Scale) -> None:
        if done.before == done.replicas:
            return
        direction = "up" if done.replicas > done.before else "down"
        self._recorder.event(
            deployment,
            "Normal",
            "ScalingReplicaSet",
            f"Scaled {direction} replica set {done.name} from {done.before} to {done.replicas}",
        )

    async def _report(self, view: View) -> float | None:
        now = wall_time_s()
        wanted = status(view, now)
        if wanted != status_of(view.deployment):
            try:
                await self._client.update(
                    DEPLOYMENT, {**view.deployment, "status": wanted}, subresource="status"
                )
            except NotFound:
                return None
        return deadline_in_s(view.deployment, wanted, now)
