"""A protobuf body as the JSON object it stands for. Pure.

Does: the envelope (`k8s` and a zero byte, then a message that names the kind and holds the object),
then the object by the table in `messages.py`.
Holds: a field that the table does not know is an error, never dropped; nesting and lengths are
bounded by the body's own length.
"""

import base64
from collections.abc import Iterator
from typing import Any

from seatrial.api import timestamps
from seatrial.apiserver.protobuf.messages import ALIASES, MESSAGES
from seatrial.kit.errors import SeatrialError

MAGIC = b"k8s\x00"
NANOS_PER_S = 1_000_000_000
_VARINT_BYTES_MAX = 10
_STRING_TYPE = 1  # of an IntOrString: its text counts


class UnreadableProtobuf(SeatrialError):
    """Not protobuf as we know it: damaged, or with a field that our table lacks."""


def decode_protobuf(body: bytes) -> dict[str, Any]:
    """The object, with `apiVersion` and `kind`. Raises UnreadableProtobuf."""
    if not body.startswith(MAGIC):
        raise UnreadableProtobuf("the body does not begin with Kubernetes' protobuf mark")
    envelope: dict[str, Any] = _message("Unknown", body[len(MAGIC) :])
    meta = envelope.get("typeMeta", {})
    if envelope.get("contentEncoding"):
        raise UnreadableProtobuf("a compressed protobuf body is not read")
    name = f"{meta.get('apiVersion', '')}/{meta.get('kind', '')}"
    if name not in MESSAGES and name not in ALIASES:
        raise UnreadableProtobuf(f"{name} is not read as protobuf")
    raw = base64.b64decode(envelope.get("raw", ""))
    return {**meta, **_message(name, raw)}


def _message(name: str, data: bytes) -> dict[str, Any]:
    fields = MESSAGES[ALIASES.get(name, name)]
    found: dict[str, Any] = {}
    for number, value in _fields(data):
        if number not in fields:
            raise UnreadableProtobuf(f"field {number} of {name} is not read as protobuf")
        field, kind = fields[number]
        if kind.startswith("["):
            found.setdefault(field, []).append(_value(kind[1:-1], value))
        elif kind.startswith("{"):
            key, entry = _map_entry(kind[1:-1], value)
            found.setdefault(field, {})[key] = entry
        elif kind.startswith("<"):
            found |= _message(kind[1:], _data(value))
        elif not _is_absent(kind, value):
            found[field] = _value(kind, value)
    return found


def _is_absent(kind: str, value: int | bytes) -> bool:
    """Go writes zero values of fields that cannot be absent; JSON leaves them out."""
    return kind in {"s", "i", "b", "y", "Time", "MicroTime"} and not value


def _value(kind: str, value: int | bytes) -> Any:
    if kind in {"i", "I", "b", "B"}:
        number = _number(value)
        return bool(number) if kind in {"b", "B"} else number
    data = _data(value)
    match kind:
        case "s":
            return _text(data)
        case "y":
            return base64.b64encode(data).decode()
        case "Time":
            numbers = dict(_fields(data))
            return timestamps.render(_number(numbers.get(1, 0)))
        case "MicroTime":
            numbers = dict(_fields(data))
            nanos = _number(numbers.get(2, 0))
            return timestamps.render_micro(_number(numbers.get(1, 0)) + nanos / NANOS_PER_S)
        case "Quantity":
            return next((_text(_data(each)) for _, each in _fields(data)), "0")
        case "IntOrString":
            return _int_or_string(data)
    return _message(kind, data)


def _int_or_string(data: bytes) -> int | str:
    parts = dict(_fields(data))
    if parts.get(1) == _STRING_TYPE:
        return _text(_data(parts.get(3, b"")))
    return _number(parts.get(2, 0))


def _map_entry(kind: str, value: int | bytes) -> tuple[str, Any]:
    parts = dict(_fields(_data(value)))
    return _text(_data(parts.get(1, b""))), _value(kind, parts.get(2, b""))


def _number(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise UnreadableProtobuf("bytes stand where a number should")
    # Negative numbers are written in two's complement of 64 bits.
    return value - (1 << 64) if value >> 63 else value


def _data(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise UnreadableProtobuf("a number stands where bytes should")
    return value


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise UnreadableProtobuf("a text is not UTF-8") from error


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        match tag & 7:
            case 0:
                value, at = _varint(data, at)
                yield tag >> 3, value
            case 2:
                length, at = _varint(data, at)
                if at + length > len(data):
                    raise UnreadableProtobuf("the body ends inside a field")
                yield tag >> 3, data[at : at + length]
                at += length
            case other:
                raise UnreadableProtobuf(f"wire type {other} is not used by Kubernetes")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for position, byte in enumerate(data[at : at + _VARINT_BYTES_MAX]):
        value |= (byte & 0x7F) << (7 * position)
        if not byte & 0x80:
            return value & (1 << 64) - 1, at + position + 1
    raise UnreadableProtobuf("the body ends inside a number")
