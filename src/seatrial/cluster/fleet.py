"""The node processes of a cluster: started, watched, stopped.

The first node makes the namespaces that all nodes share (user namespace and wire); the others are
started when it says where these are. Each holds its standard input as a lifeline: when the control
plane ends, however it ends, the kernel closes it and the node takes everything down.
"""

import asyncio
import sys
from pathlib import Path

import orjson

from seatrial.cluster.config import ClusterConfig, NodeConfig
from seatrial.cluster.last_words import last_words
from seatrial.cluster.naming import node_ip, node_name, pod_cidr
from seatrial.kit.backoff import Backoff
from seatrial.kit.errors import MachineError
from seatrial.kit.files import private_directory, write_atomic
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks

record = get_record("cluster.fleet")

# A node kills its containers at once when it stops; this is for a machine under load.
NODE_STOP_LIMIT_S = 20.0
# Between the end of a node's process and its next start.
RESTART_BACKOFF = Backoff(first_s=0.5, max_s=30.0)
# From a node's start until its namespaces are made, and until its kubelet runs.
NODE_START_LIMIT_S = 60.0


class Fleet:
    """All node processes of one cluster."""

    def __init__(self, config: ClusterConfig) -> None:
        self._config = config
        self._tasks = Tasks("fleet")
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._first = (0, "")  # the first node's pid, and where its wire is
        self._ended: asyncio.Queue[str] = asyncio.Queue()
        self.names = tuple(node_name(index) for index in range(config.nodes))

    async def start(self) -> None:
        """Start all; returns when every kubelet runs. Raises MachineError with the node's words."""
        await self._start_all()
        self._tasks.start(self._supervise(), name="supervise")

    async def _start_all(self) -> None:
        self._first = (0, "")
        self._first = await self._start(0)
        async with asyncio.TaskGroup() as group:
            for index in range(1, self._config.nodes):
                group.create_task(self._start(index))

    async def aclose(self) -> None:
        """Stop all, the first one last: the others live in its namespaces."""
        await self._tasks.stop()
        await self._end_all()

    async def _end_all(self) -> None:
        last = self._running.pop(self.names[0], None)
        others, self._running = tuple(self._running.values()), {}
        await asyncio.gather(*(self._end(each) for each in others))
        if last is not None:
            await self._end(last)

    async def _supervise(self) -> None:
        """A node's process that ends by itself is started again, as systemd does with a kubelet."""
        failures = 0
        while True:
            name = await self._ended.get()
            failures += 1
            await asyncio.sleep(RESTART_BACKOFF.delay_s(failures))
            try:
                await self._restart(name)
            except MachineError as error:
                record.error("node.restart_failed", node=name, error=str(error))
                self._ended.put_nowait(name)
            else:
                failures = 0

    async def _restart(self, name: str) -> None:
        if name == self.names[0]:
            # The others live in its namespaces: they go with it.
            await self._end_all()
            await self._start_all()
        else:
            await self._start(self.names.index(name))

    async def _start(self, index: int) -> tuple[int, str]:
        name = self.names[index]
        config = self._node_config(index, *self._first)
        private_directory(config.data_dir)
        private_directory(config.kubelet_socket.parent)
        hand_over = config.data_dir / "config.json"
        write_atomic(hand_over, config.to_json())
        with (config.data_dir / "node.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "seatrial.cluster.node", str(hand_over),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                start_new_session=True, cwd="/",
            )  # fmt: skip
        self._running[name] = process
        word = await self._hear(name, process, config.data_dir / "node.log")
        self._tasks.start(self._watch(name, process), name=name)
        return process.pid, str(word.get("wire", ""))

    async def _hear(
        self, name: str, process: asyncio.subprocess.Process, log: Path
    ) -> dict[str, object]:
        assert process.stdout is not None
        try:
            async with asyncio.timeout(NODE_START_LIMIT_S):
                line = await process.stdout.readline()
        except TimeoutError as error:
            raise MachineError(
                f"node {name} was not ready within {NODE_START_LIMIT_S:.0f} s",
                remedy=last_words(log),
            ) from error
        if not line:
            code = await process.wait()
            raise MachineError(
                f"node {name} ended before it was ready (exit code {code})",
                remedy=last_words(log),
            )
        word: dict[str, object] = orjson.loads(line)
        if "error" in word:
            await process.wait()
            raise MachineError(f"node {name}: {word['error']}", remedy=str(word["remedy"]))
        return word

    async def _watch(self, name: str, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        if self._running.get(name) is process:
            record.error("node.ended", node=name, code=code)
            self._ended.put_nowait(name)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(NODE_STOP_LIMIT_S):
                await process.wait()
        except TimeoutError:
            record.error("node.stuck", pid=process.pid, limit_s=NODE_STOP_LIMIT_S)
            process.kill()
            await process.wait()

    def _node_config(self, index: int, first_pid: int, wire: str) -> NodeConfig:
        config, layout, name = self._config, self._config.layout, self.names[index]
        return NodeConfig(
            name=name,
            index=index,
            node_ip=node_ip(index),
            pod_cidr=pod_cidr(index),
            data_dir=layout.node_data(name),
            run_dir=layout.run_dir,
            shelves=config.shelves,
            token_file=layout.pki / "token",
            api_socket=layout.api_socket,
            api_relay_socket=layout.api_relay_socket,
            upstream_dns_socket=layout.upstream_dns_socket,
            pull_socket=layout.pull_socket,
            kubelet_socket=layout.kubelet_socket(name),
            hidden=(config.data_dir, config.run_dir, *config.secrets),
            proxy_min_sync_s=config.proxy_min_sync_s,
            log_level=config.log_level,
            nodes=config.nodes,
            first_node_pid=first_pid,
            wire_netns=wire,
        )
