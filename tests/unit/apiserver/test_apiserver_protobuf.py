"""Protobuf bodies, as kubectl's own commands write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.api.schema.builtin import load_definitions
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
    known = {*MESSAGES, *"siIbBy", "Time", "MicroTime", "Quantity", "IntOrString"}
    for name, fields in MESSAGES.items():
        for _, kind in fields.values():
            assert kind.strip("[]{}<") in known | ALIASES.keys(), (name, kind)
    assert set(ALIASES.values()) <= set(MESSAGES)


def test_a_pod_is_read_with_everything_in_it() -> None:
    """Go's embedded structs are messages of their own on the wire, but not in JSON."""
    keyed = field(1, "POD") + field(3, field(3, field(1, field(1, "settings")) + field(2, "key")))
    get = field(1, "/ready") + field(2, field(1, 0) + field(2, 8080))
    probe = field(1, field(2, get)) + field(2, 0) + field(4, 5) + field(7, 0)
    sleep = field(2, field(4, field(1, 3)))
    container = field(1, "main") + field(7, keyed) + field(11, probe) + field(12, sleep)
    volumes = [
        field(1, "scratch") + field(2, field(2, b"")),
        field(1, "settings") + field(2, field(19, field(1, field(1, "settings")) + field(3, 0))),
    ]
    spec = b"".join(field(1, each) for each in volumes) + field(2, container) + field(11, 0)
    found = decode_protobuf(body("v1", "Pod", field(2, spec + field(4, 0)) + field(3, b"")))
    assert found["spec"] == {
        "volumes": [
            {"name": "scratch", "emptyDir": {}},
            {"name": "settings", "configMap": {"name": "settings", "defaultMode": 0}},
        ],
        "containers": [
            {
                "name": "main",
                "env": [
                    {
                        "name": "POD",
                        "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "key"}},
                    }
                ],
                "readinessProbe": {
                    "httpGet": {"path": "/ready", "port": 8080},
                    "periodSeconds": 5,
                    "terminationGracePeriodSeconds": 0,
                },
                "lifecycle": {"preStop": {"sleep": {"seconds": 3}}},
            }
        ],
        "terminationGracePeriodSeconds": 0,
    }


def test_a_lease_keeps_its_microseconds() -> None:
    moment = field(1, 1_700_000_000) + field(2, 123_456_000)
    raw = field(2, field(1, "me") + field(2, 15) + field(4, moment))
    found = decode_protobuf(body("coordination.k8s.io/v1", "Lease", raw))
    assert found["spec"] == {
        "holderIdentity": "me",
        "leaseDurationSeconds": 15,
        "renewTime": "2023-11-14T22:13:20.123456Z",
    }


def test_the_table_names_fields_as_the_schemas_do() -> None:
    definitions = load_definitions()
    for name, fields in MESSAGES.items():
        schema = definitions.get(f"io.k8s.api.core.v1.{name}")
        if schema is not None:
            named = {field for field, _ in fields.values() if field}
            assert named <= set(schema.get("properties") or {}), name
