"""What a kind is: one line in one table.

Does: says group, version, plural, scope, subresources, short names and schema of every kind we
speak.
Does not: know what a kind means; that is `apiserver/strategies`, the controllers and the kubelet.
"""

from dataclasses import dataclass, field

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object, as the API serves it."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    # Name of the definition in the schema package, without "io.k8s.api."; "" for our own kinds,
    # whose schemas stand in api/schema/own.py.
    definition: str = ""

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """Lower-case kind: `pod`."""
        return self.kind.lower()

    @property
    def resource(self) -> str:
        """As messages name it: `pods`, `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def base_path(self) -> str:
        """`/api/v1` or `/apis/GROUP/VERSION`."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def path(self, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
        """The URL path of a collection, an object or a subresource."""
        parts = [self.base_path]
        if namespace and self.namespaced:
            parts.append(f"namespaces/{namespace}")
        parts.append(self.plural)
        parts.extend(part for part in (name, subresource) if part)
        return "/".join(parts)


def _core(kind: str, plural: str, **more: object) -> Kind:
    return Kind("", "v1", kind, plural, definition=f"core.v1.{kind}", **more)  # type: ignore[arg-type]


POD = _core(
    "Pod",
    "pods",
    short_names=("po",),
    categories=("all",),
    subresources=("status", "log", "binding", "eviction"),
)
SERVICE = _core(
    "Service", "services", short_names=("svc",), categories=("all",), subresources=("status",)
)
ENDPOINTS = _core("Endpoints", "endpoints", short_names=("ep",))
NODE = _core(
    "Node", "nodes", namespaced=False, short_names=("no",), subresources=("status", "proxy")
)
NAMESPACE = _core(
    "Namespace",
    "namespaces",
    namespaced=False,
    short_names=("ns",),
    subresources=("status", "finalize"),
)
CONFIG_MAP = _core("ConfigMap", "configmaps", short_names=("cm",))
SECRET = _core("Secret", "secrets")
SERVICE_ACCOUNT = _core(
    "ServiceAccount", "serviceaccounts", short_names=("sa",), subresources=("token",)
)
EVENT = _core("Event", "events", short_names=("ev",))
DEPLOYMENT = Kind(
    "apps",
    "v1",
    "Deployment",
    "deployments",
    short_names=("deploy",),
    categories=("all",),
    subresources=("status", "scale"),
    definition="apps.v1.Deployment",
)
REPLICA_SET = Kind(
    "apps",
    "v1",
    "ReplicaSet",
    "replicasets",
    short_names=("rs",),
    categories=("all",),
    subresources=("status", "scale"),
    definition="apps.v1.ReplicaSet",
)
ENDPOINT_SLICE = Kind(
    "discovery.k8s.io",
    "v1",
    "EndpointSlice",
    "endpointslices",
    definition="discovery.v1.EndpointSlice",
)
LEASE = Kind("coordination.k8s.io", "v1", "Lease", "leases", definition="coordination.v1.Lease")
EVENT_V1 = Kind(
    "events.k8s.io", "v1", "Event", "events", short_names=("ev",), definition="events.v1.Event"
)

FAULTS_GROUP = "faults.seatrial.dev"
ENDPOINT_PROPAGATION_DELAY = Kind(
    FAULTS_GROUP,
    "v1",
    "EndpointPropagationDelay",
    "endpointpropagationdelays",
    namespaced=False,
    short_names=("epd",),
)
CONTAINER_KILL = Kind(
    FAULTS_GROUP,
    "v1",
    "ContainerKill",
    "containerkills",
    namespaced=False,
    short_names=("ck",),
    subresources=("status",),
)
KUBELET_DELAY = Kind(
    FAULTS_GROUP, "v1", "KubeletDelay", "kubeletdelays", namespaced=False, short_names=("kd",)
)

# Events are one collection under two groups, as in Kubernetes: core/v1 is how they are stored.
KINDS: tuple[Kind, ...] = (
    POD, SERVICE, ENDPOINTS, NODE, NAMESPACE, CONFIG_MAP, SECRET, SERVICE_ACCOUNT, EVENT,
    DEPLOYMENT, REPLICA_SET, ENDPOINT_SLICE, LEASE, EVENT_V1,
    ENDPOINT_PROPAGATION_DELAY, KUBELET_DELAY, CONTAINER_KILL,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KindTable:
    """Look-ups over a set of kinds."""

    kinds: tuple[Kind, ...] = KINDS
    _by_plural: dict[tuple[str, str, str], Kind] = field(init=False, repr=False)
    _by_kind: dict[tuple[str, str], Kind] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_by_plural", {(k.group, k.version, k.plural): k for k in self.kinds}
        )
        object.__setattr__(self, "_by_kind", {(k.api_version, k.kind): k for k in self.kinds})

    def by_plural(self, group: str, version: str, plural: str) -> Kind | None:
        """The kind served at this path, or None."""
        return self._by_plural.get((group, version, plural))

    def by_kind(self, api_version: str, kind: str) -> Kind | None:
        """The kind of an object's `apiVersion` and `kind`, or None."""
        return self._by_kind.get((api_version, kind))
