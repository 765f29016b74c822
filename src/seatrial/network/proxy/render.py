"""Intent to rules; pure. The shape is that of kube-proxy's nftables mode, and so are most names.

A connection's way:

    nat-prerouting, nat-output ─► services ─► service-ips (map) ─► service-… or external-…
                                           └► service-nodeports (map) ─► external-…
      service-…   one of its endpoints at random, or the one this client had before (affinity)
      endpoint-…  change the destination; a pod that reaches itself is masqueraded
    filter-input, -forward, -output ─► no-endpoint-services (map) ─► reject or drop
    nat-postrouting ─► masquerading what was marked

Does not: lift the kernel's rate limit for "port unreachable": a client that retries without pause
against a Service without endpoints sees a few refusals, then about one a second and time-outs
between, as on a real node.
Holds: parts of different Services share nothing but the elements of the base table's maps, so each
can change alone.
Differs from Kubernetes: traffic to unassigned Service addresses is dropped, as kube-proxy does only
when it knows the Service CIDR.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seatrial.network.proxy.intent import Endpoint, ServicePort
from seatrial.network.ruleset.values import (
    DROP,
    RETURN,
    Chain,
    Dispatch,
    Field,
    Hook,
    InSet,
    Key,
    MarkHas,
    Masquerade,
    Match,
    NewConnection,
    Reject,
    Remember,
    Rule,
    SendTo,
    Set,
    Spread,
    Table,
    ToggleMark,
    Verdict,
    goto,
    jump,
)

MASQUERADE_BIT = 0x4000
_DESTINATION = (Field.DESTINATION, Field.PROTOCOL, Field.PORT)
_NODE_PORT = (Field.PROTOCOL, Field.PORT)
_MARK = jump("mark-for-masquerade")
_REJECT = goto("reject-chain")


@dataclass(frozen=True, slots=True)
class NodeView:
    """What rules need to know of the node and the cluster's address plan."""

    node_ip: str
    cluster_cidr: str  # of all pods of all nodes
    service_cidr: str
    # Service addresses that the node itself answers (its DNS server); not balanced.
    own_addresses: tuple[str, ...] = ()


def render_base(node: NodeView) -> Table:
    """The table without any Service."""
    checks = (NewConnection(), jump("service-endpoints-check"))
    node_checks = (NewConnection(), jump("nodeport-endpoints-check"))
    stray = (NewConnection(), jump("cluster-ips-check"))
    own = [(Match(Field.DESTINATION, each), RETURN) for each in node.own_addresses]
    to_node = Match(Field.DESTINATION, node.node_ip)
    chains = {
        "mark-for-masquerade": Chain(((ToggleMark(MASQUERADE_BIT),),)),
        "reject-chain": Chain(((Reject(),),)),
        "masquerading": Chain(
            (
                (MarkHas(MASQUERADE_BIT, negated=True), RETURN),
                (ToggleMark(MASQUERADE_BIT, on=False), Masquerade()),
            )
        ),
        "services": Chain(
            (
                (Dispatch(_DESTINATION, "service-ips"),),
                (to_node, Dispatch(_NODE_PORT, "service-nodeports")),
            )
        ),
        "service-endpoints-check": Chain(((Dispatch(_DESTINATION, "no-endpoint-services"),),)),
        "nodeport-endpoints-check": Chain(
            ((to_node, Dispatch(_NODE_PORT, "no-endpoint-nodeports")),)
        ),
        "cluster-ips-check": Chain(
            (
                *own,
                (InSet((Field.DESTINATION,), "cluster-ips"), Reject()),
                (Match(Field.DESTINATION, node.service_cidr), DROP),
            )
        ),
        "nat-prerouting": Chain(((jump("services"),),), Hook("nat", "prerouting", -100)),
        "nat-output": Chain(((jump("services"),),), Hook("nat", "output", -100)),
        "nat-postrouting": Chain(((jump("masquerading"),),), Hook("nat", "postrouting", 100)),
        "filter-input": Chain((node_checks, checks), Hook("filter", "input", 0)),
        "filter-forward": Chain((checks, stray), Hook("filter", "forward", 0)),
        "filter-output": Chain((checks, stray), Hook("filter", "output", 0)),
    }
    sets = {
        "service-ips": Set(_DESTINATION, is_map=True),
        "service-nodeports": Set(_NODE_PORT, is_map=True),
        "no-endpoint-services": Set(_DESTINATION, is_map=True),
        "no-endpoint-nodeports": Set(_NODE_PORT, is_map=True),
        "cluster-ips": Set((Field.DESTINATION,)),
    }
    return Table(chains, sets, {name: {} for name in sets})


def render_service(ports: Sequence[ServicePort], node: NodeView) -> Table:
    """The part of the table that one Service makes."""
    part = Table()
    for port in ports:
        part = part.joined(_render_port(port, node))
    return part


