"""The OpenAPI documents that clients ask for: `kubectl explain`, server-side field validation.

Does: cuts the definitions of some kinds out of the schema package (and our own) and writes them as
OpenAPI 3 (one document a group and version) or OpenAPI 2 (one for all).
Does not: cache; a document takes some 20 ms and is asked for once a client.
Differs from Kubernetes: paths list only what clients look up (the verbs of each kind and whether
they know `fieldValidation`), not every parameter and answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from seatrial.api.kinds import Kind
from seatrial.api.schema.build import REF
from seatrial.api.schema.builtin import KUBERNETES_VERSION, load_definitions
from seatrial.api.schema.own import DEFINITIONS
from seatrial.api.schema.schemas import definition_name

_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_V3, _V2 = "#/components/schemas/", "#/definitions/"
_METHODS = {"get": "get", "update": "put", "patch": "patch", "delete": "delete"}


def document_v3(kinds: Sequence[Kind]) -> dict[str, Any]:
    """The OpenAPI 3 document of one group and version, whose kinds these are."""
    schemas = definition_closure(kinds)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": f"v{KUBERNETES_VERSION}"},
        "paths": {path: item for kind in kinds for path, item in _paths(kind, is_v3=True)},
        "components": {"schemas": {name: _v3(name, each) for name, each in schemas.items()}},
    }


def document_v2(kinds: Sequence[Kind]) -> dict[str, Any]:
    """The OpenAPI 2 document of all these kinds."""
    schemas = definition_closure(kinds)
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": f"v{KUBERNETES_VERSION}"},
        "paths": {path: item for kind in kinds for path, item in _paths(kind, is_v3=False)},
        "definitions": {name: _v2(name, each) for name, each in schemas.items()},
    }


def definition_closure(kinds: Iterable[Kind]) -> dict[str, Any]:
    """The definitions of these kinds and all that they refer to, as the package writes them."""
    definitions = load_definitions() | dict(DEFINITIONS)
    found: dict[str, Any] = {}
    waiting = [definition_name(kind) for kind in kinds]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            waiting.extend(_references(definitions[name]))
    return dict(sorted(found.items()))


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(REF)
        for each in schema.values():
            yield from _references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def _v3(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    if name == _INT_OR_STRING:
        either = [{"type": "integer"}, {"type": "string"}]
        return {"description": _about(schema), "format": "int-or-string", "oneOf": either}
    if name == _QUANTITY:
        either = [{"type": "string"}, {"type": "number"}]
        return {"description": _about(schema), "oneOf": either}
    return _rewrite(schema, prefix=_V3)


def _v2(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    if name == _INT_OR_STRING:
        return {"description": _about(schema), "type": "string", "format": "int-or-string"}
    if name == _QUANTITY:
        return {"description": _about(schema), "type": "string"}
    return _rewrite(schema, prefix=_V2)


def _about(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description", ""))


def _rewrite(schema: Mapping[str, Any], *, prefix: str) -> dict[str, Any]:
    """One schema in the dialect whose references begin with `prefix`: one type, no null."""
    written: dict[str, Any] = {}
    for key, value in schema.items():
        match key:
            case "$ref":
                target = {"$ref": prefix + value.removeprefix(REF)}
                # OpenAPI 3 ignores what stands beside a reference, so it is wrapped.
                written |= {"allOf": [target]} if prefix == _V3 else target
            case "type":
                written["type"] = _one_type(value)
            case "properties":
                written[key] = {k: _rewrite_field(k, v, prefix) for k, v in value.items()}
            case "items" | "additionalProperties" if isinstance(value, Mapping):
                written[key] = _rewrite(value, prefix=prefix)
            case _:
                written[key] = value
    return written


def _rewrite_field(name: str, schema: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    field = _rewrite(schema, prefix=prefix)
    if name in {"apiVersion", "kind"}:
        # The package pins them to one value, which Kubernetes' own documents do not.
        field.pop("enum", None)
    return field


def _one_type(kind: str | Sequence[str]) -> str:
    return kind if isinstance(kind, str) else next(each for each in kind if each != "null")


def _paths(kind: Kind, *, is_v3: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    namespace = "{namespace}" if kind.namespaced else None
    collection, one = kind.path(namespace), kind.path(namespace, "{name}")
    yield (
        collection,
        {
            "get": _operation(kind, "list", is_v3=is_v3),
            "post": _operation(kind, "post", is_v3=is_v3),
        },
    )
    methods = {_METHODS[verb]: verb for verb in kind.verbs if verb in _METHODS}
    yield (
        one,
        {
            method: _operation(kind, "put" if method == "put" else verb, is_v3=is_v3)
            for method, verb in methods.items()
        },
    )


def _operation(kind: Kind, action: str, *, is_v3: bool) -> dict[str, Any]:
    gvk = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    text = {"schema": {"type": "string"}} if is_v3 else {"type": "string"}
    known = ["dryRun", "fieldManager", "fieldValidation"] if action in _WRITES else []
    return {
        "operationId": f"{action}{kind.group}{kind.version}{kind.kind}",
        "parameters": [{"name": name, "in": "query"} | text for name in known],
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": gvk,
    }


_WRITES = {"post", "put", "patch"}
