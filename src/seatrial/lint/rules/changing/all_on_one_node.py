"""All replicas are bound to the same node.

By `nodeName`, by a node selector or a required node affinity for one hostname, or by a required
affinity of the pods to each other.

Why it hurts: when that node is drained there is nowhere to go: every replica is away until it
comes back. When it dies, so does the application.

Prove it: `seatrial verify --trial node-drain` drains the node.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          nodeSelector:
            kubernetes.io/hostname: node-7
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
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

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
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

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.lint.manifest import FieldPath, mapping, sequence
from seatrial.lint.placing import HOSTNAME, required_terms, selects_itself
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def check(workload: Workload, world: World) -> Hits:
    replicas = world.inventory.replicas_at_least(workload)
    if replicas is None or replicas < 2:
        return
    for path, how in _ties(workload):
        yield Hit(
            path,
            f"{how}: all {replicas} replicas go with one node",
            "let the scheduler choose, and spread them by topologySpreadConstraints",
        )


def _ties(workload: Workload) -> Iterator[tuple[FieldPath, str]]:
    spec = workload.pod_spec
    if spec.get("nodeName"):
        yield workload.pod_path("nodeName"), f"nodeName is {spec['nodeName']}"
    if HOSTNAME in mapping(spec.get("nodeSelector")):
        yield workload.pod_path("nodeSelector", HOSTNAME), "the node selector names one host"
    required = mapping(mapping(mapping(spec.get("affinity")).get("nodeAffinity")).get(_REQUIRED))
    terms = sequence(required.get("nodeSelectorTerms"))
    hosts = {_host(mapping(each)) for each in terms}
    if len(hosts) == 1 and "" not in hosts:
        path = workload.pod_path("affinity", "nodeAffinity", _REQUIRED)
        yield path, "the node affinity names one host"
    for path, term in required_terms(workload, "podAffinity"):
        if term.get("topologyKey") == HOSTNAME and selects_itself(workload, term):
            yield path, "the pods have to be on the same host as each other"


def _host(term: Mapping[str, Any]) -> str:
    """The only host that the term allows; "" where it allows others."""
    for each in map(mapping, sequence(mapping(term).get("matchExpressions"))):
        values = sequence(each.get("values"))
        if each.get("key") == HOSTNAME and each.get("operator") == "In" and len(values) == 1:
            return str(values[0])
    return ""


RULE = Rule(
    code="SEA204",
    name="all-on-one-node",
    severity=WARNING,
    summary="all replicas are bound to one node",
    check_workload=check,
)
