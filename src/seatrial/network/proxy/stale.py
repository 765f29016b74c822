"""UDP flows that point to where nobody listens any more; pure.

UDP has no connection that ends, so the kernel would send a client's packets to the pod it once
chose for as long as they keep coming. TCP flows are left alone: they stay with their pod until
they end.
"""

from collections.abc import Iterable, Iterator

from seatrial.network.conntrack.wire import Flow
from seatrial.network.proxy.intent import Endpoint, ServicePort


def stale_flows(
    flows: Iterable[Flow], ports: Iterable[ServicePort], *, node_ip: str
) -> Iterator[Flow]:
    """Flows to a Service that lead to none of its present endpoints."""
    wanted = {key: value for port in ports for key, value in _ways(port, node_ip)}
    for flow in flows:
        asked = (flow.original.destination, flow.original.destination_port)
        reached = Endpoint(flow.reply.source, flow.reply.source_port)
        endpoints = wanted.get(asked)
        if endpoints is None:
            continue
        # A flow that was not redirected is stale as soon as there is somewhere to redirect it to.
        if (flow.is_redirected or endpoints) and reached not in endpoints:
            yield flow


def _ways(port: ServicePort, node_ip: str) -> Iterator[tuple[tuple[str, int], frozenset[Endpoint]]]:
    if port.protocol != "udp":
        return
    for address in port.cluster_ips:
        yield (address, port.port), frozenset(port.internal_endpoints)
    outside = frozenset((*port.external_endpoints, *port.endpoints))
    for address in port.external_ips:
        yield (address, port.port), outside
    if port.node_port:
        yield (node_ip, port.node_port), outside
