"""Nodes, namespaces, leases."""

from seatrial.api.objects import Object, condition_of, labels_of, spec_of, status_of
from seatrial.apiserver.tables.table import AGE, NAME, NONE, UNKNOWN, Cell, Column, field_cell

_ROLE = "node-role.kubernetes.io/"


def _node_status(node: Object, _now_s: float) -> Cell:
    ready = condition_of(node, "Ready")
    words = [
        "Unknown" if ready is None else "Ready" if ready.get("status") == "True" else "NotReady"
    ]
    if spec_of(node).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _roles(node: Object, _now_s: float) -> Cell:
    roles = sorted(
        label.removeprefix(_ROLE) for label in labels_of(node) if label.startswith(_ROLE)
    )
    return ",".join(each for each in roles if each) or NONE


def _address(kind: str) -> Column:
    def cell(node: Object, _now_s: float) -> Cell:
        for each in status_of(node).get("addresses") or ():
            if each.get("type") == kind:
                return str(each.get("address"))
        return NONE

    name = {"InternalIP": "Internal-IP", "ExternalIP": "External-IP"}[kind]
    return Column(name, cell, priority=1)


def _info(name: str, field: str, *, priority: int = 1) -> Column:
    def cell(node: Object, _now_s: float) -> Cell:
        return (status_of(node).get("nodeInfo") or {}).get(field) or UNKNOWN

    return Column(name, cell, priority=priority)


NODE_COLUMNS = (
    NAME,
    Column("Status", _node_status),
    Column("Roles", _roles),
    AGE,
    _info("Version", "kubeletVersion", priority=0),
    _address("InternalIP"),
    _address("ExternalIP"),
    _info("OS-Image", "osImage"),
    _info("Kernel-Version", "kernelVersion"),
    _info("Container-Runtime", "containerRuntimeVersion"),
)
NAMESPACE_COLUMNS = (NAME, Column("Status", field_cell("status", "phase", "")), AGE)
LEASE_COLUMNS = (NAME, Column("Holder", field_cell("spec", "holderIdentity", "")), AGE)
