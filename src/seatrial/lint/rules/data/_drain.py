"""How the data of a StatefulSet gets away from members that go. Shared by the rules of 4xx."""

from collections.abc import Iterator

from seatrial.lint.inventory import Inventory
from seatrial.lint.texts import Text, hosts_in, texts_of_workload
from seatrial.lint.volumes import claim_templates
from seatrial.lint.workload import Container, Workload, workload_of

# The pod template that a scale-down drain controller runs over an orphaned volume.
DRAIN_TEMPLATE = "statefulsets.kubernetes.io/scaledown-pod-template"
# Words of commands by which members of well-known clusters hand their data over. "drain" is none:
# mostly it means connections, and in Cassandra a flush.
_HANDOVER_WORDS = (
    "decommission", "evacuate", "forget_cluster_node", "handoff", "handover", "leave-cluster",
    "move-shards", "offboard", "rebalance", "vacate",
)  # fmt: skip


def has_drain_template(workload: Workload) -> bool:
    return DRAIN_TEMPLATE in workload.annotations


def handover_hooks(workload: Workload) -> Iterator[tuple[Container, str]]:
    """Pre-stop hooks that hand data over, and the word that says so."""
    for container in workload.containers:
        hook = container.hook("preStop")
        text = str(hook).lower() if hook is not None else ""
        for word in _HANDOVER_WORDS:
            if word in text:
                yield container, word
                break


def keeps_data(workload: Workload) -> bool:
    """A StatefulSet with claims of its own."""
    return workload.kind == "StatefulSet" and bool(claim_templates(workload))


def is_swept(workload: Workload, inventory: Inventory) -> bool:
    """Some workload mounts the members' claims by name, or a job talks to the members."""
    names, namespace = _names(workload), workload.manifest.namespace
    if any(_is_member(claim, names) for claim in inventory.claims_mounted(namespace)):
        return True
    jobs = map(workload_of, inventory.of_kind("CronJob", "Job"))
    return any(_talks(job, names) for job in jobs if job and job.manifest.namespace == namespace)


def _names(workload: Workload) -> tuple[str, ...]:
    """What the names of members and of their claims begin with."""
    own = workload.manifest.name
    return (f"{own}-", *(f"{each.name}-{own}-" for each in claim_templates(workload)))


def _talks(other: Workload, names: tuple[str, ...]) -> bool:
    own = names[0].rstrip("-")
    return any(_speaks_of(text, names, own) for text in texts_of_workload(other))


def _speaks_of(text: Text, names: tuple[str, ...], own: str) -> bool:
    if own not in text.text:
        return False
    hosts = (host.name.partition(".")[0] for host in hosts_in(text.text.replace("/", " ")))
    return any(name == own or _is_member(name, names) for name in hosts)


def _is_member(name: str, names: tuple[str, ...]) -> bool:
    stem, dash, ordinal = name.rpartition("-")
    return f"{stem}{dash}" in names and (ordinal.isdigit() or ordinal.startswith("$"))
