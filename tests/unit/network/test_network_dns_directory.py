"""The directory answers from informers, over an API server in memory."""

from typing import Any

from seatrial.api.kinds import ENDPOINT_SLICE, NAMESPACE, SERVICE
from seatrial.client.client import ApiClient
from seatrial.client.informers import InformerSet
from seatrial.client.transport.fake_api import FakeApi
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.network.dns.directory import InformedDirectory
from seatrial.testing.virtual_time import run_virtual


def put_service(api: FakeApi, name: str, cluster_ip: str, *addresses: str) -> None:
    spec: dict[str, Any] = {"clusterIP": cluster_ip, "ports": [{"name": "http", "port": 80}]}
    api.put(SERVICE, {"metadata": {"name": name, "namespace": "default"}, "spec": spec})
    labels = {"kubernetes.io/service-name": name}
    api.put(
        ENDPOINT_SLICE,
        {
            "metadata": {"name": f"{name}-1", "namespace": "default", "labels": labels},
            "addressType": "IPv4",
            "ports": [{"name": "http", "port": 8080}],
            "endpoints": [{"addresses": [each]} for each in addresses],
        },
    )


async def story() -> None:
    api = FakeApi()
    api.put(NAMESPACE, {"metadata": {"name": "default"}})
    put_service(api, "web", "10.96.0.7", "10.244.0.2")
    put_service(api, "pods", "None", "10.244.0.2", "10.244.0.3")
    api.put(ENDPOINT_SLICE, {"metadata": {"name": "stray", "namespace": "default"}})
    client = ApiClient(ScriptedTransport(api))
    informers = InformerSet(client)
    directory = InformedDirectory(
        namespaces=informers.informer(NAMESPACE),
        services=informers.informer(SERVICE),
        slices=informers.informer(ENDPOINT_SLICE),
    )
    informers.start()
    await informers.wait_synced()
    assert directory.has_namespace("default")
    assert not directory.has_namespace("elsewhere")
    web, pods = directory.service("default", "web"), directory.service("default", "pods")
    assert web is not None
    assert web.cluster_ips == ("10.96.0.7",)
    assert pods is not None
    assert [each.address for each in pods.endpoints] == ["10.244.0.2", "10.244.0.3"]
    assert directory.service("default", "nothing") is None
    assert directory.services_at("10.96.0.7") == [web]
    # A pod is named by headless Services only.
    assert directory.services_at("10.244.0.2") == [pods]
    assert directory.services_at("10.244.0.9") == []
    await informers.aclose()
    await client.aclose()


def test_names_and_addresses_are_found() -> None:
    run_virtual(story())
