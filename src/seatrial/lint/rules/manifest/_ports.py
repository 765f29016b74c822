"""Where the ports of a Service lead, by the declarations of the containers behind it."""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.lint.manifest import Manifest, mapping, sequence
from seatrial.lint.texts import texts_of_workload
from seatrial.lint.workload import ProbeName, Workload

Port = Mapping[str, Any]
_PROBES: tuple[ProbeName, ...] = ("readinessProbe", "livenessProbe", "startupProbe")


def ports_of(service: Manifest) -> Iterator[tuple[int, Port]]:
    """Index and value of each port."""
    for index, port in enumerate(sequence(service.spec.get("ports"))):
        yield index, mapping(port)


def target_of(port: Port) -> object:
    """The name or number that a port of a Service leads to."""
    wanted = port.get("targetPort")
    return port.get("port") if wanted is None else wanted


def protocol_of(port: Port) -> str:
    return str(port.get("protocol") or "TCP")


def is_headless(service: Manifest) -> bool:
    """Its name leads to the pods themselves, at whatever port the client asks for."""
    return service.spec.get("clusterIP") == "None"


def declared_ports(workload: Workload) -> list[Port]:
    return [port for each in workload.containers for port in each.ports]


def declares_all(workload: Workload) -> bool:
    """Each of its containers declares ports. One that declares none may listen anywhere."""
    return all(each.ports for each in workload.containers)


def declares(workload: Workload, port: Port) -> bool:
    """A container declares what the Service's port leads to, with its protocol."""
    wanted = target_of(port)
    field = "name" if isinstance(wanted, str) else "containerPort"
    return any(
        each.get(field) == wanted and protocol_of(each) == protocol_of(port)
        for each in declared_ports(workload)
    )


def shows(workload: Workload, number: int, protocol: str) -> bool:
    """Something else tells that the pod listens there: a probe, a word of its configuration."""
    if "inject" in " ".join((*workload.annotations, *workload.labels)):
        return True  # a sidecar that is not in the manifest
    if protocol == "TCP" and number in _probed(workload):
        return True
    return any(str(number) in _numbers(each.text) for each in texts_of_workload(workload))


def said(port: Port) -> str:
    """`http (8080)`, `53/UDP`."""
    number = str(port.get("containerPort"))
    if protocol_of(port) != "TCP":
        number += f"/{protocol_of(port)}"
    return f"{port['name']} ({number})" if port.get("name") else number


def _probed(workload: Workload) -> set[object]:
    return {
        probe.handler[1].get("port")
        for container in workload.containers
        for name in _PROBES
        if (probe := container.probe(name)) is not None
    }


def _numbers(text: str) -> set[str]:
    return set("".join(each if each.isdigit() else " " for each in text).split())
