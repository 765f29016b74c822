"""Schemas of custom resources whose CustomResourceDefinitions are among the manifests. Pure.

Does: makes nodes of `openAPIV3Schema`, so that custom resources are compared as all others are.
Does not: judge the definitions; limits, patterns and CEL rules of theirs are not applied.
Holds: where a definition allows what a node cannot say (any field beside the known ones), the place
takes anything. A required field that has a default may be missing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.api.schema.build import REF, Builder
from seatrial.api.schema.node import Node
from seatrial.lint.manifest import Manifest, mapping, sequence

_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_ANYTHING: Mapping[str, Any] = {}
_OPEN = ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")
_TEXT = {"type": "string"}


def custom_shapes(
    definitions: tuple[Manifest, ...], built_in: Mapping[str, Any]
) -> Mapping[tuple[str, str], Node]:
    """(apiVersion, kind) → root node; `built_in` are the definitions of Kubernetes itself."""
    schemas = {key: schema for each in definitions for key, schema in _schemas(each)}
    names = {key: f"{key[0]}.{key[1]}" for key in schemas}
    wanted = {names[key]: _root(schema) for key, schema in schemas.items()}
    builder = Builder({**built_in, **wanted})
    return {key: builder.node(name) for key, name in names.items()}


def _schemas(definition: Manifest) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    spec = definition.spec
    kind, group = mapping(spec.get("names")).get("kind"), spec.get("group")
    for version in sequence(spec.get("versions")):
        schema = mapping(mapping(version).get("schema")).get("openAPIV3Schema")
        if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
            yield (f"{group}/{mapping(version).get('name')}", str(kind)), schema


def _root(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Every object has these three, whatever its schema says of them."""
    own = {"apiVersion": _TEXT, "kind": _TEXT, "metadata": {"$ref": f"{REF}{_META}"}}
    plain = _plain(schema)
    return {**plain, "properties": {**plain.get("properties", {}), **own}}


def _plain(schema: Any) -> Mapping[str, Any]:
    """The part of a schema that a builder of nodes understands."""
    if not isinstance(schema, dict) or any(schema.get(each) for each in _OPEN):
        return _ANYTHING
    if not isinstance(schema.get("type", ""), str):
        return _ANYTHING
    if schema.get("x-kubernetes-int-or-string"):
        return {"$ref": f"{REF}{_INT_OR_STRING}"}
    if schema.get("type") == "array":
        return {"type": "array", "items": _plain(schema.get("items"))}
    if schema.get("type") == "object":
        return _plain_object(schema)
    # Formats of text are not those of Kubernetes' own types.
    kept = {"type", "enum"} if schema.get("type") == "string" else {"type", "enum", "format"}
    return {key: each for key, each in schema.items() if key in kept}


def _plain_object(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    values, properties = schema.get("additionalProperties"), schema.get("properties")
    if isinstance(properties, dict) and not values:
        required = (key for key in sequence(schema.get("required")) if isinstance(key, str))
        return {
            "type": "object",
            "properties": {key: _plain(each) for key, each in properties.items()},
            "required": [key for key in required if "default" not in mapping(properties.get(key))],
        }
    if isinstance(values, dict) and not properties:
        return {"type": "object", "additionalProperties": _plain(values)}
    return _ANYTHING