def _render_port(port: ServicePort, node: NodeView) -> Table:
    addresses = [each for each in port.cluster_ips if each not in node.own_addresses]
    if not addresses:
        return Table()
    elements: dict[str, dict[Key, Verdict | None]] = {
        "service-ips": {},
        "service-nodeports": {},
        "no-endpoint-services": {},
        "no-endpoint-nodeports": {},
        "cluster-ips": {(each,): None for each in addresses},
    }
    for address in addresses:
        table, verdict = _internal_verdict(port)
        elements[table][address, port.protocol, port.port] = verdict
    for address in port.external_ips:
        table, verdict = _external_verdict(port)
        elements[table][address, port.protocol, port.port] = verdict
    if port.node_port:
        table, verdict = _external_verdict(port)
        table = table.replace("service-ips", "service-nodeports").replace("services", "nodeports")
        elements[table][port.protocol, port.node_port] = verdict
    return Table(dict(_chains(port, node)), dict(_affinity_sets(port)), elements)


def _internal_verdict(port: ServicePort) -> tuple[str, Verdict]:
    return _verdict(port, port.internal_endpoints, goto(_internal_chain(port)))


def _external_verdict(port: ServicePort) -> tuple[str, Verdict]:
    return _verdict(port, port.external_endpoints, goto(_name("external", port)))


def _verdict(
    port: ServicePort, endpoints: Sequence[Endpoint], served: Verdict
) -> tuple[str, Verdict]:
    if endpoints:
        return "service-ips", served
    # With endpoints elsewhere, a policy of Local drops: a refusal would stop others from trying.
    return "no-endpoint-services", (DROP if port.endpoints else _REJECT)


def _chains(port: ServicePort, node: NodeView) -> Iterator[tuple[str, Chain]]:
    is_external = bool(port.external_ips or port.node_port)
    is_local = port.is_internal_local or (is_external and port.is_external_local)
    used = {*port.endpoints, *(port.local_endpoints if is_local else ())}
    for endpoint in sorted(used):
        yield _endpoint_chain(port, endpoint), Chain(tuple(_endpoint_rules(port, endpoint)))
    if port.endpoints:
        yield _name("service", port), Chain(tuple(_balance(port, port.endpoints, node)))
    if is_local and port.local_endpoints:
        yield _name("local", port), Chain(tuple(_balance(port, port.local_endpoints, node)))
    if is_external and port.external_endpoints:
        yield _name("external", port), Chain(tuple(_external_rules(port, node)))


def _balance(port: ServicePort, endpoints: Sequence[Endpoint], node: NodeView) -> Iterator[Rule]:
    for address in port.cluster_ips:
        # From outside the cluster to a cluster IP: the answer must come back this way.
        outside = Match(Field.SOURCE, node.cluster_cidr, negated=True)
        yield (Match(Field.DESTINATION, address), outside, _MARK)
    if port.affinity_timeout_s:
        for each in endpoints:
            yield (
                InSet((Field.SOURCE,), _affinity_set(port, each)),
                goto(_endpoint_chain(port, each)),
            )
    yield (Spread(tuple(goto(_endpoint_chain(port, each)) for each in endpoints)),)


def _external_rules(port: ServicePort, node: NodeView) -> Iterator[Rule]:
    if not port.is_external_local:
        yield (_MARK,)
        yield (goto(_name("service", port)),)
        return
    # From within, "external" addresses reach every endpoint, as if asked by cluster IP.
    yield (Match(Field.SOURCE, node.cluster_cidr), goto(_name("service", port)))
    yield (Match(Field.SOURCE, node.node_ip), _MARK)
    yield (Match(Field.SOURCE, node.node_ip), goto(_name("service", port)))
    yield (goto(_name("local", port)),)


def _endpoint_rules(port: ServicePort, endpoint: Endpoint) -> Iterator[Rule]:
    yield (Match(Field.SOURCE, endpoint.address), _MARK)
    if port.affinity_timeout_s:
        yield (Remember(_affinity_set(port, endpoint), port.affinity_timeout_s),)
    yield (Match(Field.PROTOCOL, port.protocol), SendTo(endpoint.address, endpoint.port))


def _affinity_sets(port: ServicePort) -> Iterator[tuple[str, Set]]:
    if port.affinity_timeout_s:
        for each in sorted({*port.endpoints, *port.local_endpoints}):
            yield _affinity_set(port, each), Set((Field.SOURCE,), is_timed=True)


def _internal_chain(port: ServicePort) -> str:
    return _name("local" if port.is_internal_local else "service", port)


def _endpoint_chain(port: ServicePort, endpoint: Endpoint) -> str:
    return f"{_name('endpoint', port)}__{endpoint.address}/{endpoint.port}"


def _affinity_set(port: ServicePort, endpoint: Endpoint) -> str:
    return f"{_name('affinity', port)}__{endpoint.address}/{endpoint.port}"


def _name(kind: str, port: ServicePort) -> str:
    return f"{kind}-{port.service}/{port.protocol}/{port.name}"
