"""What an Ingress or a route leads to: a Service by name, and one of its ports."""

from collections.abc import Iterator
from dataclasses import dataclass

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.elsewhere import has_operators
from seatrial.lint.manifest import FieldPath, Manifest, mapping, sequence
from seatrial.lint.misspelt import misspelt
from seatrial.lint.rule import Hit, World


@dataclass(frozen=True, slots=True)
class Backend:
    """One Service and port, as something leads to it."""

    name: str
    namespace: str
    port: object  # number or name; None where none is said
    name_path: FieldPath
    port_path: FieldPath


def judge(backend: Backend, world: World) -> Iterator[Hit]:
    """Hits for a Service that is not there, or that has no such port."""
    service = world.inventory.find("Service", backend.name, backend.namespace)
    if service is None:
        if not _may_be_elsewhere(backend, world):
            yield Hit(
                backend.name_path,
                f"there is no Service {backend.name} among the manifests",
                f"mend the name, or declare it as given: --given Service/{backend.name}",
                _edits(backend, world),
            )
    elif not _has_port(service, backend.port):
        yield Hit(
            backend.port_path,
            f"Service/{backend.name} has no port {backend.port}",
            f"its ports are {', '.join(_ports(service))}",
        )


def _may_be_elsewhere(backend: Backend, world: World) -> bool:
    """It is given, an operator may make it, or all the Services are somewhere else."""
    inventory, namespace = world.inventory, backend.namespace
    return (
        inventory.exists("Service", backend.name, namespace)
        or has_operators(inventory, namespace)
        or not any(each.namespace == namespace for each in inventory.of_kind("Service"))
    )


def _edits(backend: Backend, world: World) -> tuple[Edit, ...]:
    known = (each.name for each in world.inventory.of_kind("Service")
             if each.namespace == backend.namespace)  # fmt: skip
    meant = misspelt(backend.name, known)
    return (SetField(backend.name_path, meant),) if meant else ()


def _has_port(service: Manifest, wanted: object) -> bool:
    # An ExternalName has no ports of its own; where none is said the schema has something to say.
    if wanted is None or service.spec.get("type") == "ExternalName":
        return True
    ports = map(mapping, sequence(service.spec.get("ports")))
    return any(wanted in (port.get("port"), port.get("name")) for port in ports)


def _ports(service: Manifest) -> Iterator[str]:
    for port in map(mapping, sequence(service.spec.get("ports"))):
        name = port.get("name")
        yield f"{port.get('port')} ({name})" if name else str(port.get("port"))
