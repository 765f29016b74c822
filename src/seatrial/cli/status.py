"""`seatrial status`: show the running cluster."""

import asyncio
from pathlib import Path
from typing import Any

import click
import orjson
from rich.table import Table
from rich.text import Text

from seatrial import __version__
from seatrial.api.kinds import NODE
from seatrial.api.objects import is_condition_true, name_of
from seatrial.cli import places
from seatrial.cli.connect import connect
from seatrial.cli.output import out
from seatrial.client.errors import ClientError
from seatrial.cluster.config import Layout
from seatrial.cluster.launch import runtime_directory
from seatrial.cluster.processes import Process, ours
from seatrial.cluster.state import ClusterState, read_state
from seatrial.kit.text import human_bytes

# A control plane that does not answer within this time is shown as not answering.
ANSWER_LIMIT_S = 5.0


@click.command("status")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False),
              help="The cluster's state, if it is not at its usual place.")  # fmt: skip
def command(*, form: str, data_dir: Path | None) -> int:
    """Show the running cluster: nodes, processes, memory. Exit code 1 when none runs."""
    directory = (data_dir or places.data_dir()).absolute()
    state = read_state(Layout(directory, runtime_directory(directory)).state)
    report = describe(state, directory)
    if form == "json":
        out.print(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
    else:
        _show(report)
    return 0 if report["running"] else 1


def describe(state: ClusterState | None, directory: Path) -> dict[str, Any]:
    """The report as JSON shows it; its shape is part of our public interface."""
    if state is None or not state.is_alive:
        return {
            "running": False, "version": __version__, "nodes": [], "pids": [], "kubeconfig": "",
            "data_dir": str(directory),
        }  # fmt: skip
    processes = ours(state.pid) + (_one(state.captain_pid) if state.captain_pid else [])
    nodes, answers = asyncio.run(_nodes(directory / "kubeconfig"))
    return {
        "running": True,
        "answers": answers,
        "version": state.version,
        "nodes": nodes,
        "pids": [process.pid for process in processes],
        "memory_bytes": sum(process.memory_bytes for process in processes),
        "kubeconfig": state.kubeconfig,
        "context": state.context,
        "server": state.server,
        "data_dir": str(directory),
    }


def _one(pid: int) -> list[Process]:
    return ours(pid)[:1]


async def _nodes(kubeconfig: Path) -> tuple[list[dict[str, Any]], bool]:
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S), connect(kubeconfig) as client:
            found = await client.list(NODE)
    except (ClientError, TimeoutError):
        return [], False
    return [
        {"name": name_of(node), "ready": is_condition_true(node, "Ready")} for node in found.items
    ], True


def _show(report: dict[str, Any]) -> None:
    if not report["running"]:
        out.print("no cluster runs here; `seatrial up` starts one")
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    server = Text(report["server"])
    table.add_row("server", server if report["answers"] else server.append(" no answer", "red"))
    for node in report["nodes"]:
        state = ("Ready", "green") if node["ready"] else ("NotReady", "red")
        table.add_row("node", Text(f"{node['name']} ").append(*state))
    table.add_row("processes", f"{len(report['pids'])}, {human_bytes(report['memory_bytes'])}")
    table.add_row("kubeconfig", f"{report['kubeconfig']} (context {report['context']})")
    table.add_row("data", report["data_dir"])
    out.print(table)
