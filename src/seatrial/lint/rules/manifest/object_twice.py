"""One file holds the same object twice.

Why it hurts: the second one replaces the first, in silence, and each apply does both. What is
changed in the first one never arrives.

Prove it: `kubectl apply` it, and see "configured" where "created" was expected.

Bad:
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      labels: {app: web}
    spec:
      selector: {app: web}
      ports:
      - name: http
        port: 80
        targetPort: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      labels: {app: web}
    spec:
      selector: {app: web}
      ports:
      - name: http
        port: 80
        targetPort: 9090

Good:
    apiVersion: v1
    kind: Service
    metadata:
      name: web
      labels: {app: web}
    spec:
      selector: {app: web}
      ports:
      - name: http
        port: 80
        targetPort: 8080
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World

Key = tuple[str, str, str, str, str]


def check(manifest: Manifest, world: World) -> Hits:
    firsts: dict[Key, Manifest] = world.inventory.remember("firsts", lambda: _firsts(world))
    first = firsts.get(_key(manifest))
    if first is None or first is manifest or _is_hook(manifest):
        return
    yield Hit(
        ("metadata", "name"),
        f"{manifest.object} stands in line {first.place().line} of this file already",
        "keep one of the two",
    )


def _firsts(world: World) -> dict[Key, Manifest]:
    """Of one file only: bases and overlays in several files are meant to have the same names."""
    found: dict[Key, Manifest] = {}
    for each in world.inventory.manifests:
        if each.metadata.get("name"):
            found.setdefault(_key(each), each)
    return found


def _is_hook(manifest: Manifest) -> bool:
    """Helm makes it at another moment than the first one."""
    return any(str(name).startswith("helm.sh/hook") for name in manifest.annotations)


def _key(manifest: Manifest) -> Key:
    return (
        manifest.source.name, manifest.group, manifest.kind, manifest.namespace, manifest.name,
    )  # fmt: skip


RULE = Rule(
    code="SEA820",
    name="object-twice",
    severity=WARNING,
    summary="the same object twice in one file",
    check_manifest=check,
)
