"""Values that the API server refuses although their type is right. Pure.

Does: asks the rules that our own API server asks, of the kinds that it knows; of other makers of
pods it asks those of the template.
Does not: say what other lint rules say in better words (`_LEFT_TO_OTHERS`).
Holds: a manifest is judged as the server would see it: defaults filled in, in a namespace. Its
structure must fit the schema before it is asked.
"""

import re
from collections.abc import Iterator
from typing import Any

from seatrial.api.causes import Cause
from seatrial.api.kinds import KINDS
from seatrial.api.schema.default import fill_defaults
from seatrial.api.schema.default_pod import fill_pod_template
from seatrial.api.schema.node import Node
from seatrial.api.schema.rules.pod import check_pod_spec
from seatrial.api.schema.rules.registry import check_create
from seatrial.lint.manifest import FieldPath, Manifest, mapping, sequence
from seatrial.lint.schema.compare import is_placeholder
from seatrial.lint.schema.problem import Problem
from seatrial.lint.workload import TEMPLATES

_KINDS = {(each.api_version, each.kind): each for each in KINDS}
# Their own rules look at their templates.
_WHOLE = frozenset({"Pod", "Deployment", "ReplicaSet"})
# Ends of fields that rules of their own look at.
_LEFT_TO_OTHERS = (
    "spec.template.metadata.labels", ".successThreshold", ".rollingUpdate.maxUnavailable",
    ".progressDeadlineSeconds", ".sleep.seconds", "Probe.terminationGracePeriodSeconds",
    ".restartPolicy", ".resources.requests",
)  # fmt: skip
_STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\]]*)\]")
_ADVICE = {
    "FieldValueRequired": "add it",
    "FieldValueDuplicate": "give each one of its own",
    "FieldValueForbidden": "remove it",
    "FieldValueNotFound": "name one that is there",
}


def refused_values(manifest: Manifest, root: Node) -> Iterator[Problem]:
    """What the API server would say to the manifest, which fits `root` but for unknown fields."""
    for cause in _causes(manifest, root):
        if not cause.field.endswith(_LEFT_TO_OTHERS) and not is_placeholder(cause.message):
            advice = _ADVICE.get(cause.reason, "write a value that it takes")
            message = f"the API server refuses {cause.field}: {cause.message}"
            yield Problem("value", path_of(cause.field), message, advice)


def _causes(manifest: Manifest, root: Node) -> Iterator[Cause]:
    obj = _kept(root, manifest.value)
    kind = _KINDS.get((manifest.api_version, manifest.kind))
    if kind is not None:
        if kind.namespaced:
            obj.setdefault("metadata", {}).setdefault("namespace", "default")
        fill_defaults(kind, obj)
        yield from check_create(kind, obj)
    if manifest.kind in TEMPLATES and manifest.kind not in _WHOLE:
        yield from _template_causes(manifest.kind, obj)


def _template_causes(kind: str, obj: dict[str, Any]) -> Iterator[Cause]:
    template: Any = obj
    for step in TEMPLATES[kind]:
        template = mapping(template).get(str(step))
    if not isinstance(template, dict):
        return
    fill_pod_template(template)
    template["spec"].setdefault("volumes", []).extend(_claimed_volumes(obj))
    path = ".".join(map(str, (*TEMPLATES[kind], "spec")))
    yield from check_pod_spec(template["spec"], path)


def _claimed_volumes(obj: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A StatefulSet's pods have a volume for each of its claim templates."""
    for claim in sequence(mapping(obj.get("spec")).get("volumeClaimTemplates")):
        name = mapping(mapping(claim).get("metadata")).get("name")
        yield {"name": name, "persistentVolumeClaim": {"claimName": name}}


def path_of(field: str) -> FieldPath:
    """`("spec", "ports", 0)` of `spec.ports[0]`; what stands in brackets may be a key as well."""
    steps = ((found[1], found[2]) for found in _STEP.finditer(field))
    return tuple(name or (int(at) if at.isdigit() else at) for name, at in steps)


def _kept(node: Node, value: Any) -> Any:
    """A copy as the API server's decoder makes it: without nulls and unknown fields."""
    if node.shape == "object":
        fields = node.fields
        return {
            key: _kept(fields[key], each)
            for key, each in value.items()
            if each is not None and key in fields
        }
    if node.items is not None and node.shape == "map":
        return {key: _kept(node.items, each) for key, each in value.items() if each is not None}
    if node.items is not None:
        return [_kept(node.items, each) for each in value]
    return value
