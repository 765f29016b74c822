"""Who this pod is in its StatefulSet, and its peers by name.

Does: find the pod's name, ordinal, namespace, governing Service and cluster domain in what
Kubernetes puts into every pod; name peers `web-1.web.default.svc.cluster.local`; resolve a name at
the moment of use.
Does not: keep addresses. A pod that moves keeps its name and gets another address, so an address
kept from the start is wrong sooner or later; nor does it know how many replicas there are.
Holds: what is not known is an error that names where it may come from, never a guess.

In the pod's manifest, where the ordinal shall not come from the name:

    env:
    - name: POD_INDEX
      valueFrom: {fieldRef: {fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']"}}
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_DOMAIN = "cluster.local"
INDEX_VARIABLE = "POD_INDEX"
NAME_VARIABLE = "POD_NAME"
NAMESPACE_VARIABLE = "POD_NAMESPACE"
NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
RESOLVER_FILE = Path("/etc/resolv.conf")


class NotAMember(ValueError):
    """This process is no StatefulSet member, or it cannot be told which."""


@dataclass(frozen=True)
class Member:
    """One member of a StatefulSet; `service` is its governing (headless) Service."""

    name: str
    ordinal: int
    service: str
    namespace: str
    domain: str = DEFAULT_DOMAIN

    @property
    def set_name(self) -> str:
        """The StatefulSet's name."""
        return self.name.rpartition("-")[0]

    @property
    def host(self) -> str:
        """The name by which others reach this member."""
        return self.peer(self.ordinal)

    def peer(self, ordinal: int) -> str:
        """The full DNS name of the member with this ordinal."""
        service = f"{self.service}.{self.namespace}.svc.{self.domain}"
        return f"{self.set_name}-{ordinal}.{service}"

    def peers(self, replicas: int, *, start: int = 0) -> tuple[str, ...]:
        """Every other member of a set of so many; `start` as in the set's `spec.ordinals.start`."""
        ordinals = range(start, start + replicas)
        return tuple(self.peer(ordinal) for ordinal in ordinals if ordinal != self.ordinal)


@dataclass(frozen=True)
class Surroundings:
    """What a pod sees of itself: its environment, its names, its search domains."""

    environ: Mapping[str, str]
    host_name: str
    full_name: str = ""
    namespace: str = ""
    search: tuple[str, ...] = ()


def member(*, service: str | None = None) -> Member:
    """Who we are. `service` is needed where the pod's full name does not tell it (hostNetwork,
    `setHostnameAsFQDN`). Raises NotAMember."""
    return parse_member(look_around(), service=service)


def parse_member(seen: Surroundings, *, service: str | None = None) -> Member:
    """The member that these surroundings belong to. Raises NotAMember."""
    name = seen.environ.get(NAME_VARIABLE) or seen.host_name.partition(".")[0]
    named_service, namespace, domain = _full_name(seen.full_name, name)
    service = service or named_service
    namespace = seen.environ.get(NAMESPACE_VARIABLE) or namespace or seen.namespace
    if not service:
        raise NotAMember(f"the full name of {name!r} does not tell its Service: pass service=")
    if not namespace:
        raise NotAMember(f"the namespace of {name!r} is unknown: set {NAMESPACE_VARIABLE}")
    domain = domain or domain_of(seen.search, namespace) or DEFAULT_DOMAIN
    return Member(name, _ordinal(name, seen.environ), service, namespace, domain)


def domain_of(search: Iterable[str], namespace: str) -> str:
    """The cluster's domain, from the search domains that every pod gets; "" where none tells."""
    prefix = f"{namespace}.svc."
    return next((word[len(prefix) :].rstrip(".") for word in search if word.startswith(prefix)), "")


def look_around(
    environ: Mapping[str, str] = os.environ,
    *,
    namespace_file: Path = NAMESPACE_FILE,
    resolver_file: Path = RESOLVER_FILE,
) -> Surroundings:
    """What this process sees of itself (edge)."""
    search: tuple[str, ...] = ()
    for line in _text(resolver_file).splitlines():
        keyword, *words = line.split() or [""]
        search = tuple(words) if keyword == "search" else search  # the last line counts
    host_name = socket.gethostname()
    namespace = _text(namespace_file).strip()
    return Surroundings(environ, host_name, socket.getfqdn(host_name), namespace, search)


def resolve(host: str, port: int = 0) -> tuple[str, ...]:
    """The addresses of a name, now; none when it is not known now: a peer that is not up yet.

    Ask again each time you connect.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return ()
    return _addresses(str(address[0]) for *_, address in found)


async def resolve_async(host: str, port: int = 0) -> tuple[str, ...]:
    """`resolve`, beside a running event loop."""
    import asyncio  # only for those who have a loop, and so have it already

    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return ()
    return _addresses(str(address[0]) for *_, address in found)


def _full_name(full_name: str, name: str) -> tuple[str, str, str]:
    """Service, namespace and domain of `web-0.web.default.svc.cluster.local`; "" where untold."""
    host, _, rest = full_name.partition(".")
    place, is_cluster, domain = rest.partition(".svc.")
    service, _, namespace = place.partition(".")
    if host != name or not is_cluster or "." in namespace:
        return "", "", ""
    return service, namespace, domain.rstrip(".")


def _ordinal(name: str, environ: Mapping[str, str]) -> int:
    of_name = name.rpartition("-")[2]
    told = environ.get(INDEX_VARIABLE, "")
    if told and told != of_name:
        raise NotAMember(f"{INDEX_VARIABLE}={told} does not belong to pod {name!r}")
    if not (of_name.isascii() and of_name.isdigit() and "-" in name.strip("-")):
        raise NotAMember(f"pod name {name!r} does not end in an ordinal, as a StatefulSet's does")
    return int(of_name)


def _addresses(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
