"""A ServiceMonitor or PodMonitor selects nothing, or asks for a port by a name that nothing has.

Why it hurts: there are no metrics, hence no alerts: a pod that restarts all night is not noticed.
Prometheus has no target to report as down.

Prove it: look for the job among the targets of Prometheus.

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
      labels: {app: web}
    spec:
      selector: {app: web}
      ports:
      - name: http
        port: 80
        targetPort: 8080
    ---
    apiVersion: monitoring.coreos.com/v1
    kind: ServiceMonitor
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      endpoints:
      - port: metrics

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
      labels: {app: web}
    spec:
      selector: {app: web}
      ports:
      - name: http
        port: 80
        targetPort: 8080
    ---
    apiVersion: monitoring.coreos.com/v1
    kind: ServiceMonitor
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      endpoints:
      - port: http
"""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.lint.elsewhere import has_operators
from seatrial.lint.manifest import Manifest, mapping, sequence
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.manifest._policies import selector_in
from seatrial.lint.workload import Workload

# Kind → where its endpoints are.
ENDPOINTS = {"ServiceMonitor": "endpoints", "PodMonitor": "podMetricsEndpoints"}


def check(manifest: Manifest, world: World) -> Hits:
    selector = selector_in(manifest.spec.get("selector"))
    if selector is None or manifest.spec.get("namespaceSelector"):
        return
    subjects = list(_subjects(manifest, world))
    # Somebody who lints a monitor alone has what it watches elsewhere.
    if not subjects or has_operators(world.inventory, manifest.namespace):
        return
    found = [names for labels, names in subjects if selector.matches(labels)]
    if not found:
        what = "Service" if manifest.kind == "ServiceMonitor" else "pod"
        yield Hit(
            ("spec", "selector"),
            f"no {what} of these manifests has the labels {selector}",
            f"mend the selector, or the labels of the {what}",
        )
        return
    field = ENDPOINTS[manifest.kind]
    for index, endpoint in enumerate(sequence(manifest.spec.get(field))):
        port, names = mapping(endpoint).get("port"), set().union(*found)
        if isinstance(port, str) and port not in names:
            yield Hit(
                ("spec", field, index, "port"),
                f"what it selects has no port named {port}",
                f"the names there are: {', '.join(sorted(names)) or 'none'}",
            )


def _subjects(manifest: Manifest, world: World) -> Iterator[tuple[Mapping[str, Any], set[str]]]:
    """Labels and names of ports of all that it could select."""
    if manifest.kind == "ServiceMonitor":
        for service in world.inventory.of_kind("Service"):
            if service.namespace == manifest.namespace:
                yield service.labels, _names(service.spec.get("ports"))
        return
    for workload in world.inventory.workloads:
        if workload.manifest.namespace == manifest.namespace:
            yield workload.labels, _names_of_pod(workload)


def _names_of_pod(workload: Workload) -> set[str]:
    return {name for each in workload.containers for name in _names(list(each.ports))}


def _names(ports: object) -> set[str]:
    found = (mapping(each).get("name") for each in sequence(ports))
    return {name for name in found if isinstance(name, str)}


RULE = Rule(
    code="SEA809",
    name="monitor-finds-nothing",
    severity=WARNING,
    summary="a ServiceMonitor or PodMonitor that matches nothing of the manifests",
    check_manifest=check,
    kinds=frozenset(ENDPOINTS),
)
