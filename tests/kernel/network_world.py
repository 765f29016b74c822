"""Namespaces, pods and Services for the network's tests on a real kernel.

Each world owns its network namespaces; all vanish when the last descriptor and thread leave them.
A pod here is a namespace without a process: sockets made inside it stay inside it.
"""

import asyncio
import ctypes
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from seatrial.api.kinds import ENDPOINT_SLICE, NAMESPACE, NODE, SERVICE
from seatrial.client.client import ApiClient
from seatrial.client.transport.fake_api import FakeApi
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.kit.journal import Entry, Journal
from seatrial.network.links.wire import connect
from seatrial.network.netlink.netns import OWN_NETNS, in_netns
from seatrial.network.node import NodeNetwork, NodeNetworkConfig

LIMIT_S = 20.0
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def missing() -> str:
    """Why this machine cannot run these tests; "" when it can."""
    try:
        with fresh_netns():
            return ""
    except OSError as error:
        return f"cannot make a network namespace: {error}"


@contextmanager
def fresh_netns() -> Iterator[None]:
    """Be in a new network namespace of one's own."""
    home = os.open(OWN_NETNS, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.unshare(_CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        try:
            yield
        finally:
            if _libc.setns(home, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "cannot return to the first network namespace")
    finally:
        os.close(home)


class Netns:
    """A network namespace that nobody lives in."""

    def __init__(self) -> None:
        with fresh_netns():
            self._descriptor = os.open(OWN_NETNS, os.O_RDONLY | os.O_CLOEXEC)
        self.path = f"/proc/self/fd/{self._descriptor}"

    def socket(self, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """A socket inside."""
        return in_netns(self.path, lambda: _socket(kind))

    def close(self) -> None:
        os.close(self._descriptor)


def _socket(kind: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, kind)
    made.setblocking(False)
    return made


class World:
    """One node's network above an API server in memory."""

    def __init__(self, directory: Path) -> None:
        self.journal = Journal()
        self.api = FakeApi()
        self.api.put(NAMESPACE, {"metadata": {"name": "default"}})
        self.directory = directory
        self.network: NodeNetwork
        self._closing: list[Callable[[], Any]] = []

    async def pod(self, name: str) -> "Pod":
        """A pod that is wired and says its name to whoever connects to its port 8080."""
        netns = Netns()
        self._closing.append(netns.close)
        address = await self.network.attach(f"default/{name}", netns.path)
        pod = Pod(name, address, netns)
        listener = netns.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, 8080))
        server = await asyncio.start_server(pod.greet, sock=listener)
        self._closing.append(server.close)
        return pod

    def service(self, name: str, cluster_ip: str, **spec: Any) -> None:
        ports = [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080}]
        wanted = {"clusterIP": cluster_ip, "clusterIPs": [cluster_ip], "ports": ports, **spec}
        self.api.put(SERVICE, {"metadata": meta(name), "spec": wanted})

    def endpoints(self, name: str, *addresses: str, protocol: str = "TCP") -> None:
        self.api.put(
            ENDPOINT_SLICE,
            {
                "metadata": {**meta(f"{name}-x"), "labels": {"kubernetes.io/service-name": name}},
                "addressType": "IPv4",
                "ports": [{"name": "http", "protocol": protocol, "port": 8080}],
                "endpoints": [
                    {"addresses": [each], "conditions": {"ready": True}, "nodeName": "node-0"}
                    for each in addresses
                ],
            },
        )

    async def told(self, kind: str, wanted: Callable[[Entry], bool]) -> Entry:
        """The first entry of the journal, past or future, that is wanted."""
        async with asyncio.timeout(LIMIT_S):
            async for entry in self.journal.read():
                if entry["kind"] == kind and wanted(entry):
                    return entry
        raise AssertionError("the journal ended")

    async def rules_are(self, service: str, *endpoints: str) -> Entry:
        """Until the last news of the rules of `service` is exactly these endpoints."""
        return await self.told(
            "rules", lambda e: e["service"] == service and set(e["endpoints"]) == set(endpoints)
        )

    def close(self) -> None:
        for each in reversed(self._closing):
            each()


