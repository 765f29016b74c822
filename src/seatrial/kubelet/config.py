"""What a kubelet is told at its start: values with units and reasons, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Kubernetes' own default; more pods than this on one node is asking for trouble there, too.
PODS_MAX = 110
# The Lease says "I live" this often; the control plane gives up after 40 s without one.
LEASE_RENEWAL_S = 10.0
# The Node's status is written this often even when nothing in it changed.
NODE_STATUS_INTERVAL_S = 300.0


@dataclass(frozen=True, slots=True)
class KubeletConfig:
    """One node.

    `node_ip` is the address of the node in the cluster's plan, `pod_cidr` the range its pods get
    addresses from. `data_dir` holds the pods' files and logs and belongs to this kubelet alone.
    """

    node_name: str
    node_ip: str
    pod_cidr: str
    data_dir: Path
    cluster_dns: str = "10.96.0.10"
    cluster_domain: str = "cluster.local"
    # Not root on this machine: one user id is all there is, so nothing can be given away.
    rootless: bool = False
    pods_max: int = PODS_MAX
    lease_renewal_s: float = LEASE_RENEWAL_S
    node_status_interval_s: float = NODE_STATUS_INTERVAL_S
    # What of this machine a `host` image must not show, besides `data_dir`.
    hidden: tuple[Path, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    # How many image pulls run at a time on this node.
    pulls_max: int = 4
    version: str = "v1.37.0+seatrial"
