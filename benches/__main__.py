"""Measures a whole cluster from outside and writes build/bench.json (flat) and a line of history.

Every figure comes from one run on one machine: compare ratios within a run, not runs of two
machines.
What is measured stands beside each figure; the API is asked over loopback TLS, as kubectl does.
"""

import asyncio
import json
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benches.lint import measure_lint
from benches.load import Load
from seatrial.api.kinds import CONFIG_MAP, NODE, POD
from seatrial.api.objects import Object, name_of, status_of
from seatrial.cli.connect import connect
from seatrial.cli.images import host_path
from seatrial.client.interface import Client
from seatrial.client.waiting import wait_for
from seatrial.cluster.config import ClusterConfig
from seatrial.cluster.launch import Running, runtime_directory, start, stop_process
from seatrial.cluster.processes import ours
from seatrial.images.interface import ImageConfig
from seatrial.images.shelf import DirectoryShelf

BUILD, HISTORY = Path("build/bench.json"), Path("benches/history/bench.jsonl")
IMAGE = "bench:1"
POD_STARTS = 60
POD_BURST = 80
API_SECONDS = 3.0
LISTED = 10_000
WATCHED = 3_000
LIMIT_S = 60.0

TARGETS = {
    "up_to_dns_s": "<= 2",
    "control_plane_ready_s": "<= 0.6",
    "rest_memory_mb": "<= 150",
    "pod_start_p50_ms": "<= 40",
    "pod_start_p99_ms": "<= 150",
    "pods_per_s": ">= 40",
    "api_create_per_s": ">= 3000",
    "api_get_per_s": ">= 10000",
    "api_list_10k_ms": "<= 150",
    "watch_events_per_s": "",
    "lint_start_s": "",
    "lint_1000_files_s": "<= 1",
    "lint_1000_in_one_file_s": "<= 1",
}
RESOLVE = "import socket; socket.getaddrinfo('kubernetes.default', 443)"


def pod(name: str, *argv: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "containers": [{"name": "main", "image": IMAGE, "command": list(argv)}],
        },
    }


@contextmanager
def cluster() -> Iterator[tuple[Running, dict[str, float]]]:
    """A cluster as `seatrial up` makes it (SQLite, one node), and when each stage began."""
    directory = Path(tempfile.mkdtemp(prefix="seatrial-bench-"))
    shelf = directory / "images"
    config = ImageConfig(environment={"PATH": host_path()})
    asyncio.run(DirectoryShelf(shelf).add_host(IMAGE, config))
    stages: dict[str, float] = {}
    began = time.perf_counter()
    running = start(
        ClusterConfig(
            data_dir=directory,
            run_dir=runtime_directory(directory),
            shelves=(shelf,),
        ),
        on_stage=lambda name: stages.update({name: time.perf_counter() - began}),
    )
    try:
        yield running, stages | {"ready": time.perf_counter() - began}
    finally:
        stop_process(running.process)
        shutil.rmtree(directory)


async def until(client: Client, name: str, *phases: str) -> None:
    await wait_for(
        client, POD, name, "default", lambda found: status_of(found).get("phase") in phases,
        limit_s=LIMIT_S, what=f"phase {phases[0]}",
    )  # fmt: skip


async def measure_dns(client: Client) -> None:
    """An app runs and its name service answers: what the peers' `up` figures mean."""
    await client.create(POD, pod("dns", "python3", "-S", "-c", RESOLVE), "default")
    await until(client, "dns", "Succeeded")


async def measure_starts(client: Client) -> dict[str, float]:
    """One pod at a time, from its creation's answer until a watch shows it Running."""
    took_ms = []
    for number in range(POD_STARTS):
        name = f"start-{number}"
        began = time.perf_counter()
        await client.create(POD, pod(name, "sleep", "1000"), "default")
        await until(client, name, "Running")
        took_ms.append((time.perf_counter() - began) * 1000)
        await client.delete(POD, name, "default", grace_period_s=0)
    cuts = statistics.quantiles(took_ms, n=100, method="inclusive")
    return {"pod_start_p50_ms": cuts[49], "pod_start_p99_ms": cuts[98]}


async def measure_burst(client: Client) -> float:
    """Many pods at once, real processes, until all are Running."""
    names = [f"burst-{number}" for number in range(POD_BURST)]
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(client.create(POD, pod(name, "sleep", "1000"), "default"))
            group.create_task(until(client, name, "Running"))
    rate = len(names) / (time.perf_counter() - began)
    for name in names:
        await client.delete(POD, name, "default", grace_period_s=0)
    return rate


async def measure_watch(client: Client, load: Load) -> float:
    """Events of one watch while many clients create."""
    found = await client.list(CONFIG_MAP, "default", limit=1)

    async def count() -> float:
        seen, began = 0, 0.0
        async for event in client.watch(
            CONFIG_MAP, "default", resource_version=found.resource_version
        ):
            if event.type == "ADDED" and name_of(event.object).startswith("watched-"):
                began = began or time.perf_counter()
                seen += 1
                if seen == WATCHED:
                    return seen / (time.perf_counter() - began)
        raise RuntimeError("the watch ended")

    async with asyncio.TaskGroup() as group:
        counting = group.create_task(count())
        group.create_task(load.create("watched", WATCHED))
    return counting.result()


async def measure(running: Running, stages: dict[str, float]) -> dict[str, float]:
    began = time.perf_counter()
    async with connect(running.kubeconfig) as client:
        await measure_dns(client)
        figures = {
            "up_to_dns_s": stages["ready"] + time.perf_counter() - began,
            "control_plane_ready_s": stages["node"],
            "node_ready_s": stages["ready"],
        }
        memory = sum(process.memory_bytes for process in ours(running.process.pid))
        figures["rest_memory_mb"] = memory / 1e6
        figures |= await measure_starts(client)
        figures["pods_per_s"] = await measure_burst(client)
        async with Load(running) as load:
            figures["api_create_per_s"] = await load.create_for(API_SECONDS)
            figures["api_get_per_s"] = await load.get_for(NODE.path(name="seatrial-0"), API_SECONDS)
            figures["watch_events_per_s"] = await measure_watch(client, load)
            await load.create_pods(LISTED)
            figures["api_list_10k_ms"] = await load.list_ms(POD.path("listed"))
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    with cluster() as (running, stages):
        figures = asyncio.run(measure(running, stages))
    figures |= {name: round(value, 3) for name, value in measure_lint().items()}
    BUILD.parent.mkdir(exist_ok=True)
    BUILD.write_text(json.dumps(figures, indent=2) + "\n")
    HISTORY.parent.mkdir(exist_ok=True)
    machine = {"kernel": platform.release(), "python": platform.python_version()}
    with HISTORY.open("a") as history:
        history.write(json.dumps({"at": int(time.time()), **machine, **figures}) + "\n")
    table = Table("figure", "measured", "to reach", box=None)
    for name, value in figures.items():
        table.add_row(name, f"{value:g}", TARGETS.get(name, ""))
    Console().print(table)


if __name__ == "__main__":
    main()
