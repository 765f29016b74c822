"""An object beside the schema of its kind: what does not fit, and where. Pure.

Does: finds unknown fields, wrong types, missing fields and words that a field does not take.
Does not: say it to people; that is `explain.py`.
Holds: silent about `status`, which only controllers write. Text that somebody else fills in later
(`${REPLICAS}`) is told apart, for nobody can judge it here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seatrial.api.schema.leaves import convert
from seatrial.api.schema.node import Node
from seatrial.lint.manifest import FieldPath
from seatrial.lint.schema.choices import CHOICES

FaultSort = Literal["unknown", "type", "missing", "choice", "placeholder"]

# Required by the schema, while the API server takes their absence for the zero value.
_FORGIVEN = frozenset({
    ("v1.HTTPHeader", "value"), ("v1.LimitRangeSpec", "limits"), ("v1.SleepAction", "seconds"),
    ("v1.ISCSIVolumeSource", "lun"), ("v1.ISCSIPersistentVolumeSource", "lun"),
    ("v1.StatefulSetSpec", "serviceName"), ("v1.NetworkPolicySpec", "podSelector"),
    ("v1.PriorityClass", "value"), ("v1.TokenRequest", "audience"), ("v1.Sysctl", "value"),
    ("v1.CustomResourceDefinitionVersion", "served"),
    ("v1.CustomResourceDefinitionVersion", "storage"),
})  # fmt: skip
_PLACEHOLDERS = ("${", "$(", "{{", "<%")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not fit."""

    sort: FaultSort
    path: FieldPath
    # Of what holds the field: "unknown", "missing", "choice". Of the field itself: the others.
    node: Node
    value: Any = None
    detail: str = ""  # of a wrong value of the right type: what is wrong


def compare(root: Node, value: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Everything in `value` that does not fit `root`."""
    return faults_in(root, {key: each for key, each in value.items() if key != "status"})


def faults_in(node: Node, value: Any) -> tuple[Fault, ...]:
    """The same of any value beside any node."""
    faults: list[Fault] = []
    _compare(node, value, (), faults)
    return tuple(faults)


def _compare(node: Node, value: Any, path: FieldPath, faults: list[Fault]) -> None:
    shape = node.shape
    if shape == "any" or value is None:
        return
    if shape == "object" and type(value) is dict:
        _compare_object(node, value, path, faults)
    elif shape == "list" and type(value) is list:
        items = node.items
        assert items is not None
        for index, each in enumerate(value):
            if each is None:
                faults.append(Fault("type", (*path, index), items))
            elif not (type(each) is str and items.shape == "string"):
                _compare(items, each, (*path, index), faults)
    elif shape == "map" and type(value) is dict:
        items = node.items
        assert items is not None
        for key, each in value.items():
            if not (type(each) is str and items.shape == "string"):
                _compare(items, each, (*path, key), faults)
    else:
        faults.extend(_leaf_faults(node, value, path))


def _compare_object(
    node: Node, value: dict[str, Any], path: FieldPath, faults: list[Fault]
) -> None:
    fields = node.fields
    for key, each in value.items():
        child = fields.get(key)
        if child is None:
            faults.append(Fault("unknown", (*path, key), node, each))
        elif not (type(each) is str and child.shape == "string"):
            _compare(child, each, (*path, key), faults)
    missing = (name for name in node.required if value.get(name) is None)
    faults.extend(
        Fault("missing", (*path, name), node)
        for name in missing
        if (node.go_type, name) not in _FORGIVEN
    )
    if node.go_type in CHOICES:
        faults.extend(_choice_faults(node, value, path))


def _choice_faults(node: Node, value: dict[str, Any], path: FieldPath) -> Iterator[Fault]:
    for name, words in CHOICES[node.go_type].items():
        chosen = value.get(name)
        if type(chosen) is str and chosen and chosen not in words and not is_placeholder(chosen):
            yield Fault("choice", (*path, name), node, chosen)


def _leaf_faults(node: Node, value: Any, path: FieldPath) -> Iterator[Fault]:
    """A leaf, or a collection where there should be none, or the other way round."""
    if is_placeholder(value):
        yield Fault("placeholder", path, node, value)
        return
    wrong = "wrong type" if node.shape in {"object", "list", "map"} else convert(node, value)[1]
    if wrong:
        detail = "" if wrong == "wrong type" else wrong
        yield Fault("type", path, node, value, detail)


def is_placeholder(value: Any) -> bool:
    """Text that some tool replaces before the API server sees it."""
    return isinstance(value, str) and any(each in value for each in _PLACEHOLDERS)
