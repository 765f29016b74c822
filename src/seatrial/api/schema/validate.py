"""Structure: does an object have the fields and types of its kind?

Does: takes an object apart along its schema; tells wrong types, unknown fields and (for our own
kinds) missing fields; gives back the object as the API server's decoder would keep it: without
unknown fields and nulls, quantities and times in canonical form.
Does not: judge values; that is `rules/`.
Holds: an object that fits is given back as it is, without a copy (the common case is the fast one).
Differs from Kubernetes: a key that stands twice in one JSON object is not noticed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from seatrial.api import causes, status
from seatrial.api.causes import Cause
from seatrial.api.kinds import Kind
from seatrial.api.objects import Object
from seatrial.api.schema.leaves import WRONG_TYPE, convert, json_name
from seatrial.api.schema.node import Node
from seatrial.api.schema.own import is_own
from seatrial.api.schema.schemas import schema_of
from seatrial.api.schema.walk import join_field


@dataclass(frozen=True, slots=True)
class Mistake:
    """A value that cannot stand where it stands."""

    field: str  # spec.containers[0].name
    message: str  # as Kubernetes' decoder says it
    found: str  # the JSON type that stands there: "array"
    wanted: str  # the JSON type that should: "string"


@dataclass(frozen=True, slots=True)
class Structure:
    """An object taken apart: `value` is what remains of it when unknown fields are pruned."""

    value: Object
    mistakes: tuple[Mistake, ...] = ()
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What a caller who asked for warnings is told of unknown fields."""
        return [f'unknown field "{path}"' for path in self.unknown]


def take_apart(kind: Kind, obj: Object) -> Structure:
    """The object beside the schema of its kind. Does not change `obj`."""
    node = schema_of(kind)
    structure = take_apart_node(node, obj)
    if not is_own(kind):
        return structure
    return replace(structure, missing=tuple(_missing(node, structure.value, "")))


def take_apart_node(node: Node, obj: Object) -> Structure:
    """The same beside any schema of an object; nothing is said of missing fields."""
    if _fits(node, obj):
        return Structure(obj)
    found = _Findings()
    value = _conform(node, obj, _Place(), found)
    kept = value if isinstance(value, dict) else {}
    return Structure(kept, tuple(found.mistakes), tuple(found.unknown))


def refusal(kind: Kind, structure: Structure, *, strict: bool) -> status.Status | None:
    """The Status for a structure that cannot be taken, or None.

    `strict`: unknown fields are a reason (`fieldValidation=Strict`).
    """
    if is_own(kind) and (structure.mistakes or structure.missing):
        name = str((structure.value.get("metadata") or {}).get("name", ""))
        return status.invalid(kind, name, _own_causes(structure))
    if structure.mistakes:
        return status.undecodable(kind, [structure.mistakes[0].message])
    if structure.unknown and strict:
        return status.undecodable(kind, [f"strict decoding error: {', '.join(structure.warnings)}"])
    return None


def _own_causes(structure: Structure) -> list[Cause]:
    missing = [causes.required(path) for path in structure.missing]
    return [*(_type_cause(mistake) for mistake in structure.mistakes), *missing]


def _type_cause(mistake: Mistake) -> Cause:
    """A wrong type in the words of custom resources."""
    must = f"{mistake.field} in body must be of type {mistake.wanted}"
    message = f'Invalid value: "{mistake.found}": {must}: "{mistake.found}"'
    return Cause("FieldValueTypeInvalid", mistake.field, message)


def _missing(node: Node, value: Any, path: str) -> Iterator[str]:
    """Required fields that are absent.

    Asked of our own kinds only: for the others Kubernetes' decoder fills zero values in, and its
    rules then say what may not be zero.
    """
    if node.shape != "object" or not isinstance(value, dict):
        return
    yield from (join_field(path, key) for key in node.required if value.get(key) is None)
    for key, child in node.fields.items():
        if key in value:
            yield from _missing(child, value[key], join_field(path, key))


