"""One node's whole network: what a CNI plugin, kube-proxy and a node-local DNS server do (shell).

Does: bring the node's own links up, wire pods, and run the proxy, DNS, the relay to the API and the
flow watcher, all in the network namespace of the caller.
Does not: join nodes to each other (`links/wire.py` does, from where both may be entered).
Holds: nothing outside the caller's network namespace is touched; it all vanishes with it.
"""

from dataclasses import dataclass
from pathlib import Path

from seatrial.api.kinds import (
    ENDPOINT_PROPAGATION_DELAY,
    ENDPOINT_SLICE,
    NAMESPACE,
    NODE,
    SERVICE,
)
from seatrial.client.informers import InformerSet
from seatrial.client.interface import Client
from seatrial.kit.journal import Journal
from seatrial.kit.record import get_record
from seatrial.kit.tasks import FailureHandler
from seatrial.network.conntrack.linux import LinuxConntrack
from seatrial.network.conntrack.watcher import FlowWatcher
from seatrial.network.dns.directory import InformedDirectory
from seatrial.network.dns.server import DnsServer
from seatrial.network.errors import NetworkError
from seatrial.network.ipam import Addresses, gateway_of
from seatrial.network.links.interface import BridgePlan, Links, PodLink
from seatrial.network.links.linux import LinuxLinks
from seatrial.network.proxy.proxy import Proxy, ProxySettings, Sources
from seatrial.network.proxy.render import NodeView
from seatrial.network.relay import Relay
from seatrial.network.routes import NodeRoutes
from seatrial.network.ruleset.nft import NftRuleset

record = get_record("network.node")

TABLE = "kube-proxy"


@dataclass(frozen=True, slots=True)
class NodeNetworkConfig:
    """What one node is told of the address plan."""

    node_name: str
    node_ip: str
    pod_cidr: str  # of this node
    cluster_cidr: str  # of all pods
    service_cidr: str
    dns_service_ip: str
    cluster_domain: str
    api_relay_ip: str
    api_relay_port: int
    api_socket: Path  # of the control plane, speaking TLS
    upstream_dns_socket: Path  # of the control plane's forwarder
    # Changes of Services are gathered this long before they are written; kube-proxy's default.
    proxy_min_sync_s: float = 1.0
    # Whether the cluster knows faults.seatrial.dev; others are asked for nothing they do not have.
    has_faults: bool = True


class NodeNetwork:
    """One node's network, from `start` until `aclose`; wires pods as kubelet.PodNetwork asks."""

    def __init__(
        self,
        config: NodeNetworkConfig,
        client: Client,
        journal: Journal,
        *,
        on_failure: FailureHandler | None = None,
    ) -> None:
        self._config = config
        self._links: Links = LinuxLinks()
        self._ruleset = NftRuleset(TABLE)
        self._conntrack = LinuxConntrack()
        self._addresses = Addresses(config.pod_cidr)
        self._attached: dict[str, PodLink] = {}
        self._flows = FlowWatcher(journal)
        self._informers = InformerSet(client, on_failure=on_failure)
        self._proxy = self._make_proxy(journal, on_failure)
        self._dns = self._make_dns()
        self._relay = Relay(
            config.api_relay_ip, config.api_relay_port, socket_path=config.api_socket
        )

    async def start(self) -> None:
        """Bring everything up; returns when the rules for what there is are in the kernel.

        Raises NetworkError, or OSError when an address of the plan cannot be listened on.
        """
        config = self._config
        gateway = gateway_of(config.pod_cidr)
        self._links.prepare(BridgePlan(gateway, config.pod_cidr, config.service_cidr))
        # The node's own too: a node that is alone is plugged into no wire that would bring it.
        for address in (config.node_ip, config.api_relay_ip, config.dns_service_ip):
            self._links.add_local_address(address)
        self._flows.start()
        await self._relay.start()
        self._informers.start()
        NodeRoutes(self._informers.informer(NODE), self._links, own_name=config.node_name).start()
        await self._proxy.start()
        await self._informers.wait_synced()
        await self._dns.start()

    async def attach(self, pod: str, netns: str) -> str:
        """Wire the network namespace at path `netns` for pod "namespace/name"; its address.

        Raises AddressesExhausted, CannotAttach.
        """
        # A path may come again for another namespace: what was wired there before goes first.
        await self.detach(pod, netns)
        address = self._addresses.take(netns)
        link = PodLink(address, gateway_of(self._config.pod_cidr))
        try:
            self._links.attach(link, netns)
        except NetworkError:
            self._addresses.give_back(netns)
            raise
        self._attached[netns] = link
        record.debug("pod.attached", pod=pod, address=address)
        return address

    async def detach(self, pod: str, netns: str) -> None:
        """Cut the pod off and let its address go; no error when it is gone already."""
        link = self._attached.get(netns)
        if link is not None:
            self._links.detach(link)
            self._addresses.give_back(netns)
            del self._attached[netns]
            record.debug("pod.detached", pod=pod, address=link.address)

    async def aclose(self) -> None:
        """Stop serving; rules and links go with the namespace."""
        await self._relay.aclose()
        await self._dns.aclose()
        await self._proxy.aclose()
        await self._informers.aclose()
        self._flows.close()
        self._links.close()
        self._ruleset.close()
        self._conntrack.close()

    def _make_proxy(self, journal: Journal, on_failure: FailureHandler | None) -> Proxy:
        config, informer = self._config, self._informers.informer
        view = NodeView(
            node_ip=config.node_ip,
            cluster_cidr=config.cluster_cidr,
            service_cidr=config.service_cidr,
            own_addresses=(config.dns_service_ip,),
        )
        return Proxy(
            ProxySettings(config.node_name, view, config.proxy_min_sync_s),
            Sources(
                services=informer(SERVICE),
                slices=informer(ENDPOINT_SLICE),
                faults=informer(ENDPOINT_PROPAGATION_DELAY) if config.has_faults else None,
            ),
            ruleset=self._ruleset,
            conntrack=self._conntrack,
            journal=journal,
            on_failure=on_failure,
        )

    def _make_dns(self) -> DnsServer:
        config, informer = self._config, self._informers.informer
        directory = InformedDirectory(
            namespaces=informer(NAMESPACE),
            services=informer(SERVICE),
            slices=informer(ENDPOINT_SLICE),
        )
        return DnsServer(
            config.dns_service_ip,
            directory,
            domain=config.cluster_domain,
            upstream=config.upstream_dns_socket,
        )
