"""What a cluster is made of, as values; decided once at the rim and passed down as JSON.

Two processes read it: the control plane gets a `ClusterConfig`, each node a `NodeConfig`.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import orjson

# A unix socket's path must fit sockaddr_un.sun_path: 108 bytes with the closing zero.
SOCKET_PATH_BYTES_MAX = 107
NODES_MAX = 100  # each node is a process of some 50 MB; node addresses end at .10 + N
DEFAULT_CONTEXT = "seatrial"


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """Everything the control plane is told when it starts."""

    data_dir: Path
    run_dir: Path
    # Image shelves: the first is written to, the others are only looked into.
    shelves: tuple[Path, ...]
    nodes: int = 1
    port: int = 0  # of the API on loopback; 0: any free one
    store: Literal["memory", "sqlite"] = "sqlite"
    # kube-proxy's --iptables-min-sync-period/nftables minSyncPeriod: how long changes are gathered
    # before they are written to the kernel. 1 s is kube-proxy's own default.
    proxy_min_sync_s: float = 1.0
    log_level: str = "INFO"
    # The user's files that no container may see, though the `host` image shows the machine.
    secrets: tuple[Path, ...] = ()
    # Its data directory goes with it when it is asked to stop.
    passing: bool = False

    def to_json(self) -> bytes:
        """For the hand-over to the process that runs it."""
        return _render(self)

    @classmethod
    def from_json(cls, data: bytes) -> "ClusterConfig":
        """The reverse of `to_json`."""
        fields = orjson.loads(data)
        fields["data_dir"] = Path(fields["data_dir"])
        fields["run_dir"] = Path(fields["run_dir"])
        for name in ("shelves", "secrets"):
            fields[name] = tuple(Path(each) for each in fields[name])
        return cls(**fields)

    @property
    def layout(self) -> "Layout":
        """Where things are."""
        return Layout(self.data_dir, self.run_dir)


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """Everything a node process is told when it starts."""

    name: str
    index: int
    node_ip: str
    pod_cidr: str
    data_dir: Path
    run_dir: Path
    shelves: tuple[Path, ...]
    token_file: Path
    api_socket: Path
    api_relay_socket: Path
    upstream_dns_socket: Path
    pull_socket: Path
    kubelet_socket: Path
    # The machine's directories that no container may see (our own secrets).
    hidden: tuple[Path, ...]
    proxy_min_sync_s: float
    log_level: str
    nodes: int
    # The first node makes the namespaces that all nodes of a cluster share; the others are told its
    # pid, through which they reach them.
    first_node_pid: int = 0
    wire_netns: str = ""

    def to_json(self) -> bytes:
        """For the hand-over to the process that runs it."""
        return _render(self)

    @classmethod
    def from_json(cls, data: bytes) -> "NodeConfig":
        """The reverse of `to_json`."""
        fields = orjson.loads(data)
        for name in ("data_dir", "run_dir", "token_file", "api_socket", "api_relay_socket",
                     "upstream_dns_socket", "pull_socket", "kubelet_socket"):  # fmt: skip
            fields[name] = Path(fields[name])
        for name in ("shelves", "hidden"):
            fields[name] = tuple(Path(each) for each in fields[name])
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a cluster keeps what; nothing of ours lies anywhere else."""

    data_dir: Path
    run_dir: Path

    @property
    def lock(self) -> Path:
        """Held by the control plane for as long as it lives."""
        return self.data_dir / "lock"

    @property
    def state(self) -> Path:
        """What others may know of the running cluster (`cluster.json`)."""
        return self.data_dir / "cluster.json"

    @property
    def database(self) -> Path:
        """The store's file."""
        return self.data_dir / "state.db"

    @property
    def pki(self) -> Path:
        """Keys, certificates and the administrator's token, for nobody else to read."""
        return self.data_dir / "pki"

    @property
    def log(self) -> Path:
        """The control plane's event log."""
        return self.data_dir / "control-plane.log"

    @property
    def api_socket(self) -> Path:
        """Plain HTTP for our own nodes; its directory has mode 0700."""
        return self.run_dir / "api.sock"

    @property
    def api_relay_socket(self) -> Path:
        """TLS for pods, through each node's relay."""
        return self.run_dir / "api-tls.sock"

    @property
    def upstream_dns_socket(self) -> Path:
        """Names that are not the cluster's go to the machine's resolvers through here."""
        return self.run_dir / "dns.sock"

    @property
    def pull_socket(self) -> Path:
        """Images that a node lacks are pulled by the control plane, asked through here."""
        return self.run_dir / "pull.sock"

    @property
    def nodes(self) -> Path:
        """One directory a node, with its kubelet's socket."""
        return self.run_dir / "nodes"

    def node_data(self, name: str) -> Path:
        """A node's logs, volumes and writable layers."""
        return self.data_dir / "nodes" / name

    def kubelet_socket(self, name: str) -> Path:
        """Where a node's kubelet serves logs and its journal."""
        return self.nodes / name / "kubelet.sock"


def _render(config: ClusterConfig | NodeConfig) -> bytes:
    return orjson.dumps(asdict(config), default=str)
