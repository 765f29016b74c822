"""`seatrial up`: start a Kubernetes on this machine."""

import os
from pathlib import Path

import click

from seatrial.cli import places
from seatrial.cli.output import err, steps
from seatrial.client.kubeconfig import check_mergeable, merge_context
from seatrial.cluster.config import DEFAULT_CONTEXT, NODES_MAX, ClusterConfig
from seatrial.cluster.interrupts import held_back
from seatrial.cluster.last_words import last_words
from seatrial.cluster.launch import Running, runtime_directory, start, stop_process
from seatrial.cluster.leaving import leave
from seatrial.cluster.state import amend_state, claimed, read_state
from seatrial.kit.errors import SeatrialError, UsageError
from seatrial.kit.text import parse_duration_s


class Duration(click.ParamType["float"]):
    """Go's duration notation."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        try:
            seconds = parse_duration_s(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if seconds < 0:
            self.fail(f"{value!r} is negative", param, ctx)
        return seconds


@click.command("up")
@click.option("--detach", "-d", is_flag=True, help="Return when the cluster is ready.")
@click.option("--nodes", type=click.IntRange(1, NODES_MAX), default=1, show_default=True)
@click.option("--kubeconfig", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the context into this file instead of your own kubeconfig.")  # fmt: skip
@click.option("--context", default=DEFAULT_CONTEXT, show_default=True, help="The context's name.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False),
              help="Where the cluster keeps its state.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=0,
              help="The API's port on 127.0.0.1; 0: any free one.")  # fmt: skip
@click.option("--store", type=click.Choice(["sqlite", "memory"]), default="sqlite",
              show_default=True)  # fmt: skip
@click.option("--proxy-min-sync", type=Duration(), default="1s", show_default=True,
              help="How long the proxy gathers changes (kube-proxy's minSyncPeriod).")  # fmt: skip
@click.option("--verbose", "-v", is_flag=True, help="More in the event logs.")
def command(
    *, detach: bool, nodes: int, kubeconfig: Path | None, context: str, data_dir: Path | None,
    port: int, store: str, proxy_min_sync: float, verbose: bool,
) -> None:  # fmt: skip
    """Start a Kubernetes on this machine: real API, real processes in real namespaces.

    Adds the context `seatrial` to your kubeconfig (mode 0600), so that plain kubectl works.
    Stays in the foreground with a live view until Ctrl-C, or returns when ready with --detach.
    """
    directory = (data_dir or places.data_dir()).absolute()
    target = (kubeconfig or places.kubeconfig()).absolute()
    config = ClusterConfig(
        data_dir=directory,
        run_dir=runtime_directory(directory),
        shelves=(places.shelf_dir(),),
        nodes=nodes,
        port=port,
        store="memory" if store == "memory" else "sqlite",
        proxy_min_sync_s=proxy_min_sync,
        secrets=tuple({target.resolve(), places.kubeconfig()}),
        log_level="DEBUG" if verbose else "INFO",
    )
    if not context:
        raise UsageError("a context has a name", remedy="leave --context out, or name one")
    check_mergeable(target)
    with steps() as shown:
        running = start(config, on_stage=shown.begin)
        try:
            _tell_kubeconfig(running, target, context, captain=0 if detach else os.getpid())
            shown.end()
            err.print(f"kubeconfig: {target}, context {context} ({running.state.server})")
            if detach:
                running.release()
            else:
                _stay(running)
        except BaseException:
            _stop(running)
            raise


def _tell_kubeconfig(running: Running, target: Path, context: str, *, captain: int) -> None:
    pki = running.layout.pki
    # The state first: whoever ends the cluster then knows what to take out of the kubeconfig.
    amend_state(running.layout.state, kubeconfig=str(target), context=context, captain_pid=captain)
    try:
        merge_context(
            target,
            context,
            server=running.state.server,
            ca_pem=(pki / "ca.crt").read_bytes(),
            token=(pki / "token").read_text().strip(),
        )
    except SeatrialError:
        amend_state(running.layout.state, kubeconfig="", context="")  # there is nothing to undo
        raise


def _stay(running: Running) -> None:
    from seatrial.cli.live import show_until_interrupted

    try:
        show_until_interrupted(running.kubeconfig, stop_when=running.process)
    except KeyboardInterrupt:
        _stop(running)
        return
    raise SeatrialError(
        f"the control plane ended by itself (exit code {running.process.wait()})",
        remedy=last_words(running.layout.log),
    )


def _stop(running: Running) -> None:
    with held_back(), steps() as shown:
        shown.begin("stopping")
        state = read_state(running.layout.state)
        stop_process(running.process)
        with claimed(running.layout):
            leave(running.layout, state)
