"""A node's process: network, runtime and kubelet in namespaces of its own.

Does: enters its namespaces before anything else runs, brings the parts up, says on standard output
when the kubelet runs (or why it cannot), and takes everything down when its standard input closes.
Holds: when this process is gone, so are its containers, mounts and network; the kernel sees to it.
"""

import asyncio
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import orjson
import uvloop

from seatrial.apiserver.server import Listener, serve
from seatrial.client.client import ApiClient
from seatrial.client.credentials import Token
from seatrial.client.transport.http import unix_transport
from seatrial.cluster.config import NodeConfig
from seatrial.cluster.failures import explained
from seatrial.cluster.lifeline import when_standard_input_ends
from seatrial.cluster.namespaces import Place, enter
from seatrial.cluster.plan import (
    API_RELAY_IP,
    API_RELAY_PORT,
    CLUSTER_DOMAIN,
    DNS_SERVICE_IP,
    POD_CIDR,
    SERVICE_CIDR,
)
from seatrial.cluster.pulls import NodeShelf, RemotePuller
from seatrial.cluster.stopping import Stop
from seatrial.images.interface import Shelf
from seatrial.images.shelf import DirectoryShelf
from seatrial.kit import record as record_kit
from seatrial.kit.errors import SeatrialError
from seatrial.kit.files import private_directory
from seatrial.kit.journal import Journal
from seatrial.kubelet.config import KubeletConfig
from seatrial.kubelet.kubelet import Kubelet
from seatrial.kubelet.server import build_server
from seatrial.network.node import NodeNetwork, NodeNetworkConfig
from seatrial.runtime.process.runtime import ProcessRuntime, ProcessRuntimeConfig

record = record_kit.get_record("cluster.node")

# What a node makes for containers is read by their users. Its own directory has mode 0700.
UMASK = 0o022


def main() -> int:
    """`python -m seatrial.cluster.node CONFIG`."""
    os.umask(UMASK)
    config = NodeConfig.from_json(Path(sys.argv[1]).read_bytes())
    record_kit.set_up(config.log_level)
    try:
        place = enter(config)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(config, place))
    except Exception as error:  # noqa: BLE001 - the last line of defence: the control plane is told
        return _failed(error)
    return 0


def _failed(error: Exception) -> int:
    found = explained(error)
    if not found:
        record.error("node.bug", error="".join(traceback.format_exception(error)))
        found = [SeatrialError(f"internal error: {error!r}", remedy="its log has the details")]
    message = "; ".join(str(each) for each in found)
    record.error("node.failed", error=message)
    _say(error=message, remedy=found[0].remedy, exit_code=found[0].exit_code)
    return found[0].exit_code


async def run(config: NodeConfig, place: Place) -> None:
    """Bring everything up, stay until our standard input closes, take everything down."""
    stop = Stop()
    await when_standard_input_ends(stop.ask)
    async with AsyncExitStack() as stack:
        async with stop.gives_up():
            await _bring_up(config, place, stack, on_lost=stop.ask)
        _say(ready=True, wire=place.wire)
        record.info("node.ready", node=config.name, rootless=place.is_rootless)
        await stop.wait()
        record.info("node.stopping", node=config.name)


async def _bring_up(
    config: NodeConfig, place: Place, stack: AsyncExitStack, *, on_lost: Callable[[], None]
) -> None:
    journal = Journal()
    credentials = Token(config.token_file.read_text().strip())
    client = ApiClient(unix_transport(config.api_socket, credentials=credentials))
    stack.push_async_callback(client.aclose)
    runtime = ProcessRuntime(
        ProcessRuntimeConfig(
            state=private_directory(config.data_dir / "containers"), rootless=place.is_rootless
        ),
        journal,
        # A node without its spawner can run nothing: it ends, and is started again.
        on_lost=on_lost,
    )
    stack.push_async_callback(runtime.aclose)
    await runtime.open()
    network = NodeNetwork(_network_config(config), client, journal)
    stack.push_async_callback(network.aclose)
    shelves: list[Shelf] = [DirectoryShelf(path) for path in config.shelves]
    shelf = NodeShelf(shelves, RemotePuller(config.pull_socket))
    kubelet = Kubelet(_kubelet_config(config, place), client, runtime, shelf, network, journal)
    stack.push_async_callback(kubelet.aclose)
    await network.start()
    config.kubelet_socket.unlink(missing_ok=True)
    await stack.enter_async_context(
        serve(build_server(kubelet, journal), [Listener(unix=config.kubelet_socket)])
    )
    await kubelet.start()


def _network_config(config: NodeConfig) -> NodeNetworkConfig:
    return NodeNetworkConfig(
        node_name=config.name,
        node_ip=config.node_ip,
        pod_cidr=config.pod_cidr,
        cluster_cidr=POD_CIDR,
        service_cidr=SERVICE_CIDR,
        dns_service_ip=DNS_SERVICE_IP,
        cluster_domain=CLUSTER_DOMAIN,
        api_relay_ip=API_RELAY_IP,
        api_relay_port=API_RELAY_PORT,
        api_socket=config.api_relay_socket,
        upstream_dns_socket=config.upstream_dns_socket,
        proxy_min_sync_s=config.proxy_min_sync_s,
    )


def _kubelet_config(config: NodeConfig, place: Place) -> KubeletConfig:
    return KubeletConfig(
        node_name=config.name,
        node_ip=config.node_ip,
        pod_cidr=config.pod_cidr,
        data_dir=config.data_dir,
        cluster_dns=DNS_SERVICE_IP,
        cluster_domain=CLUSTER_DOMAIN,
        rootless=place.is_rootless,
        hidden=config.hidden,
    )


def _say(**word: Any) -> None:
    try:
        os.write(sys.stdout.fileno(), orjson.dumps(word) + b"\n")
    except BrokenPipeError:
        record.debug("node.unheard", word=word)


if __name__ == "__main__":
    sys.exit(main())
