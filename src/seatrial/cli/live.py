"""The live view of `seatrial up`: nodes, pods and the latest events, as they change."""

import asyncio
import os
import subprocess
from collections import deque
from pathlib import Path

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from seatrial.api.kinds import EVENT, NODE, POD
from seatrial.api.objects import (
    Object,
    is_condition_true,
    metadata,
    name_of,
    namespace_of,
    spec_of,
    status_of,
)
from seatrial.api.pods import containers_of, restarts_of
from seatrial.api.timestamps import parse
from seatrial.apiserver.tables.pods import status_word
from seatrial.cli.connect import connect
from seatrial.cli.output import err
from seatrial.client.informer import Informer
from seatrial.client.informers import InformerSet
from seatrial.kit.clock import wall_time_s
from seatrial.kit.text import human_duration

EVENTS_SHOWN_MAX = 8
PODS_SHOWN_MAX = 30
# Ages grow even when nothing happens.
REDRAWS_PER_S = 2

GOOD_WORDS = frozenset({"Running", "Completed"})


def show_until_interrupted(kubeconfig: Path, *, stop_when: "subprocess.Popen[bytes]") -> None:
    """Until Ctrl-C (KeyboardInterrupt leaves), or until that process ends."""
    asyncio.run(_show(kubeconfig, stop_when))


async def _show(kubeconfig: Path, stop_when: "subprocess.Popen[bytes]") -> None:
    async with connect(kubeconfig) as client:
        informers = InformerSet(client)
        nodes, pods = informers.informer(NODE), informers.informer(POD)
        events: deque[Object] = deque(maxlen=EVENTS_SHOWN_MAX)
        informers.informer(EVENT).subscribe(lambda _, new: events.append(new) if new else None)
        informers.start()

        def view() -> Group:
            return Group(_nodes(nodes), _pods(pods), _events(events))

        try:
            with Live(get_renderable=view, console=err, refresh_per_second=REDRAWS_PER_S):
                await _ended(stop_when.pid)
        finally:
            await informers.aclose()


async def _ended(pid: int) -> None:
    """Until our child has ended; without a thread, which Ctrl-C could not wake."""
    ended = asyncio.Event()
    descriptor = os.pidfd_open(pid)
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _nodes(nodes: Informer) -> Text:
    line = Text("\n")
    for node in nodes.list():
        ready = is_condition_true(node, "Ready")
        line.append("● ", "green" if ready else "red")
        line.append(f"{name_of(node)} {'Ready' if ready else 'NotReady'}   ")
    return line.append("Ctrl-C stops the cluster\n", "dim")


def _pods(pods: Informer) -> Table | Text:
    found = pods.list()
    if not found:
        return Text("no pods yet: kubectl apply -f ...\n", "dim")
    table = Table("NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE",
                  box=None, padding=(0, 3, 0, 0), header_style="dim")  # fmt: skip
    now = wall_time_s()
    for pod in found[:PODS_SHOWN_MAX]:
        word = status_word(pod)
        style = "green" if word in GOOD_WORDS else "yellow"
        table.add_row(
            namespace_of(pod), name_of(pod), _ready(pod), Text(word, style),
            str(restarts_of(pod)), human_duration(now - parse(metadata(pod)["creationTimestamp"])),
            status_of(pod).get("podIP", ""), spec_of(pod).get("nodeName", ""),
        )  # fmt: skip
    if len(found) > PODS_SHOWN_MAX:
        table.caption = f"and {len(found) - PODS_SHOWN_MAX} more"
    return table


def _ready(pod: Object) -> str:
    statuses = status_of(pod).get("containerStatuses") or []
    return f"{sum(bool(each.get('ready')) for each in statuses)}/{len(containers_of(pod))}"


def _events(events: deque[Object]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for event in events:
        about = event.get("involvedObject") or {}
        style = "red" if event.get("type") == "Warning" else "dim"
        table.add_row(
            Text(str(event.get("reason", "")), style),
            Text(f"{about.get('kind', '').lower()}/{about.get('name', '')}", "dim"),
            Text(str(event.get("message", ""))),
        )
    return table
