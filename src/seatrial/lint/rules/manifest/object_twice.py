"""One object is defined twice in the same directory.

Why it hurts: both are applied, one after the other. Which of them wins depends on the names of the
files; the other one's changes never arrive.

Prove it: apply the directory twice and look at the generation of the object.

Bad:
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
    data: {level: info}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
    data: {level: debug}

Good:
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
    data: {level: info}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web-debug
    data: {level: debug}
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    earlier = world.inventory.doubles.get(id(manifest))
    if earlier is not None:
        yield Hit(
            ("metadata", "name"),
            f"{manifest.object} is already defined at {earlier.place()}: the last one wins",
            "keep one of them, or give one another name or namespace",
        )


RULE = Rule(
    code="SEA820",
    name="object-twice",
    severity=ERROR,
    summary="an object that is defined twice",
    check_manifest=check,
)
