"""A member of a StatefulSet is called by a name that DNS does not have.

A member's name is `POD.SERVICE`, where SERVICE is the StatefulSet's own `serviceName`, and that
Service is headless. A bare `web-0`, another Service's name, or a Service with a cluster IP do not
resolve.

Why it hurts: the name looks right and resolves to nothing, on the first day or on the day when a
member has to find its peers again.

Prove it: `seatrial verify --trial stable-identity` asks DNS for every member before and after a
move.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db-members
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
            args: [--primary=db-0.db]

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db-members
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
            args: [--primary=db-0.db-members]
"""

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.identity._members import KINDS, Member, members_in


def check(manifest: Manifest, world: World) -> Hits:
    for member in members_in(manifest, world.inventory):
        owner = world.inventory.find("StatefulSet", member.set_name, manifest.namespace)
        service = str(owner.spec.get("serviceName") or "") if owner is not None else ""
        if owner is None or not service:
            continue  # governing-service-missing speaks of one without
        reason = _reason(member, service, owner, world.inventory)
        if reason:
            yield Hit(
                member.field,
                f"{member.host.name} does not resolve: {reason}",
                f"call it {member.pod}.{service}, where {service} is a headless Service",
            )


def _reason(member: Member, service: str, owner: Manifest, inventory: Inventory) -> str:
    if not member.service:
        return f"a member's name ends with its Service, {member.pod}.{service}"
    if member.service != service:
        return f"the serviceName of {owner.object} is {service}"
    given = inventory.find("Service", service, owner.namespace)
    if given is not None and given.spec.get("clusterIP") != "None":
        return f"{given.object} is not headless"
    return ""


RULE = Rule(
    code="SEA502",
    name="member-name-wrong",
    severity=ERROR,
    summary="a member of a StatefulSet is called by a name that DNS does not have",
    check_manifest=check,
    kinds=KINDS,
)
