"""What an API server is told when it starts: grouped values with units and reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# The largest request body, bytes; Kubernetes' own limit for JSON bodies.
BODY_BYTES_MAX = 3 * 1024 * 1024
# Decoded objects kept beside their bytes; a pod takes some 8 KB decoded.
DECODED_OBJECTS_MAX = 8192
# Rendered watch events shared between watchers; later readers render again.
SHARED_EVENTS_MAX = 4096
# Attempts of a read-modify-write when others write in between: with a store that commits in groups,
# each group lets one writer of an object through.
WRITE_ATTEMPTS_MAX = 64
# Attempts to find a free name for metadata.generateName.
NAME_ATTEMPTS_MAX = 8

ALL_AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True, slots=True)
class User:
    """Who asks."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""


ADMIN = User("kubernetes-admin", ("system:masters", ALL_AUTHENTICATED))


@dataclass(frozen=True, slots=True)
class ServiceRanges:
    """Addresses and ports that Services are given."""

    cidr: str = "10.96.0.0/16"
    # First and last node port, both usable.
    node_ports: tuple[int, int] = (30000, 32767)


@dataclass(frozen=True, slots=True)
class Watching:
    """How long watches live."""

    # A watch that names no timeoutSeconds ends after this and up to twice this, seconds; clients
    # come back by themselves. Kubernetes' own default.
    timeout_s: float = 1800.0
    # Between two bookmarks, seconds; Kubernetes sends them about once a minute.
    bookmark_s: float = 30.0


@dataclass(frozen=True, slots=True)
class ApiServerConfig:
    """Everything an API server is told."""

    # Bearer token to user; service accounts' tokens are signed and need no entry.
    tokens: Mapping[str, User] = field(default_factory=dict)
    # PEM of the authority that signed our certificate: published to every namespace as ConfigMap
    # kube-root-ca.crt.
    ca_pem: str = ""
    # PEM of the private key (EC P-256) that signs service accounts' tokens; empty: one that lives
    # as long as this process.
    signing_key_pem: str = ""
    issuer: str = "https://kubernetes.default.svc.cluster.local"
    services: ServiceRanges = ServiceRanges()
    watching: Watching = Watching()
