"""Pods of a Deployment are called by names with an ordinal, `web-0.web`, which they do not have.

Why it hurts: only a StatefulSet numbers its pods. Those of a Deployment have random names, others
after every rollout; the name never resolves, and the cluster that was to be made of these members
is never formed.

Prove it: `seatrial verify --trial stable-identity` asks DNS for every member before and after a
move.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: cache
    spec:
      replicas: 2
      selector:
        matchLabels: {app: cache}
      template:
        metadata:
          labels: {app: cache}
        spec:
          containers:
          - name: cache
            image: cache:1.0
            env:
            - name: PEERS
              value: cache-0.cache:7000,cache-1.cache:7000

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: cache
    spec:
      serviceName: cache
      replicas: 2
      selector:
        matchLabels: {app: cache}
      template:
        metadata:
          labels: {app: cache}
        spec:
          containers:
          - name: cache
            image: cache:1.0
            env:
            - name: PEERS
              value: cache-0.cache:7000,cache-1.cache:7000
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.identity._members import KINDS, members_in


def check(manifest: Manifest, world: World) -> Hits:
    told = set()
    for member in members_in(manifest, world.inventory):
        name, namespace = member.set_name, manifest.namespace
        if (
            world.inventory.find("Deployment", name, namespace) is not None
            and not world.inventory.exists("StatefulSet", name, namespace)
            and member.field not in told
        ):
            told.add(member.field)
            yield Hit(
                member.field,
                f"{member.host.name} is to be a pod of Deployment/{name}, whose pods have no such"
                " names",
                f"make {name} a StatefulSet with a headless Service",
            )


RULE = Rule(
    code="SEA502",
    name="members-of-deployment",
    severity=ERROR,
    summary="pods of a Deployment are called by names that only a StatefulSet gives",
    check_manifest=check,
    kinds=KINDS,
)
