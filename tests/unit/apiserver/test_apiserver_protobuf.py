"""Protobuf bodies, as kubectl's own commands write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.apiserver.protobuf.decode import MAGIC, UnreadableProtobuf, decode_protobuf
from seatrial.apiserver.protobuf.messages import ALIASES, MESSAGES


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number: int, value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def body(api_version: str, kind: str, raw: bytes) -> bytes:
    meta = field(1, api_version) + field(2, kind)
    return MAGIC + field(1, meta) + field(2, raw) + field(3, "") + field(4, "")


def test_a_config_map_is_read() -> None:
    metadata = (
        field(1, "settings")
        + field(3, "")
        + field(8, b"")
        + field(11, field(1, "a") + field(2, "b"))
    )
    raw = field(1, metadata) + field(2, field(1, "key") + field(2, "value")) + field(4, 0)
    assert decode_protobuf(body("v1", "ConfigMap", raw)) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        # What Go writes for "nothing" is left out.
        "metadata": {"name": "settings", "labels": {"a": "b"}},
        "data": {"key": "value"},
        # A field that tells "absent" from "false" keeps its false.
        "immutable": False,
    }


def test_bytes_numbers_and_either_or() -> None:
    ports = field(3, 80) + field(4, field(1, 1) + field(3, "http")) + field(5, 0)
    more = field(3, 81) + field(4, field(1, 0) + field(2, 8081))
    raw = field(1, field(1, "web")) + field(2, field(1, ports) + field(1, more))
    assert decode_protobuf(body("v1", "Service", raw))["spec"]["ports"] == [
        {"port": 80, "targetPort": "http"},
        {"port": 81, "targetPort": 8081},
    ]
    secret = field(2, field(1, "k") + field(2, b"\x00\xff"))
    assert decode_protobuf(body("v1", "Secret", secret))["data"] == {"k": "AP8="}


def test_negative_numbers() -> None:
    raw = field(2, field(1, (1 << 64) - 1))
    assert decode_protobuf(body("apps/v1", "Deployment", raw))["spec"]["replicas"] == -1


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{}", "mark"),
        (body("v1", "ConfigMap", field(99, "x")), "field 99"),
        (body("batch/v1", "Job", b""), "batch/v1/Job is not read"),
        (body("v1", "ConfigMap", b"\x0a\xff"), "ends inside"),
        (body("v1", "ConfigMap", field(1, 5)), "a number stands"),
        (body("v1", "ConfigMap", field(1, field(1, b"\xff"))), "UTF-8"),
    ],
)
def test_what_is_not_understood_is_said(data: bytes, told: str) -> None:
    with pytest.raises(UnreadableProtobuf, match=told):
        decode_protobuf(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    try:
        found = decode_protobuf(body("v1", "ConfigMap", noise))
    except UnreadableProtobuf:
        return
    assert found["kind"] == "ConfigMap"


def test_the_table_refers_to_nothing_that_it_lacks() -> None:
    known = {*MESSAGES, *"siIbBy", "Time", "Quantity", "IntOrString"}
    for name, fields in MESSAGES.items():
        for _, kind in fields.values():
            assert kind.strip("[]{}") in known | ALIASES.keys(), (name, kind)
    assert set(ALIASES.values()) <= set(MESSAGES)
