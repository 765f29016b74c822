"""A member of a StatefulSet is named that there are not enough replicas for.

Ordinals count from `spec.ordinals.start` (0) to one below start plus replicas; an autoscaler's
`maxReplicas` counts where there is one.

Why it hurts: the list of peers says five and there are three. A majority of five is three: one
member less, and the cluster stops although two of three are well.

Prove it: `seatrial verify --trial stable-identity` asks DNS for every member before and after a
move.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      replicas: 2
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0
            args: ["--peers=db-0.db,db-1.db,db-2.db"]

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      replicas: 3
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: db
            image: db:1.0
            args: ["--peers=db-0.db,db-1.db,db-2.db"]
"""

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.identity._members import KINDS, members_in
from seatrial.lint.workload import workload_of


def check(manifest: Manifest, world: World) -> Hits:
    for member in members_in(manifest, world.inventory):
        owner = world.inventory.find("StatefulSet", member.set_name, manifest.namespace)
        ordinals = _ordinals(owner, world.inventory) if owner is not None else None
        if owner is not None and ordinals is not None and member.ordinal not in ordinals:
            names = f"{member.set_name}-{ordinals.start} to {member.set_name}-{ordinals.stop - 1}"
            there_are = f"has the members {names}" if ordinals else "has no members"
            yield Hit(
                member.field,
                f"{member.host.name} is named, and {owner.object} {there_are}",
                "let the list of peers and the number of replicas agree",
            )


def _ordinals(owner: Manifest, inventory: Inventory) -> range | None:
    workload = workload_of(owner)
    most = inventory.replicas_at_most(workload) if workload is not None else None
    start = mapping(owner.spec.get("ordinals")).get("start", 0)
    if most is None or not isinstance(start, int):
        return None
    return range(start, start + most)


RULE = Rule(
    code="SEA502",
    name="member-beyond-replicas",
    severity=WARNING,
    summary="a member is named that there are not enough replicas for",
    check_manifest=check,
    kinds=KINDS,
)
