"""Deployments and their companions as text, and what one rule says of them."""

from textwrap import dedent, indent
from typing import Any

from lint_examples import manifests

from seatrial.lint.edits import apply_edits
from seatrial.lint.inventory import Inventory, inventory_of
from seatrial.lint.manifest import Manifest
from seatrial.lint.model import LintFinding
from seatrial.lint.registry import built_in_rules
from seatrial.lint.rule import World
from seatrial.lint.runner import run_rules
from seatrial.lint.workload import Container, Workload

SERVICE = """\
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


def deployment(
    container: str = "",
    *,
    pod: str = "",
    spec: str = "",
    annotations: str = "",
    kind: str = "Deployment",
    ports: str = "ports: [{containerPort: 8080}]",
    image: str = "web:1.0",
) -> str:
    """A workload `web`; each argument is YAML of its place, at any indentation."""
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: web\nspec:\n{_at(2, spec)}"
        "  selector:\n    matchLabels: {app: web}\n"
        "  template:\n    metadata:\n      labels: {app: web}\n"
        f"      annotations:\n        tests: 'yes'\n{_at(8, annotations)}"
        f"    spec:\n{_at(6, pod)}      containers:\n      - name: web\n        image: {image}\n"
        f"{_at(8, ports)}{_at(8, container)}"
    )


def budget(spec: str, name: str = "web", selector: str = "{matchLabels: {app: web}}") -> str:
    return (
        f"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: {name}\n"
        f"spec:\n{_at(2, spec)}  selector: {selector}\n"
    )


def autoscaler(fewest: int) -> str:
    return (
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: web\nspec:\n"
        "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n"
        f"  minReplicas: {fewest}\n  maxReplicas: 10\n"
    )


def _at(depth: int, text: str) -> str:
    text = dedent(text).strip("\n")
    return indent(text + "\n", " " * depth) if text else ""


def world_of(*texts: str, version: tuple[int, int] = (1, 37)) -> World:
    return World(inventory_of(manifests("---\n".join(texts))), version)


def found(rule: str, *texts: str, version: tuple[int, int] = (1, 37)) -> list[LintFinding]:
    """What the rule of this name says."""
    (chosen,) = (each for each in built_in_rules() if each.name == rule)
    return run_rules(world_of(*texts, version=version), [chosen])


def message(rule: str, *texts: str, version: tuple[int, int] = (1, 37)) -> str:
    """The message of the only finding."""
    (finding,) = found(rule, *texts, version=version)
    return finding.message


def mended(rule: str, *texts: str, version: tuple[int, int] = (1, 37)) -> dict[str, Any]:
    """The manifest of the only finding, with its edits."""
    (finding,) = found(rule, *texts, version=version)
    assert finding.edits
    return apply_edits(finding.manifest.value, finding.edits)


def workload_in(text: str) -> tuple[Workload, Container, Inventory]:
    """The only workload, its first container, and the inventory around."""
    inventory = world_of(text).inventory
    (workload,) = inventory.workloads
    return workload, workload.main_containers[0], inventory


def again(finding: LintFinding, *others: Manifest) -> Inventory:
    """The inventory after the finding's edits."""
    manifest = finding.manifest
    value = apply_edits(manifest.value, finding.edits)
    return inventory_of([Manifest(value, manifest.source, manifest.node), *others])


def pod_spec(value: dict[str, Any]) -> dict[str, Any]:
    """Of a mended workload's template."""
    spec: dict[str, Any] = value["spec"]["template"]["spec"]
    return spec
