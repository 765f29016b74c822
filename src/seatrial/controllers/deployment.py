"""Deployment: rolls pods from one template to the next through ReplicaSets.

Does: one ReplicaSet a template (name and label from the template's hash), scaled step by step as
`rollout.plan` decides; keeps revisions in annotations; reports what `rollout_status` counts.
Holds: waits until the cache shows its last writes before it decides again.
"""

from collections.abc import Sequence

from seatrial.api.kinds import DEPLOYMENT, POD, REPLICA_SET
from seatrial.api.objects import (
    Object,
    annotations_of,
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
from seatrial.api.workloads import (
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    REVISION,
    REVISION_HISTORY,
    revision_of,
    room_of,
)
from seatrial.client.errors import AlreadyExists, NotFound
from seatrial.client.informers import InformerSet
from seatrial.client.reconciler import Reconciler, owner_keys
from seatrial.client.recorder import EventRecorder
from seatrial.controllers.ownership import carry_out, claim
from seatrial.controllers.rollout import (
    Plan,
    Scale,
    View,
    find_new,
    next_revision,
    plan,
    set_annotations,
)
from seatrial.controllers.rollout_status import deadline_in_s, status
from seatrial.kit.clock import wall_time_s


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
