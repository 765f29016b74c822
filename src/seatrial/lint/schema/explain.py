"""Faults → what to say and what a machine may do. Pure.

Does: names the field that was meant, or where the field belongs, or the version that has it.
Holds: a change is offered only where there is one reading of what was meant: a misspelling of one
field that is not there yet, text that lacks its quotes, a number that has too many.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from seatrial.api.schema.node import Node
from seatrial.lint.edits import Edit, RenameKey, SetField
from seatrial.lint.manifest import FieldPath, Manifest, render_path
from seatrial.lint.schema.choices import CHOICES
from seatrial.lint.schema.compare import Fault, faults_in
from seatrial.lint.schema.nearest import nearest
from seatrial.lint.schema.problem import Problem
from seatrial.lint.schema.shapes import node_at, shape_of
from seatrial.lint.schema.standing import NEWEST, OLDEST

_TYPES = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "bytes": "text in base64", "time": "a time as 2006-01-02T15:04:05Z", "list": "a list",
    "micro_time": "a time as 2006-01-02T15:04:05.000000Z", "object": "a mapping",
    "map": "a mapping", "quantity": "a quantity such as 500m or 128Mi",
    "int_or_string": "a whole number or text",
}  # fmt: skip

_SHOWN = frozenset({str, int, float})  # what is said of these needs what was written


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose faults these are: a manifest, beside the schema of its kind in Kubernetes 1.`minor`."""

    manifest: Manifest
    root: Node
    minor: int


def explain(subject: Subject, fault: Fault) -> Problem | None:
    """The problem; None where there is none after all, or none that can be known."""
    match fault.sort:
        case "unknown":
            return _unknown(subject, fault)
        case "type":
            return _wrong_type(subject, fault)
        case "missing":
            return _missing(subject, fault)
        case "choice":
            return _choice(fault)
        case "placeholder":
            return None


def _unknown(subject: Subject, fault: Fault) -> Problem:
    key = str(fault.path[-1])
    message = f"{_name(fault.node)} has no field {key}"
    siblings = _value_at(subject.manifest.value, fault.path[:-1])
    if twin := _twin(key, siblings):
        return Problem("unknown", fault.path, message, f"remove it: {twin} is there as well")
    near = nearest(key, fault.node.fields)
    if near and near.name in siblings:
        return Problem("unknown", fault.path, message, f"remove it: {near.name} is there as well")
    if near:
        advice = f"write {near.name}" if near.is_only else f"perhaps {near.name} is meant"
        fits = not faults_in(fault.node.fields[near.name], fault.value)
        edits = (RenameKey(fault.path, near.name),) if near.is_only and fits else ()
        return Problem("unknown", fault.path, message, advice, edits)
    here = f"{message} in Kubernetes 1.{subject.minor}"
    if told := _in_later_version(subject, fault.path):
        return Problem("unknown", fault.path, here, told)
    if home := next(_homes(subject, fault.path), None):
        return Problem("unknown", fault.path, message, f"it belongs to {home}: move it there")
    if told := _in_earlier_version(subject, fault.path):
        return Problem("unknown", fault.path, here, told)
    return Problem("unknown", fault.path, message, "remove it, or look for its right name")


def _twin(key: str, siblings: Mapping[str, Any]) -> str:
    """The field beside it that differs by case alone."""
    low = key.lower()
    return next((name for name in siblings if name != key and name.lower() == low), "")


def _homes(subject: Subject, path: FieldPath) -> Iterator[str]:
    """Where a field of this name is known: around this place first, then inside it."""
    key = str(path[-1])
    for depth in range(len(path) - 2, -1, -1):
        node = node_at(subject.root, path[:depth])
        if node is not None and node.shape == "object" and key in node.fields:
            yield render_path(path[:depth]) or "the object itself"
    here = node_at(subject.root, path[:-1])
    for name, child in here.fields.items() if here is not None else ():
        inner = child.items if child.shape == "list" and child.items else child
        if inner.shape == "object" and key in inner.fields and name != "status":
            yield render_path((*path[:-1], name)) + ("[]" if inner is not child else "")


def _in_later_version(subject: Subject, path: FieldPath) -> str:
    for minor in range(subject.minor + 1, NEWEST + 1):
        if _has(subject.manifest, path, minor):
            return f"it is there from 1.{minor} on: remove it, or upgrade the cluster first"
    return ""


