"""The OpenAPI 2 document as protobuf: the only form that kubectl asks for. Pure.

Does: writes the definitions, by which kubectl checks a `List` and a kind that no server knows
before it sends anything.
Does not: write the paths; kubectl reads those of OpenAPI 3, which is JSON.

The field numbers are those of gnostic's `openapiv2/OpenAPIv2.proto`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

# As clients ask for it, and as it is answered: a strict parser of media types refuses the "@".
ASKED_AS = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
ANSWERED_AS = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

_DOCUMENT = {"swagger": 1, "info": 2, "definitions": 9}
_INFO = {"title": 1, "version": 2}
_SCHEMA_TEXTS = {"$ref": 1, "format": 2, "title": 3, "description": 4, "pattern": 13}
_REQUIRED, _ADDITIONAL, _TYPE, _ITEMS, _PROPERTIES, _VENDOR = 19, 21, 22, 23, 25, 31
# Maps are lists of pairs, and most lists are messages with one field, which is number 1.
_NAME, _VALUE, _ONLY = 1, 2, 1
_ADDITIONAL_SCHEMA, _ADDITIONAL_BOOLEAN = 1, 2
_YAML = 2  # of an Any: its value as YAML, of which JSON is a part


def encode_openapi_v2(document: Mapping[str, Any]) -> bytes:
    """The definitions of an OpenAPI 2 document."""
    info = b"".join(_text(number, document["info"][name]) for name, number in _INFO.items())
    definitions = _schemas(document["definitions"])
    return (
        _text(_DOCUMENT["swagger"], document["swagger"])
        + _field(_DOCUMENT["info"], info)
        + _field(_DOCUMENT["definitions"], definitions)
    )


def _schemas(named: Mapping[str, Any]) -> bytes:
    return b"".join(
        _field(_ONLY, _text(_NAME, name) + _field(_VALUE, _schema(schema)))
        for name, schema in named.items()
    )


def _schema(schema: Mapping[str, Any]) -> bytes:
    return b"".join(part for key, value in schema.items() for part in _keyword(key, value))


def _keyword(key: str, value: Any) -> Iterator[bytes]:
    """One keyword of a schema; those that check values and not structure are left out."""
    if key in _SCHEMA_TEXTS:
        yield _text(_SCHEMA_TEXTS[key], value)
    elif key.startswith("x-"):
        any_value = _field(_YAML, orjson.dumps(value))
        yield _field(_VENDOR, _text(_NAME, key) + _field(_VALUE, any_value))
    match key:
        case "type":
            yield _field(_TYPE, _text(_ONLY, value))
        case "items":
            yield _field(_ITEMS, _field(_ONLY, _schema(value)))
        case "properties":
            yield _field(_PROPERTIES, _schemas(value))
        case "required":
            yield from (_text(_REQUIRED, name) for name in value)
        case "additionalProperties" if isinstance(value, Mapping):
            yield _field(_ADDITIONAL, _field(_ADDITIONAL_SCHEMA, _schema(value)))
        case "additionalProperties":
            yield _field(_ADDITIONAL, _varint(_ADDITIONAL_BOOLEAN << 3) + _varint(int(value)))


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _field(number: int, data: bytes) -> bytes:
    """A field of wire type 2: its tag, its length, its bytes."""
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
