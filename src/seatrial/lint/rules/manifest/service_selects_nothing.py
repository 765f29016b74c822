"""A Service selects no pod that any of the manifests makes.

Why it hurts: it has no endpoints. Every request to it is refused, and the Service itself looks
healthy.

Prove it: `kubectl get endpointslices` after applying it.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: wbe}
      ports:
      - port: 80
        targetPort: 8080

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080
"""

from difflib import get_close_matches

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    selector = mapping(manifest.spec.get("selector"))
    near = [each for each in world.inventory.workloads
            if each.manifest.namespace == manifest.namespace]  # fmt: skip
    # Somebody who lints a Service alone has its pods elsewhere.
    if not selector or not near or world.inventory.workloads_behind(manifest):
        return
    said = ", ".join(f"{key}={value}" for key, value in selector.items())
    known = {str(value) for each in near for value in each.labels.values()}
    yield Hit(
        ("spec", "selector"),
        f"no pod of these manifests has the labels {said}",
        "mend the selector, or the labels of the pod template",
        _edits(selector, known),
    )


def _edits(selector: "dict[str, object] | object", known: set[str]) -> tuple[Edit, ...]:
    """A single misspelt value is mended when there is one that it must have been."""
    entries = list(mapping(selector).items())
    if len(entries) != 1:
        return ()
    key, value = entries[0]
    near = get_close_matches(str(value), known, n=2, cutoff=0.6)
    return (SetField(("spec", "selector", key), near[0]),) if len(near) == 1 else ()


RULE = Rule(
    code="SEA809",
    name="service-selects-nothing",
    severity=WARNING,
    summary="a Service whose selector matches no pod of the manifests",
    check_manifest=check,
    kinds=frozenset({"Service"}),
)