def _in_earlier_version(subject: Subject, path: FieldPath) -> str:
    for minor in range(subject.minor - 1, OLDEST - 1, -1):
        if _has(subject.manifest, path, minor):
            return f"it was removed after 1.{minor}: remove it"
    return ""


def _has(manifest: Manifest, path: FieldPath, minor: int) -> bool:
    return node_at(shape_of(manifest.api_version, manifest.kind, minor), path) is not None


def _wrong_type(subject: Subject, fault: Fault) -> Problem:
    wanted = _TYPES.get(fault.node.shape, "something else")
    written = _written(subject.manifest.node, fault.path)
    if fault.detail:
        message = f"{_last_name(fault.path)} is {fault.value!r}, which is not {wanted}"
        return Problem("type", fault.path, message, f"write {wanted}")
    found = _found(fault.value)
    shown = f"{found} {written}" if written and type(fault.value) in _SHOWN else found
    message = f"{_last_name(fault.path)} is {shown}, and takes {wanted}"
    edits = tuple(_retyped(fault, written))
    return Problem("type", fault.path, message, _how_to_retype(fault, written, wanted), edits)


def _retyped(fault: Fault, written: str) -> Iterator[Edit]:
    value, shape = fault.value, fault.node.shape
    if shape == "string" and isinstance(value, bool | int | float) and written:
        yield SetField(fault.path, written)
    elif shape == "integer" and isinstance(value, str) and value.isascii() and value.isdigit():
        yield SetField(fault.path, int(value))
    elif shape == "boolean" and value in ("true", "false"):
        yield SetField(fault.path, value == "true")


def _how_to_retype(fault: Fault, written: str, wanted: str) -> str:
    value, shape = fault.value, fault.node.shape
    if shape == "string" and isinstance(value, bool | int | float) and written:
        return f'put it into quotes: "{written}"'
    if isinstance(value, str) and shape in {"integer", "boolean"}:
        return "write it without quotes" if any(_retyped(fault, written)) else f"write {wanted}"
    if shape == "list" and isinstance(value, dict):
        return "begin each entry with a dash"
    if shape in {"object", "map"} and isinstance(value, list):
        return "write its fields without a dash"
    return f"write {wanted}"


def _missing(subject: Subject, fault: Fault) -> Problem | None:
    """Newer schemas leave out what only ever was required by mistake."""
    name = str(fault.path[-1])
    manifest = subject.manifest
    newest = node_at(shape_of(manifest.api_version, manifest.kind, NEWEST), fault.path[:-1])
    if newest is not None and name not in newest.required:
        return None
    message = f"{_name(fault.node)} has no {name}, which is required"
    return Problem("missing", fault.path, message, f"add {name}")


def _choice(fault: Fault) -> Problem:
    name, chosen = str(fault.path[-1]), str(fault.value)
    words = CHOICES[fault.node.go_type][name]
    message = f"{name} is {chosen!r}, and takes {', '.join(words[:-1])} or {words[-1]}"
    near = nearest(chosen, words)
    if near is None:
        return Problem("value", fault.path, message, "write one of them")
    edits = (SetField(fault.path, near.name),) if near.is_only else ()
    return Problem("value", fault.path, message, f"write {near.name}", edits)


def _name(node: Node) -> str:
    """`PodSpec`, as the reference of the API calls it."""
    return node.struct if node.struct and node.struct != "object" else "this object"


def _last_name(path: FieldPath) -> str:
    """`ports[0]`: the field with its index."""
    start = next((at for at in range(len(path) - 1, -1, -1) if isinstance(path[at], str)), 0)
    return render_path(path[start:])


def _found(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return "the text"
        case int() | float():
            return "the number"
        case list():
            return "a list"
        case None:
            return "nothing"
        case _:
            return "a mapping"


def _written(node: yaml.Node, path: FieldPath) -> str:
    """A scalar as its author wrote it: 1.10, 0777, yes. "" where that is not known."""
    for step in path:
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            below = node.value[step] if step < len(node.value) else None
        else:
            below = None
        if below is None:
            return ""
        node = below
    return node.value if isinstance(node, yaml.ScalarNode) else ""


def _value_at(value: Any, path: FieldPath) -> Mapping[str, Any]:
    for step in path:
        value = value[step]
    return value if isinstance(value, dict) else {}
