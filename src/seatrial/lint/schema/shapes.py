"""The schema of a kind in an API version, in one version of Kubernetes.

Holds: the schemas of a version of Kubernetes are read when the first of its kinds is asked for
(~10 ms), and only kinds that are asked for become nodes.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from seatrial.api.schema.build import Builder
from seatrial.api.schema.builtin import load_definitions
from seatrial.api.schema.node import Node
from seatrial.api.schema.own import DEFINITIONS
from seatrial.lint.manifest import FieldPath


def shape_of(api_version: str, kind: str, minor: int) -> Node | None:
    """Its root node in Kubernetes 1.`minor`; None where it is not served."""
    builder, names, _ = _schemas(minor)
    name = names.get((api_version, kind))
    return None if name is None else builder.node(name)


def definitions_of(minor: int) -> Mapping[str, Any]:
    """Name → JSON Schema, of Kubernetes 1.`minor`."""
    return _schemas(minor)[2]


def node_at(root: Node | None, path: FieldPath | Sequence[str | int]) -> Node | None:
    """The node of a field; None where there is none."""
    node = root
    for step in path:
        if node is None:
            return None
        if isinstance(step, int):
            node = node.items if node.shape == "list" else None
        else:
            node = node.child(step) if node.shape in {"object", "map"} else None
    return node


@cache
def _schemas(minor: int) -> tuple[Builder, Mapping[tuple[str, str], str], Mapping[str, Any]]:
    """A builder, the name of the definition of each (apiVersion, kind), and the definitions."""
    definitions = load_definitions(f"1.{minor}.0") | dict(DEFINITIONS)
    names = {
        (f"{each['group']}/{each['version']}".removeprefix("/"), each["kind"]): name
        for name, schema in definitions.items()
        for each in schema.get("x-kubernetes-group-version-kind", ())
    }
    return Builder(definitions), names, definitions
