"""A rollout's next step: how a Deployment's pods move from one template to the next. Pure.

Does: decides over ReplicaSets: RollingUpdate within maxSurge and maxUnavailable, Recreate,
proportional scaling in mid-rollout, revisions and their history, pause.
Holds: never more pods than replicas + surge, never fewer available than replicas - unavailable (as
far as the ReplicaSets' reports are true); ReplicaSets with pods are never deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seatrial.api.kinds import DEPLOYMENT, REPLICA_SET
from seatrial.api.objects import (
    Object,
    annotations_of,
    is_terminating,
    metadata,
    name_of,
    namespace_of,
    spec_of,
    status_of,
)
from seatrial.api.timestamps import parse
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
from seatrial.controllers.ownership import owner_reference

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
