"""The control plane's process: store, API server, controllers, scheduler, and the nodes it starts.

Does: brings the parts up in order, says on a pipe when each is ready or why one is not, takes them
down in the reverse order, at any moment that it is asked to.
Holds: one control plane a data directory (a lock the kernel lets go of). Its standard input is a
lifeline to whoever starts it, until that lets go. Nodes are children on a lifeline: when this
process ends, however it ends, they end too. What it leaves on the machine is its data directory.
"""

import asyncio
import gc
import os
import shutil
import signal
import socket
import sys
import traceback
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import orjson
import uvloop

from seatrial import __version__
from seatrial.api.kinds import NODE
from seatrial.api.objects import is_condition_true
from seatrial.apiserver.app import build_app
from seatrial.apiserver.config import ADMIN, ApiServerConfig
from seatrial.apiserver.kubelets import UnixKubelets
from seatrial.apiserver.server import Listener, serve
from seatrial.client.client import ApiClient
from seatrial.client.errors import ApiError
from seatrial.client.informers import InformerSet
from seatrial.client.interface import Client
from seatrial.client.kubeconfig import merge_context
from seatrial.client.transport.inproc import InProcessTransport
from seatrial.client.waiting import wait_for
from seatrial.cluster import bootstrap
from seatrial.cluster.config import ClusterConfig
from seatrial.cluster.failures import explained
from seatrial.cluster.fleet import Fleet
from seatrial.cluster.leaving import leave
from seatrial.cluster.lifeline import read_line, when_standard_input_ends
from seatrial.cluster.naming import node_name
from seatrial.cluster.pki import Pki, ensure_pki
from seatrial.cluster.processes import start_ticks
from seatrial.cluster.pulls import PullServer
from seatrial.cluster.state import ClusterState, claimed, write_state
from seatrial.cluster.stopping import Stop
from seatrial.controllers.registry import start_controllers
from seatrial.images.shelf import DirectoryShelf
from seatrial.kit import record as record_kit
from seatrial.kit.errors import MachineError, SeatrialError
from seatrial.kit.files import private_directory
from seatrial.network.dns.upstream import UpstreamForwarder
from seatrial.scheduler.scheduler import Scheduler
from seatrial.store.interface import Store
from seatrial.store.memory import MemoryStore
from seatrial.store.sqlite import open_store

record = record_kit.get_record("cluster.control_plane")

# Python looks for cyclic garbage after this many new containers. Objects of the API come by the
# thousand, live long and have no cycles: looking less often gave 35 to 60 % more pods a second.
GC_THRESHOLDS = (50_000, 20, 100)
# What we write is for nobody else, wherever the user has put it.
PRIVATE_UMASK = 0o077
INTERRUPTED = 130  # whoever started us was gone before it had told us anything
# From the first node's start until its Ready condition; a machine under load needs some of it.
NODE_READY_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Teller:
    """Our end of the pipe to whoever started us."""

    descriptor: int

    def say(self, **word: Any) -> None:
        """One JSON line; nobody listening is no failure."""
        try:
            os.write(self.descriptor, orjson.dumps(word) + b"\n")
        except BrokenPipeError:
            record.debug("teller.unheard", word=word)

    def close(self) -> None:
        """Nothing more will be said."""
        os.close(self.descriptor)


def main() -> int:
    """`python -m seatrial.cluster.control_plane DATA_DIR PIPE`, its config on standard input.

    The directory is for those who read the process table.
    """
    os.umask(PRIVATE_UMASK)
    told = read_line(sys.stdin.fileno())
    if not told:
        return INTERRUPTED
    config = ClusterConfig.from_json(told)
    teller = Teller(int(sys.argv[2]))
    record_kit.set_up(config.log_level)
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        with claimed(config.layout):
            _reign(config, teller)
    except Exception as error:  # noqa: BLE001 - the last line of defence: whoever starts us is told
        return _failed(error, teller, config)
    return 0


def _reign(config: ClusterConfig, teller: Teller) -> None:
    """From the lock until it is let go. What a killed one before us left goes first."""
    _leave(config)
    private_directory(config.layout.run_dir)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(config, teller))
    finally:
        _leave(config)
    if config.passing:
        shutil.rmtree(config.data_dir)


def _leave(config: ClusterConfig) -> None:
    try:
        leave(config.layout)
    except SeatrialError as error:
        # The user's kubeconfig cannot be read or written; `down` says so when it is about ours.
        record.warning("control_plane.context_stays", error=str(error), remedy=error.remedy)


def _failed(error: Exception, teller: Teller, config: ClusterConfig) -> int:
    found = explained(error)
    if not found:
        record.error("control_plane.bug", error="".join(traceback.format_exception(error)))
        remedy = f"please report it with {config.layout.log}"
        found = [SeatrialError(f"internal error: {error!r}", remedy=remedy)]
    for each in found:
        record.error("control_plane.failed", error=str(each))
    first = found[0]
    message = "; ".join(str(each) for each in found)
    teller.say(error=message, remedy=first.remedy, exit_code=first.exit_code)
    return first.exit_code


