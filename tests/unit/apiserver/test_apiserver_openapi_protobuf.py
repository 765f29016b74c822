"""The OpenAPI 2 document as protobuf, read back field by field."""

from typing import Any

from seatrial.api.kinds import KINDS
from seatrial.api.openapi import document_v2
from seatrial.apiserver.protobuf.openapi_v2 import encode_openapi_v2

DEFINITIONS, ONLY, NAME, VALUE = 9, 1, 1, 2
REF, REQUIRED, ADDITIONAL, TYPE, ITEMS, PROPERTIES, VENDOR = 1, 19, 21, 22, 23, 25, 31


def fields(data: bytes) -> list[tuple[int, Any]]:
    """Number and value of each field; only the wire types that the document uses."""
    found: list[tuple[int, Any]] = []
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        value, at = varint(data, at)
        if tag & 7 == 2:
            found.append((tag >> 3, data[at : at + value]))
            at += value
        else:
            found.append((tag >> 3, value))
    return found


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
    return value | data[at] << shift, at + 1


def every(data: bytes, number: int) -> list[Any]:
    return [value for each, value in fields(data) if each == number]


def named(data: bytes) -> dict[str, bytes]:
    """A map: its entries are fields of number 1, each a name and a value."""
    entries = [dict(fields(entry)) for entry in every(data, ONLY)]
    return {entry[NAME].decode(): entry.get(VALUE, b"") for entry in entries}


def schema(data: bytes) -> dict[str, Any]:
    """A schema as JSON has it, as far as the message says."""
    found = dict(fields(data))
    read: dict[str, Any] = {}
    if REF in found:
        read["$ref"] = found[REF].decode()
    if TYPE in found:
        read["type"] = every(found[TYPE], ONLY)[0].decode()
    if ITEMS in found:
        read["items"] = schema(every(found[ITEMS], ONLY)[0])
    if PROPERTIES in found:
        read["properties"] = {k: schema(v) for k, v in named(found[PROPERTIES]).items()}
    if ADDITIONAL in found:
        read["additionalProperties"] = schema(every(found[ADDITIONAL], ONLY)[0])
    if required := every(data, REQUIRED):
        read["required"] = [name.decode() for name in required]
    return read


def said(wanted: Any) -> Any:
    """What `schema` can read of a schema."""
    keys = ("$ref", "type", "items", "properties", "additionalProperties", "required")
    kept = {key: wanted[key] for key in keys if key in wanted}
    for key in ("items", "additionalProperties"):
        if key in kept:
            kept[key] = said(kept[key])
    if "properties" in kept:
        kept["properties"] = {name: said(each) for name, each in kept["properties"].items()}
    return kept


def test_every_definition_says_the_same_as_in_json() -> None:
    document = document_v2(KINDS)
    definitions = named(every(encode_openapi_v2(document), DEFINITIONS)[0])
    assert list(definitions) == list(document["definitions"])
    for name, wanted in document["definitions"].items():
        assert schema(definitions[name]) == said(wanted), name


def test_kinds_are_found_by_their_group_version_and_kind() -> None:
    document = document_v2(KINDS)
    definitions = named(every(encode_openapi_v2(document), DEFINITIONS)[0])
    pod = definitions["io.k8s.api.core.v1.Pod"]
    extensions = {
        k: v for each in every(pod, VENDOR) for k, v in [tuple(dict(fields(each)).values())]
    }
    yaml = dict(fields(extensions[b"x-kubernetes-group-version-kind"]))[2]
    assert yaml == b'[{"group":"","kind":"Pod","version":"v1"}]'
