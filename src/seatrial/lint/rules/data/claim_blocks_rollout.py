"""A rolling update starts the new pod while the old one still holds the claim that both need.

With one replica the default strategy adds a pod (`maxSurge` 25 % rounds up to 1) and takes none
away (`maxUnavailable` 25 % rounds down to 0) until the new one is Ready.

Why it hurts: the new pod cannot have the volume before the old one is gone, and the old one is not
stopped before the new one is Ready. The rollout stands still until its deadline, every time the
scheduler picks another node; under `ReadWriteOncePod`, always.

Prove it: `seatrial verify --trial rollout` never ends, and shows the volume that is waited for.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: registry
    spec:
      replicas: 1
      selector:
        matchLabels: {app: registry}
      template:
        metadata:
          labels: {app: registry}
        spec:
          containers:
          - name: registry
            image: registry:3.0
            volumeMounts:
            - name: images
              mountPath: /var/lib/registry
          volumes:
          - name: images
            persistentVolumeClaim:
              claimName: images
    ---
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata:
      name: images
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests:
          storage: 10Gi

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: registry
    spec:
      replicas: 1
      strategy:
        type: Recreate
      selector:
        matchLabels: {app: registry}
      template:
        metadata:
          labels: {app: registry}
        spec:
          containers:
          - name: registry
            image: registry:3.0
            volumeMounts:
            - name: images
              mountPath: /var/lib/registry
          volumes:
          - name: images
            persistentVolumeClaim:
              claimName: images
    ---
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata:
      name: images
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests:
          storage: 10Gi
"""

from seatrial.api.workloads import BadAmount, Room, room_of
from seatrial.lint.edits import SetField
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.data._claims import is_kept_on_one_node, single_node_claims
from seatrial.lint.workload import Workload

_STRATEGY = ("spec", "strategy")


def check(workload: Workload, world: World) -> Hits:
    if workload.kind != "Deployment" or world.inventory.replicas_at_most(workload) != 1:
        return
    for volume, modes in single_node_claims(workload, world.inventory):
        if is_kept_on_one_node(workload) and "ReadWriteOncePod" not in modes:
            continue
        room = _room(workload)
        if room.surge > 0 and room.unavailable == 0:
            yield Hit(
                _STRATEGY,
                f"a rollout starts {room.surge} pod more and stops none before it is Ready, but"
                f" claim {volume.source.get('claimName')} is {', '.join(modes)}: on another node"
                " the new pod waits for the old one for ever",
                "set strategy.type to Recreate, or make it a StatefulSet",
                (SetField(_STRATEGY, {"type": "Recreate"}),),
            )
            return


def _room(workload: Workload) -> Room:
    try:
        return room_of(dict(workload.manifest.value))
    except (BadAmount, TypeError, ValueError, AttributeError):
        return Room(0, 0)  # what is refused anyway never rolls


RULE = Rule(
    code="SEA402",
    name="claim-blocks-rollout",
    severity=WARNING,
    summary="a rolling update waits for a claim that the old pod holds",
    check_workload=check,
)
