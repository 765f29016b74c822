"""Names of members, `web-0.web`, in texts of pods and ConfigMaps. Shared by the rules of 5xx."""

from collections.abc import Iterator
from dataclasses import dataclass

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, Manifest, mapping
from seatrial.lint.texts import Host, hosts_in, texts_in
from seatrial.lint.workload import TEMPLATES, workload_of

# What a member's name has: a dash before a digit.
_SIGNS = tuple(f"-{digit}" for digit in range(10))
KINDS = frozenset({"ConfigMap", *TEMPLATES})


@dataclass(frozen=True, slots=True)
class Member:
    """`web-0.web.shop`: as a text names it."""

    field: FieldPath
    host: Host
    set_name: str  # "web"
    ordinal: int
    service: str  # "web"; "" for a bare name

    @property
    def pod(self) -> str:
        return f"{self.set_name}-{self.ordinal}"


def members_in(manifest: Manifest, inventory: Inventory) -> tuple[Member, ...]:
    """Every host with an ordinal that has a port, a scheme or a second label; not Services."""
    found: tuple[Member, ...] = inventory.remember(
        ("members", id(manifest)), lambda: tuple(_members(manifest, inventory))
    )
    return found


def _members(manifest: Manifest, inventory: Inventory) -> Iterator[Member]:
    for field, text in _texts(manifest, inventory):
        if not any(sign in text for sign in _SIGNS):
            continue
        for host in hosts_in(text):
            member = _member(field, host)
            if member is not None and not inventory.exists(
                "Service", member.pod, manifest.namespace
            ):
                yield member


def _texts(manifest: Manifest, inventory: Inventory) -> Iterator[tuple[FieldPath, str]]:
    workload = workload_of(manifest)
    if workload is not None:
        for _, texts in texts_in(workload, inventory):
            yield from ((each.field, each.text) for each in texts)
        return
    for key, value in mapping(manifest.value.get("data")).items():
        if isinstance(value, str):
            yield ("data", str(key)), value


def _member(field: FieldPath, host: Host) -> Member | None:
    pod, _, rest = host.name.partition(".")
    set_name, _, ordinal = pod.rpartition("-")
    if not set_name or not (ordinal.isascii() and ordinal.isdigit()) or len(ordinal) > 4:
        return None
    if not rest and not host.is_addressed:
        return None  # "web-0" alone may be anything
    return Member(field, host, set_name, int(ordinal), rest.partition(".")[0])