class Pod:
    def __init__(self, name: str, address: str, netns: Netns) -> None:
        self.name = name
        self.address = address
        self.netns = netns
        self.greeted: list[str] = []

    @property
    def endpoint(self) -> str:
        return f"{self.address}:8080"

    async def greet(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.greeted.append(writer.get_extra_info("peername")[0])
        writer.write(self.name.encode())
        await writer.drain()
        writer.close()

    async def ask(self, address: str, port: int = 80) -> str:
        """What is said to this pod at `address`."""
        return await ask(self.netns.socket(), address, port)


async def ask(made: socket.socket, address: str, port: int = 80) -> str:
    """What is said over this socket at `address`."""
    async with asyncio.timeout(LIMIT_S):
        with made:
            await asyncio.get_running_loop().sock_connect(made, (address, port))
            reader, writer = await asyncio.open_connection(sock=made.dup())
            try:
                return (await reader.read()).decode()
            finally:
                writer.close()
                await writer.wait_closed()


async def ask_from_node(address: str, port: int = 80) -> str:
    """What is said to a process of the node at `address`."""
    return await ask(_socket(socket.SOCK_STREAM), address, port)


def meta(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": "default", "uid": name}


def node_config(index: int, directory: Path, *, min_sync_s: float = 0.0) -> NodeNetworkConfig:
    return NodeNetworkConfig(
        node_name=f"node-{index}",
        node_ip=f"10.245.0.{index + 10}",
        pod_cidr=f"10.244.{index}.0/24",
        cluster_cidr="10.244.0.0/16",
        service_cidr="10.96.0.0/16",
        dns_service_ip="10.96.0.10",
        cluster_domain="cluster.local",
        api_relay_ip="10.245.255.1",
        api_relay_port=6443,
        api_socket=directory / "api.sock",
        upstream_dns_socket=directory / "dns.sock",
        proxy_min_sync_s=min_sync_s,
    )


@asynccontextmanager
async def node_world(directory: Path, *, min_sync_s: float = 0.0) -> AsyncIterator[World]:
    """A node whose network runs in a namespace of its own, and we with it."""
    world = World(directory)
    with fresh_netns():
        client = ApiClient(ScriptedTransport(world.api))
        config = node_config(0, directory, min_sync_s=min_sync_s)
        world.network = NodeNetwork(config, client, world.journal)
        try:
            await world.network.start()
            yield world
        finally:
            await world.network.aclose()
            world.close()
            await client.aclose()


@asynccontextmanager
async def wired_worlds(directory: Path) -> AsyncIterator[tuple[World, World]]:
    """Two nodes of one cluster on one wire, each in a namespace of its own."""
    worlds = (World(directory), World(directory))
    worlds[1].api = worlds[0].api
    wire = Netns()
    clients = []
    try:
        for index, world in enumerate(worlds):
            client = ApiClient(ScriptedTransport(world.api))
            clients.append(client)
            config = node_config(index, directory)
            world.api.put(NODE, _node(config))
            with fresh_netns():
                connect(OWN_NETNS, wire.path, config.node_ip, node_cidr="10.245.0.0/24")
                world.network = NodeNetwork(config, client, world.journal)
                await world.network.start()
        yield worlds
    finally:
        for world in worlds:
            await world.network.aclose()
            world.close()
        for client in clients:
            await client.aclose()
        wire.close()


def _node(config: NodeNetworkConfig) -> dict[str, Any]:
    addresses = [{"type": "InternalIP", "address": config.node_ip}]
    return {
        "metadata": {"name": config.node_name},
        "spec": {"podCIDR": config.pod_cidr},
        "status": {"addresses": addresses},
    }