def _fits(node: Node, value: Any) -> bool:
    """Nothing in `value` needs a word or a change."""
    match node.shape:
        case "object":
            return type(value) is dict and _fields_fit(node, value)
        case "string":
            return type(value) is str
        case "list":
            items = node.items
            assert items is not None
            return type(value) is list and all(_fits(items, each) for each in value)
        case "map":
            items = node.items
            assert items is not None
            return type(value) is dict and all(_fits(items, each) for each in value.values())
        case "boolean":
            return type(value) is bool
        case "any":
            return True
        case _:
            return value is not None and convert(node, value) == (value, "")


def _fields_fit(node: Node, value: dict[str, Any]) -> bool:
    fields = node.fields
    for key, each in value.items():
        child = fields.get(key)
        if child is None or not _fits(child, each):
            return False
    return True


@dataclass(slots=True)
class _Findings:
    mistakes: list[Mistake] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is, as people and as Kubernetes' decoder write it."""

    field: str = ""
    go_path: str = ""
    struct: str = ""

    def enter(self, key: str, struct: str) -> "_Place":
        return _Place(join_field(self.field, key), join_field(self.go_path, key), struct)

    def at(self, index: int) -> "_Place":
        return _Place(f"{self.field}[{index}]", self.go_path, self.struct)

    def under(self, key: str) -> "_Place":
        return _Place(f"{self.field}[{key}]", self.go_path, self.struct)


def _conform(node: Node, value: Any, place: _Place, found: _Findings) -> Any:
    if value is None or node.shape == "any":
        return value
    match node.shape:
        case "object" if isinstance(value, dict):
            return _conform_object(node, value, place, found)
        case "map" if isinstance(value, dict):
            items = node.items
            assert items is not None
            return {
                key: _or_zero(items, _conform(items, each, place.under(key), found))
                for key, each in value.items()
            }
        case "list" if isinstance(value, list):
            items = node.items
            assert items is not None
            return [
                _or_zero(items, _conform(items, each, place.at(index), found))
                for index, each in enumerate(value)
            ]
        case "object" | "map" | "list":
            found.mistakes.append(_mistake(node, value, place))
            return None
    kept, wrong = convert(node, value)
    if wrong:
        found.mistakes.append(_mistake(node, value, place, wrong))
    return kept


def _conform_object(
    node: Node, value: dict[str, Any], place: _Place, found: _Findings
) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, each in value.items():
        child = node.fields.get(key)
        if child is None:
            found.unknown.append(join_field(place.field, key))
            continue
        result = _conform(child, each, place.enter(key, node.struct), found)
        if result is not None:
            kept[key] = result
    return kept


_ZERO: dict[str, Any] = {"string": "", "object": {}, "map": {}, "list": [], "integer": 0,
                         "boolean": False, "quantity": "0", "bytes": "",
                         "int_or_string": 0}  # fmt: skip


def _or_zero(node: Node, value: Any) -> Any:
    """A null inside a list or map is the zero value of its type."""
    if value is not None:
        return value
    zero = _ZERO.get(node.shape)
    return zero.copy() if isinstance(zero, dict | list) else zero


_JSON_TYPES = {"map": "object", "list": "array", "bytes": "string", "time": "string",
               "micro_time": "string", "int_or_string": "integer or string"}  # fmt: skip


def _mistake(node: Node, value: Any, place: _Place, wrong: str = "wrong type") -> Mistake:
    message = wrong if wrong != WRONG_TYPE else _cannot_unmarshal(node, value, place)
    wanted = _JSON_TYPES.get(node.shape, node.shape)
    name = json_name(value).partition(" ")[0]
    found = "integer" if type(value) is int else "boolean" if name == "bool" else name
    return Mistake(place.field, message, found, wanted)


def _cannot_unmarshal(node: Node, value: Any, place: _Place) -> str:
    struct = f"{place.struct}." if place.struct else ""
    where = f"Go struct field {struct}{place.go_path}" if place.go_path else "Go value"
    return f"json: cannot unmarshal {json_name(value)} into {where} of type {node.go_type}"


def unknown_fields(kind: Kind, obj: Object) -> Sequence[str]:
    """Paths of fields that the kind does not have."""
    return take_apart(kind, obj).unknown


def prune(kind: Kind, obj: Object) -> Object:
    """The object without unknown fields and nulls; `obj` itself when there are none."""
    return take_apart(kind, obj).value
