"""From JSON Schema definitions with `x-kubernetes-*` extensions to nodes.

Holds: a definition becomes one set of fields, however often and however recursively it is used.
"""

from collections.abc import Mapping
from typing import Any

from seatrial.api.schema.node import Node, Shape, with_patch_rules

REF = "#/$defs/"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."

# Definitions whose wire form is not what their own schema says.
_SPECIAL: Mapping[str, tuple[Shape, str]] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ("int_or_string", "intstr.IntOrString"),
    "io.k8s.apimachinery.pkg.api.resource.Quantity": ("quantity", "resource.Quantity"),
    f"{_META}Time": ("time", "v1.Time"),
    f"{_META}MicroTime": ("micro_time", "v1.MicroTime"),
    f"{_META}FieldsV1": ("any", "v1.FieldsV1"),
    "io.k8s.apimachinery.pkg.runtime.RawExtension": ("any", "runtime.RawExtension"),
}
_PLAIN: Mapping[str, tuple[Shape, str]] = {
    "string": ("string", "string"),
    "integer": ("integer", "int64"),
    "number": ("number", "float64"),
    "boolean": ("boolean", "bool"),
}


class Builder:
    """Makes nodes from one set of definitions."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._made: dict[str, Node] = {}

    def node(self, name: str) -> Node:
        """The node of the definition called `name`; KeyError when there is none."""
        if name in self._made:
            return self._made[name]
        if name in _SPECIAL:
            shape, go_type = _SPECIAL[name]
            self._made[name] = Node(shape, go_type)
            return self._made[name]
        return self._make(name, self._definitions[name])

    def _make(self, name: str, schema: Mapping[str, Any]) -> Node:
        properties = schema.get("properties")
        if properties is None:
            self._made[name] = self._inline(schema)
            return self._made[name]
        fields: dict[str, Node] = {}
        # Known before its fields are, so that a definition may contain itself.
        self._made[name] = Node(
            "object",
            ".".join(name.split(".")[-2:]),
            fields=fields,
            required=tuple(schema.get("required", ())),
            is_atomic_map=schema.get("x-kubernetes-map-type") == "atomic",
        )
        fields.update((key, self._field(each)) for key, each in properties.items())
        return self._made[name]

    def _field(self, schema: Mapping[str, Any]) -> Node:
        return with_patch_rules(
            self._inline(schema),
            strategy=schema.get("x-kubernetes-patch-strategy", ""),
            merge_key=schema.get("x-kubernetes-patch-merge-key", ""),
            list_type=schema.get("x-kubernetes-list-type", ""),
            list_map_keys=tuple(schema.get("x-kubernetes-list-map-keys", ())),
            is_atomic_map=schema.get("x-kubernetes-map-type") == "atomic",
        )

    def _inline(self, schema: Mapping[str, Any]) -> Node:
        if "$ref" in schema:
            return self.node(schema["$ref"].removeprefix(REF))
        kind = _type_of(schema)
        if kind == "array":
            items = self._inline(schema["items"])
            return Node("list", f"[]{items.go_type}", items=items)
        if kind == "object":
            return self._object(schema)
        if schema.get("format") == "byte":
            return Node("bytes", "[]uint8")
        if kind not in _PLAIN:
            return Node("any", "interface {}")
        shape, go_type = _PLAIN[kind]
        numeric = shape in {"integer", "number"}
        enum = tuple(schema.get("enum", ()))
        return Node(shape, schema.get("format", go_type) if numeric else go_type, enum=enum)

    def _object(self, schema: Mapping[str, Any]) -> Node:
        if "additionalProperties" in schema:
            values = self._inline(schema["additionalProperties"])
            return Node("map", f"map[string]{values.go_type}", items=values)
        if "properties" not in schema:
            return Node("any", "map[string]interface {}")
        fields = {key: self._field(each) for key, each in schema["properties"].items()}
        return Node("object", "object", fields=fields, required=tuple(schema.get("required", ())))


def _type_of(schema: Mapping[str, Any]) -> str:
    """The one type besides null."""
    kind = schema.get("type", "")
    return next((each for each in kind if each != "null"), "") if isinstance(kind, list) else kind
