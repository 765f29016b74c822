"""What a workload depends on: declared, or named in its environment. Shared by the rules of 6xx."""

from collections.abc import Iterator
from dataclasses import dataclass

from seatrial.lint.declared import declared_by
from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, Manifest
from seatrial.lint.texts import Host, Text, hosts_in, texts_in
from seatrial.lint.workload import Workload

# Endings of names whose plain value is a host.
_HOST_NAMES = ("HOST", "HOSTNAME", "ADDR", "ADDRESS", "ENDPOINT", "SERVER", "SERVICE")


@dataclass(frozen=True, slots=True)
class Dependency:
    """A Service among the manifests that the workload talks to."""

    service: Manifest
    field: FieldPath  # where it is named


def declared_dependencies(workload: Workload) -> tuple[str, ...]:
    """`("Service/db",)`, by annotation."""
    return declared_by(workload).depends_on


def dependencies_of(workload: Workload, inventory: Inventory) -> Iterator[Dependency]:
    """Services that environment and arguments name as hosts; not the workload's own."""
    own = {id(each) for each in inventory.services_of(workload)}
    seen = set(own)
    if not inventory.of_kind("Service"):
        return
    for container, texts in texts_in(workload, inventory):
        for text in texts if container.role == "main" else ():
            for host in hosts_in(text.text):
                service = _service(host, text, workload, inventory)
                if service is not None and id(service) not in seen:
                    seen.add(id(service))
                    yield Dependency(service, text.field)


def _service(host: Host, text: Text, workload: Workload, inventory: Inventory) -> Manifest | None:
    name, dot, rest = host.name.partition(".")
    namespace = workload.manifest.namespace
    if dot and rest.partition(".")[0] != namespace and not rest.startswith("svc"):
        namespace = rest.partition(".")[0]
    is_meant = host.is_addressed or text.name.upper().endswith(_HOST_NAMES) or "svc" in rest
    return inventory.find("Service", name, namespace) if is_meant else None
