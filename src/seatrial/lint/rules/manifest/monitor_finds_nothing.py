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

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.api.selectors import Selector
from seatrial.lint.elsewhere import has_operators
from seatrial.lint.manifest import Manifest, mapping, sequence
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.manifest._policies import selector_in
from seatrial.lint.workload import Workload

# Kind → where its endpoints are.
ENDPOINTS = {"ServiceMonitor": "endpoints", "PodMonitor": "podMetricsEndpoints"}


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Something that a monitor could select."""

    namespace: str
    labels: Mapping[str, Any]
    port_names: frozenset[str]


# Subjects of a namespace and one label ("" and "" for all of them).
Index = Mapping[tuple[str, str, str], list[Subject]]


def check(manifest: Manifest, world: World) -> Hits:
    selector = selector_in(manifest.spec.get("selector"))
    if selector is None or manifest.spec.get("namespaceSelector"):
        return
    index: Index = world.inventory.remember(
        ("subjects", manifest.kind), lambda: _index(manifest.kind, world)
    )
    # Somebody who lints a monitor alone has what it watches elsewhere.
    is_at_home = (manifest.namespace, "", "") in index
    if is_at_home and not has_operators(world.inventory, manifest.namespace):
        yield from _judge(manifest, selector, index)


def _judge(manifest: Manifest, selector: Selector, index: Index) -> Iterator[Hit]:
    wanted = mapping(mapping(manifest.spec.get("selector")).get("matchLabels"))
    key, value = next(iter(wanted.items()), ("", ""))
    near = index.get((manifest.namespace, str(key), str(value)), [])
    found = [each for each in near if selector.matches(each.labels)]
    if not found:
        what = "Service" if manifest.kind == "ServiceMonitor" else "pod"
        yield Hit(
            ("spec", "selector"),
            f"no {what} of these manifests has the labels {selector}",
            f"mend the selector, or the labels of the {what}",
        )
        return
    field, names = ENDPOINTS[manifest.kind], {name for each in found for name in each.port_names}
    for place, endpoint in enumerate(sequence(manifest.spec.get(field))):
        port = mapping(endpoint).get("port")
        if isinstance(port, str) and port not in names:
            yield Hit(
                ("spec", field, place, "port"),
                f"what it selects has no port named {port}",
                f"the names there are: {', '.join(sorted(names)) or 'none'}",
            )


def _index(kind: str, world: World) -> Index:
    index: dict[tuple[str, str, str], list[Subject]] = defaultdict(list)
    for subject in _services(world) if kind == "ServiceMonitor" else _pods(world):
        for key, value in (("", ""), *subject.labels.items()):
            index[subject.namespace, str(key), str(value)].append(subject)
    return index


def _services(world: World) -> Iterator[Subject]:
    for each in world.inventory.of_kind("Service"):
        yield Subject(each.namespace, each.labels, _names(each.spec.get("ports")))


def _pods(world: World) -> Iterator[Subject]:
    for each in world.inventory.workloads:
        yield Subject(each.manifest.namespace, each.labels, _names_of_pod(each))


def _names_of_pod(workload: Workload) -> frozenset[str]:
    return _names([port for each in workload.containers for port in each.ports])


def _names(ports: object) -> frozenset[str]:
    found = (mapping(each).get("name") for each in sequence(ports))
    return frozenset(name for name in found if isinstance(name, str))


RULE = Rule(
    code="SEA809",
    name="monitor-finds-nothing",
    severity=WARNING,
    summary="a ServiceMonitor or PodMonitor that matches nothing of the manifests",
    check_manifest=check,
    kinds=frozenset(ENDPOINTS),
)
