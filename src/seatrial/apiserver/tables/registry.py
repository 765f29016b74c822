"""Kind to columns: one line each; whoever is not here shows name and age."""

from seatrial.api import kinds
from seatrial.api.kinds import Kind
from seatrial.apiserver.tables import cluster, config, events, faults, pods, services, workloads
from seatrial.apiserver.tables.table import AGE, NAME, Columns

_COLUMNS: dict[Kind, Columns] = {
    kinds.POD: pods.POD_COLUMNS,
    kinds.SERVICE: services.SERVICE_COLUMNS,
    kinds.ENDPOINTS: services.ENDPOINTS_COLUMNS,
    kinds.ENDPOINT_SLICE: services.ENDPOINT_SLICE_COLUMNS,
    kinds.NODE: cluster.NODE_COLUMNS,
    kinds.NAMESPACE: cluster.NAMESPACE_COLUMNS,
    kinds.LEASE: cluster.LEASE_COLUMNS,
    kinds.CONFIG_MAP: config.CONFIG_MAP_COLUMNS,
    kinds.SECRET: config.SECRET_COLUMNS,
    kinds.SERVICE_ACCOUNT: config.SERVICE_ACCOUNT_COLUMNS,
    kinds.EVENT: events.EVENT_COLUMNS,
    kinds.EVENT_V1: events.EVENT_COLUMNS,
    kinds.DEPLOYMENT: workloads.DEPLOYMENT_COLUMNS,
    kinds.REPLICA_SET: workloads.REPLICA_SET_COLUMNS,
    kinds.ENDPOINT_PROPAGATION_DELAY: faults.ENDPOINT_PROPAGATION_DELAY_COLUMNS,
    kinds.KUBELET_DELAY: faults.KUBELET_DELAY_COLUMNS,
    kinds.CONTAINER_KILL: faults.CONTAINER_KILL_COLUMNS,
}


def columns_of(kind: Kind) -> Columns:
    """The columns of a kind."""
    return _COLUMNS.get(kind, (NAME, AGE))
