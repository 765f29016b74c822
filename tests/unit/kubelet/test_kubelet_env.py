"""Environment variables, expansion and the downward API."""

import base64
from typing import Any

import pytest

from seatrial.api.objects import Object
from seatrial.kubelet.env import EnvironmentSources, environment, service_variables
from seatrial.kubelet.errors import ConfigFailure
from seatrial.kubelet.expand import expand
from seatrial.kubelet.fields import NodeFacts
from seatrial.kubelet.objects_cache import Fetched
from seatrial.kubelet.references import Reference

NODE = NodeFacts("node-0", "10.245.0.10", {"cpu": "2", "memory": "4096Ki"})
POD: Object = {
    "metadata": {"name": "web", "namespace": "shop", "uid": "u-1", "labels": {"app": "web"}},
    "spec": {"nodeName": "node-0", "serviceAccountName": "clerk", "containers": []},
}


def sources(**objects: Object) -> EnvironmentSources:
    known = {
        Reference("ConfigMap" if key.startswith("cm") else "Secret", key): obj
        for key, obj in objects.items()
    }
    return EnvironmentSources(POD, "10.244.0.7", NODE, Fetched(known))


def made(entries: list[dict[str, Any]], container: Object | None = None, **objects: Object) -> Any:
    wire = {"name": "web", **(container or {}), "env": entries}
    return environment(wire, sources(**objects))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$(A)-$(B)", "1-2"),
        ("$$(A)", "$(A)"),
        ("$(NOPE)", "$(NOPE)"),
        ("$A", "$A"),
        ("ends in $", "ends in $"),
        ("$(open", "$(open"),
        ("$$$(A)", "$1"),
    ],
)
def test_references_are_expanded_as_kubernetes_does(text: str, wanted: str) -> None:
    assert expand(text, {"A": "1", "B": "2"}) == wanted


def test_later_variables_see_earlier_ones() -> None:
    got = made([{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)2"}])
    assert got["B"] == "12"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("metadata.name", "web"),
        ("metadata.namespace", "shop"),
        ("metadata.uid", "u-1"),
        ("metadata.labels['app']", "web"),
        ("spec.nodeName", "node-0"),
        ("spec.serviceAccountName", "clerk"),
        ("status.podIP", "10.244.0.7"),
        ("status.hostIP", "10.245.0.10"),
    ],
)
def test_field_references(path: str, wanted: str) -> None:
    got = made([{"name": "X", "valueFrom": {"fieldRef": {"fieldPath": path}}}])
    assert got["X"] == wanted


@pytest.mark.parametrize(
    ("resource", "divisor", "wanted"),
    [
        ("limits.cpu", "1", "1"),
        ("limits.cpu", "1m", "500"),
        ("requests.cpu", "1m", "0"),
        ("limits.memory", "1Ki", "4096"),
    ],
)
def test_resource_references_round_up_and_fall_back_to_the_node(
    resource: str, divisor: str, wanted: str
) -> None:
    ref = {"resource": resource, "divisor": divisor}
    container = {"resources": {"limits": {"cpu": "500m"}}}
    got = made([{"name": "X", "valueFrom": {"resourceFieldRef": ref}}], container)
    assert got["X"] == wanted


def test_config_maps_and_secrets() -> None:
    secret = {"data": {"password": base64.b64encode(b"s3cret").decode()}}
    got = made(
        [
            {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "cm1", "key": "colour"}}},
            {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s1", "key": "password"}}},
        ],
        {"envFrom": [{"prefix": "P_", "configMapRef": {"name": "cm1"}}]},
        cm1={"data": {"colour": "red"}},
        s1=secret,
    )
    assert (got["A"], got["B"], got["P_colour"]) == ("red", "s3cret", "red")


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ({"configMapKeyRef": {"name": "cm2", "key": "k"}}, 'configmap "cm2" not found'),
        ({"secretKeyRef": {"name": "s2", "key": "k"}}, 'secret "s2" not found'),
        (
            {"configMapKeyRef": {"name": "cm1", "key": "k"}},
            "couldn't find key k in ConfigMap shop/cm1",
        ),
    ],
)
def test_what_is_missing_is_named_unless_it_is_optional(
    origin: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigFailure) as caught:
        made([{"name": "X", "valueFrom": origin}], cm1={"data": {}})
    assert str(caught.value) == message
    kind = next(iter(origin))
    optional = {kind: {**origin[kind], "optional": True}}
    assert "X" not in made([{"name": "X", "valueFrom": optional}], cm1={"data": {}})


def service(name: str, namespace: str, address: str, *ports: dict[str, Any]) -> Object:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"clusterIP": address, "ports": list(ports)},
    }


def test_services_become_variables() -> None:
    services = [
        service("my-db", "shop", "10.96.0.7", {"port": 5432, "name": "sql", "protocol": "TCP"}),
        service("other", "elsewhere", "10.96.0.8", {"port": 1}),
        service("headless", "shop", "None", {"port": 1}),
        service("kubernetes", "default", "10.96.0.1", {"port": 443, "name": "https"}),
    ]
    got = service_variables(services, "shop", links=True)
    assert got["MY_DB_SERVICE_HOST"] == "10.96.0.7"
    assert got["MY_DB_SERVICE_PORT_SQL"] == "5432"
    assert got["MY_DB_PORT_5432_TCP"] == "tcp://10.96.0.7:5432"
    assert got["KUBERNETES_SERVICE_HOST"] == "10.96.0.1"
    assert not [name for name in got if name.startswith(("OTHER", "HEADLESS"))]
    without = service_variables(services, "shop", links=False)
    assert {name.partition("_")[0] for name in without} == {"KUBERNETES"}
