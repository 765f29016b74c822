"""Which pods stand behind a Service, and on which ports; pure. EndpointSlice and Endpoints agree
because both ask here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from seatrial.api.objects import (
    Object,
    is_terminating,
    name_of,
    namespace_of,
    spec_of,
    status_of,
    uid_of,
)
from seatrial.api.pods import is_pod_ready, is_terminal
from seatrial.api.services import ports_of, publishes_not_ready, target_port


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """A Service's port, resolved for one pod."""

    name: str
    port: int
    protocol: str
    app_protocol: str = ""


@dataclass(frozen=True, slots=True)
class Backend:
    """One pod behind a Service."""

    address: str
    ports: tuple[Port, ...]
    pod: str
    namespace: str
    uid: str
    node: str
    hostname: str
    ready: bool
    serving: bool
    terminating: bool


def backends(service: Object, pods: Iterable[Object]) -> list[Backend]:
    """The pods that the Service's selector has found, as endpoints.

    A pod without an address, or one that has finished, is none.
    """
    found = []
    for pod in pods:
        address = status_of(pod).get("podIP", "")
        if address and not is_terminal(pod):
            found.append(_backend(service, pod, address))
    return sorted(found, key=lambda each: (each.address, each.uid))


def resolve_ports(service: Object, pod: Object) -> tuple[Port, ...]:
    """The Service's ports on this pod; a named target port that the pod lacks is left out."""
    found = []
    for port in ports_of(service):
        number, protocol = target_port(port, pod), port.get("protocol", "TCP")
        if number:
            found.append(Port(port.get("name", ""), number, protocol, port.get("appProtocol", "")))
    return tuple(found)


def _backend(service: Object, pod: Object, address: str) -> Backend:
    spec = spec_of(pod)
    serving, terminating = is_pod_ready(pod), is_terminating(pod)
    is_member = spec.get("subdomain") == name_of(service)
    return Backend(
        address=address,
        ports=resolve_ports(service, pod),
        pod=name_of(pod),
        namespace=namespace_of(pod),
        uid=uid_of(pod),
        node=spec.get("nodeName", ""),
        hostname=spec.get("hostname", "") if is_member else "",
        ready=publishes_not_ready(service) or (serving and not terminating),
        serving=serving,
        terminating=terminating,
    )
