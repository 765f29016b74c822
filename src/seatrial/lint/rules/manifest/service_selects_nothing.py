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

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.elsewhere import has_operators, is_set_at_run_time
from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.misspelt import misspelt
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(manifest: Manifest, world: World) -> Hits:
    selector = mapping(manifest.spec.get("selector"))
    if not selector or manifest.spec.get("type") == "ExternalName":
        return
    if world.inventory.workloads_behind(manifest):
        return
    # Somebody who lints a Service alone has its pods elsewhere.
    near = [each for each in world.inventory.workloads
            if each.manifest.namespace == manifest.namespace]  # fmt: skip
    if not near or _cannot_know(manifest, world, near):
        return
    said = ", ".join(f"{key}={value}" for key, value in selector.items())
    yield Hit(
        ("spec", "selector"),
        f"no pod of these manifests has the labels {said}",
        f"mend the selector, or the labels of the pod template{_nearest(selector, near)}",
        _edits(selector, near),
    )


def _cannot_know(manifest: Manifest, world: World, near: Iterable[Workload]) -> bool:
    """An operator makes the pods, or the pods are given the label that is missing."""
    if has_operators(world.inventory, manifest.namespace):
        return True
    selector = mapping(manifest.spec.get("selector"))
    return any(_lacks_only_given(each, selector, world) for each in near)


def _lacks_only_given(workload: Workload, selector: Mapping[str, Any], world: World) -> bool:
    labels, namespace = workload.labels, workload.manifest.namespace
    return all(
        key not in labels and is_set_at_run_time(world.inventory, namespace, str(key))
        for key, value in selector.items()
        if labels.get(key) != value
    )


def _nearest(selector: Mapping[str, Any], near: Iterable[Workload]) -> str:
    for key, value in selector.items():
        found = get_close_matches(str(value), _values(near, key), n=1)
        if found and found[0] != value:
            return f": {key}={found[0]}?"
    return ""


def _edits(selector: Mapping[str, Any], near: Iterable[Workload]) -> tuple[Edit, ...]:
    """A single value with a slip is mended when there is one that it must have been."""
    if len(selector) != 1:
        return ()
    ((key, value),) = selector.items()
    meant = misspelt(str(value), _values(near, key))
    return (SetField(("spec", "selector", key), meant),) if meant else ()


def _values(workloads: Iterable[Workload], label: str) -> set[str]:
    return {str(each.labels[label]) for each in workloads if label in each.labels}


RULE = Rule(
    code="SEA809",
    name="service-selects-nothing",
    severity=WARNING,
    summary="a Service whose selector matches no pod of the manifests",
    check_manifest=check,
    kinds=frozenset({"Service"}),
)