async def run(config: ClusterConfig, teller: Teller) -> None:
    """Bring everything up, stay until asked to stop, take everything down."""
    stop = Stop()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.ask)
    await when_standard_input_ends(stop.ask)
    async with AsyncExitStack() as stack:
        async with stop.gives_up():
            port = await _bring_up(config, teller, stack)
        _tell_others(config, port)
        teller.say(ready=True)
        teller.close()
        record.info("control_plane.ready", port=port, nodes=config.nodes)
        await stop.wait()
        record.info("control_plane.stopping")


async def _bring_up(config: ClusterConfig, teller: Teller, stack: AsyncExitStack) -> int:
    """In this order, and down again in the reverse one; the API's port."""
    teller.say(stage="control plane")
    pki = ensure_pki(config.layout.pki)
    client, port = await _serve_api(config, pki, stack)
    await _make_first_objects(config, client)
    await _serve_nodes(config, stack)
    await _control(client, pki, stack)
    _write_kubeconfig(config, pki, port)
    teller.say(stage="node" if config.nodes == 1 else f"{config.nodes} nodes")
    await _start_nodes(config, client, stack)
    return port


async def _serve_api(
    config: ClusterConfig, pki: Pki, stack: AsyncExitStack
) -> tuple[ApiClient, int]:
    """Store and API server, on loopback for users and on sockets for nodes and their pods."""
    layout = config.layout
    store = _open_store(config)
    stack.push_async_callback(store.aclose)
    app = build_app(_api_config(pki), store, UnixKubelets(layout.nodes))
    listener = _listen(config.port)
    port: int = listener.getsockname()[1]
    private_directory(layout.nodes)
    listeners = [
        Listener(sock=listener, tls=pki.server),
        Listener(unix=layout.api_socket),
        Listener(unix=layout.api_relay_socket, tls=pki.server),
    ]
    await stack.enter_async_context(serve(app, listeners))
    client = ApiClient(InProcessTransport(app, token=pki.token))
    stack.push_async_callback(client.aclose)
    return client, port


async def _serve_nodes(config: ClusterConfig, stack: AsyncExitStack) -> None:
    """What nodes cannot do from their own network: ask resolvers and registries."""
    upstream = UpstreamForwarder(config.layout.upstream_dns_socket)
    await upstream.start()
    stack.push_async_callback(upstream.aclose)
    pulls = PullServer(config.layout.pull_socket, DirectoryShelf(config.shelves[-1]))
    await pulls.start()
    stack.push_async_callback(pulls.aclose)


async def _control(client: ApiClient, pki: Pki, stack: AsyncExitStack) -> None:
    """Controllers and scheduler, on the same informers."""
    informers = InformerSet(client)
    stack.push_async_callback(informers.aclose)
    await stack.enter_async_context(start_controllers(informers, ca_pem=pki.ca_pem))
    scheduler = Scheduler(client, informers)
    await scheduler.start()
    stack.push_async_callback(scheduler.aclose)


async def _start_nodes(config: ClusterConfig, client: Client, stack: AsyncExitStack) -> None:
    """All of them run; the first one is Ready."""
    fleet = Fleet(config)
    stack.push_async_callback(fleet.aclose)
    await fleet.start()
    await wait_for(
        client, NODE, fleet.names[0], None, lambda node: is_condition_true(node, "Ready"),
        limit_s=NODE_READY_LIMIT_S,
    )  # fmt: skip


async def _make_first_objects(config: ClusterConfig, client: Client) -> None:
    try:
        await bootstrap.ensure(client)
    except ApiError as error:
        # Nobody but us has written yet: what refuses is the machine under the store.
        raise MachineError(
            f"the cluster's first objects cannot be written: {error}",
            remedy=f"look at the disk of {config.data_dir}, or choose another place (--data-dir)",
        ) from error


def _open_store(config: ClusterConfig) -> Store:
    return MemoryStore() if config.store == "memory" else open_store(config.layout.database)


def _api_config(pki: Pki) -> ApiServerConfig:
    return ApiServerConfig(
        tokens={pki.token: ADMIN}, ca_pem=pki.ca_pem, signing_key_pem=pki.signing_key_pem
    )


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise MachineError(
            f"port {port} on 127.0.0.1 cannot be used: {os.strerror(error.errno or 0).lower()}",
            remedy="choose another one with --port, or 0 for any free one",
        ) from error
    listener.listen(1024)
    listener.setblocking(False)
    return listener


def _write_kubeconfig(config: ClusterConfig, pki: Pki, port: int) -> None:
    merge_context(
        config.data_dir / "kubeconfig", "seatrial", server=f"https://127.0.0.1:{port}",
        ca_pem=pki.ca_pem.encode(), token=pki.token,
    )  # fmt: skip


def _tell_others(config: ClusterConfig, port: int) -> None:
    state = ClusterState(
        pid=os.getpid(),
        pid_start_ticks=start_ticks(os.getpid()),
        version=__version__,
        server=f"https://127.0.0.1:{port}",
        nodes=tuple(node_name(index) for index in range(config.nodes)),
        run_dir=str(config.run_dir),
        data_dir=str(config.data_dir),
    )
    write_state(config.layout.state, state)


if __name__ == "__main__":
    sys.exit(main())
