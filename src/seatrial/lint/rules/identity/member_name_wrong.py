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

from collections.abc import Sequence
from typing import Any

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.identity._members import KINDS, Member, members_in


def check(manifest: Manifest, world: World) -> Hits:
    members = members_in(manifest, world.inventory)
    for member in members:
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
                _edits(member, service, manifest, members),
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


def _edits(
    member: Member, service: str, manifest: Manifest, members: Sequence[Member]
) -> tuple[Edit, ...]:
    """The right name, where the text names no other member and is no file."""
    text = _text_at(manifest, member.field)
    wrong, right = f"{member.pod}.{member.service}", f"{member.pod}.{service}"
    is_alone = sum(each.field == member.field for each in members) == 1
    if not (member.service and member.service != service and is_alone):
        return ()
    if text.count(wrong) != 1 or "\n" in text:
        return ()
    return (SetField(member.field, text.replace(wrong, right)),)


def _text_at(manifest: Manifest, field: FieldPath) -> str:
    here: Any = manifest.value
    for step in field:
        here = here[step]
    return str(here)


RULE = Rule(
    code="SEA502",
    name="member-name-wrong",
    severity=ERROR,
    summary="a member of a StatefulSet is called by a name that DNS does not have",
    check_manifest=check,
    kinds=KINDS,
)
