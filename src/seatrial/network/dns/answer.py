"""A question and a directory to an answer; pure.

Does: answer for the cluster's domain and the reverse zone as the DNS specification of Kubernetes
and CoreDNS' `kubernetes` plugin do.
Does not: know the wire; nor answer for others: such a question is not ours (None).
Holds: a name that is there but has no record of the asked type is NOERROR without answers, a name
that is not there is NXDOMAIN; both with the SOA record, so that they are remembered only for TTL_S.
Differs from Kubernetes: records live 5 s (CoreDNS' plugin default; kubeadm's Corefile says 30 s)
and there is no cache in front.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

from seatrial.network.dns.records import Directory, NamedEndpoint, NamedPort, NamedService

TTL_S = 5
SCHEMA_VERSION = "1.1.0"
SCHEMA_TTL_S = 28_800
_REVERSE = ("in-addr", "arpa")


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record; `data` is the address, name or text, of an SRV record the target."""

    name: str
    type: str
    data: str
    ttl_s: int = TTL_S
    port: int = 0  # SRV only
    weight: int = 0  # SRV only


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said; a name without records of the asked type has only `exists`."""

    exists: bool
    records: tuple[Record, ...] = ()
    extra: tuple[Record, ...] = ()


NO_SUCH_NAME = Answer(exists=False)
NOTHING = Answer(exists=True)


def answer(name: str, kind: str, directory: Directory, *, domain: str) -> Answer | None:
    """What to say to a question of type `kind` ("A", "SRV", ...); None when it is not ours.

    `name` is without its closing dot, in any case of letters.
    """
    labels = tuple(name.lower().split("."))
    zone = tuple(domain.split("."))
    if labels[-2:] == _REVERSE:
        return _reverse(name, labels[:-2], kind, directory, domain)
    if labels[-len(zone) :] != zone:
        return None
    return _forward(name, labels[: -len(zone)], kind, directory, domain)


def _forward(
    name: str, labels: tuple[str, ...], kind: str, directory: Directory, domain: str
) -> Answer:
    if not labels:
        return _apex(name, kind, domain)
    if labels == ("dns-version",):
        text = Record(name, "TXT", SCHEMA_VERSION, SCHEMA_TTL_S)
        return Answer(True, (text,) if kind == "TXT" else ())
    if labels[-1] not in {"svc", "pod"}:
        return NO_SUCH_NAME
    if len(labels) == 1:
        return NOTHING
    if not directory.has_namespace(labels[-2]):
        return NO_SUCH_NAME
    if len(labels) == 2:
        return NOTHING
    if labels[-1] == "pod":
        return _pod(name, labels[:-2], kind)
    service = directory.service(labels[-2], labels[-3])
    if service is None:
        return NO_SUCH_NAME
    return _service(name, labels[:-3], kind, service, domain)


def _apex(name: str, kind: str, domain: str) -> Answer:
    if kind == "SOA":
        return Answer(True, (Record(name, "SOA", domain),))
    if kind == "NS":
        return Answer(True, (Record(name, "NS", f"ns.dns.{domain}"),))
    return NOTHING


def _pod(name: str, labels: tuple[str, ...], kind: str) -> Answer:
    if len(labels) != 1:
        return NO_SUCH_NAME
    address = labels[0].replace("-", ".")
    if _is_address(address):
        return Answer(True, (Record(name, "A", address),) if kind == "A" else ())
    return NO_SUCH_NAME


def _service(
    name: str, rest: tuple[str, ...], kind: str, service: NamedService, domain: str
) -> Answer:
    match rest:
        case ():
            return _whole_service(name, kind, service, domain)
        case (hostname,):
            found = [each for each in service.endpoints if each.hostname == hostname]
            return _endpoints(name, kind, found, service, domain)
        case (port, protocol) if port.startswith("_") and protocol.startswith("_"):
            return _ports(name, kind, (port[1:], protocol[1:]), service, domain)
    return NO_SUCH_NAME


def _whole_service(name: str, kind: str, service: NamedService, domain: str) -> Answer:
    if service.external_name:
        target = Record(name, "CNAME", service.external_name)
        return Answer(True, (target,) if kind in {"A", "AAAA", "CNAME"} else ())
    if not service.cluster_ips:
        return _endpoints(name, kind, service.endpoints, service, domain)
    if kind == "A":
        return Answer(True, tuple(Record(name, "A", each) for each in service.cluster_ips))
    if kind == "SRV":
        return _service_srv(name, service.ports, service, domain)
    return NOTHING


def _ports(
    name: str, kind: str, wanted: tuple[str, str], service: NamedService, domain: str
) -> Answer:
    if service.external_name:
        return NO_SUCH_NAME
    if service.cluster_ips:
        ports = [each for each in service.ports if (each.name, each.protocol) == wanted]
        if not ports:
            return NO_SUCH_NAME
        if kind == "SRV":
            return _service_srv(name, ports, service, domain)
        # As CoreDNS does: the name also has the Service's address.
        return _whole_service(name, kind, service, domain)
    found = [
        NamedEndpoint(each.hostname, each.address, tuple(ports))
        for each in service.endpoints
        if (ports := [port for port in each.ports if (port.name, port.protocol) == wanted])
    ]
    return _endpoints(name, kind, found, service, domain)


def _service_srv(
    name: str, ports: Sequence[NamedPort], service: NamedService, domain: str
) -> Answer:
    target = f"{service.name}.{service.namespace}.svc.{domain}"
    extra = tuple(Record(target, "A", each) for each in service.cluster_ips)
    return Answer(True, tuple(_srv(name, [(each.port, target) for each in ports])), extra)


def _endpoints(
    name: str, kind: str, found: Sequence[NamedEndpoint], service: NamedService, domain: str
) -> Answer:
    if not found:
        return NO_SUCH_NAME
    if kind == "A":
        addresses = dict.fromkeys(each.address for each in found)
        return Answer(True, tuple(Record(name, "A", each) for each in addresses))
    if kind == "SRV":
        targets = {each: _endpoint_name(each, service, domain) for each in found}
        ways = [(port.port, targets[each]) for each in found for port in each.ports]
        extra = dict.fromkeys(Record(targets[each], "A", each.address) for each in found)
        return Answer(True, tuple(_srv(name, ways)), tuple(extra))
    return NOTHING


def _srv(name: str, ways: Sequence[tuple[int, str]]) -> Iterator[Record]:
    weight = 100 // max(len(ways), 1) or 1
    for port, target in ways:
        yield Record(name, "SRV", target, port=port, weight=weight)


def _reverse(
    name: str, labels: tuple[str, ...], kind: str, directory: Directory, domain: str
) -> Answer | None:
    address = ".".join(reversed(labels))
    if not _is_address(address):
        return None
    services = directory.services_at(address)
    if not services:
        return None
    names = [each for service in services for each in _names_at(address, service, domain)]
    return Answer(True, tuple(Record(name, "PTR", each) for each in names) if kind == "PTR" else ())


def _names_at(address: str, service: NamedService, domain: str) -> Iterator[str]:
    if address in service.cluster_ips:
        yield f"{service.name}.{service.namespace}.svc.{domain}"
    for each in service.endpoints:
        if each.address == address:
            yield _endpoint_name(each, service, domain)


def _endpoint_name(endpoint: NamedEndpoint, service: NamedService, domain: str) -> str:
    return f"{endpoint.hostname}.{service.name}.{service.namespace}.svc.{domain}"


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True
