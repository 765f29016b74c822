"""The objects that every cluster has before anybody asks: namespaces, the API's and the DNS's
Service.

Pure but for the last function, which makes them true through the client.
"""

from collections.abc import Sequence

from seatrial.api.kinds import ENDPOINT_SLICE, ENDPOINTS, NAMESPACE, SERVICE, Kind
from seatrial.api.objects import Object
from seatrial.client.errors import AlreadyExists
from seatrial.client.interface import Client
from seatrial.cluster.plan import API_RELAY_IP, API_RELAY_PORT, API_SERVICE_IP, DNS_SERVICE_IP

SYSTEM_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")


def objects() -> Sequence[tuple[Kind, Object]]:
    """Everything, in the order in which it must be made."""
    namespaces = [
        (NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for name in SYSTEM_NAMESPACES
    ]
    return [*namespaces, *_api_service(), *_dns_service()]


def _api_service() -> list[tuple[Kind, Object]]:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": API_SERVICE_IP,
            "ports": [{"name": "https", "port": 443, "targetPort": API_RELAY_PORT}],
        },
    }
    port = {"name": "https", "port": API_RELAY_PORT, "protocol": "TCP"}
    endpoints = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
        },
        "subsets": [{"addresses": [{"ip": API_RELAY_IP}], "ports": [port]}],
    }
    endpoint_slice = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [API_RELAY_IP], "conditions": {"ready": True}}],
        "ports": [port],
    }
    return [(SERVICE, service), (ENDPOINTS, endpoints), (ENDPOINT_SLICE, endpoint_slice)]


def _dns_service() -> list[tuple[Kind, Object]]:
    # Every node has this address on its loopback and answers there itself, so the Service's one
    # endpoint is its own address.
    names = {"name": "kube-dns", "namespace": "kube-system"}
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
    ]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {**names, "labels": {"k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS"}},
        "spec": {"clusterIP": DNS_SERVICE_IP, "ports": ports},
    }
    endpoint_slice = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**names, "labels": {"kubernetes.io/service-name": "kube-dns"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [DNS_SERVICE_IP], "conditions": {"ready": True}}],
        "ports": ports,
    }
    return [(SERVICE, service), (ENDPOINT_SLICE, endpoint_slice)]


async def ensure(client: Client) -> None:
    """Make what is missing; what is there stays as it is."""
    for kind, obj in objects():
        try:
            await client.create(kind, obj, obj["metadata"].get("namespace"))
        except AlreadyExists:
            continue
