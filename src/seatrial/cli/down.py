"""`seatrial down`: stop the cluster."""

import shutil
from pathlib import Path

import click

from seatrial.cli import places
from seatrial.cli.output import err, steps
from seatrial.client.kubeconfig import remove_context
from seatrial.cluster.config import Layout
from seatrial.cluster.launch import runtime_directory, stop_cluster
from seatrial.cluster.state import is_locked, read_state
from seatrial.kit.errors import UsageError


@click.command("down")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False),
              help="The cluster's state, if it is not at its usual place.")  # fmt: skip
@click.option("--delete", is_flag=True, help="Forget its objects, volumes and logs too.")
def command(*, data_dir: Path | None, delete: bool) -> None:
    """Stop the cluster: no process, mount, namespace or socket stays behind.

    Its objects are kept, and the next `up` goes on with them; --delete forgets them.
    """
    directory = (data_dir or places.data_dir()).absolute()
    layout = Layout(directory, runtime_directory(directory))
    state = read_state(layout.state)
    alive = state is not None and state.is_alive
    if not alive and is_locked(layout.lock):
        raise UsageError(
            f"another command is starting or stopping the cluster on {directory}",
            remedy="wait for it, then try again",
        )
    if state is not None:
        if alive:
            with steps() as shown:
                shown.begin("stopping the cluster")
                stop_cluster(state)
        if state.kubeconfig:
            remove_context(Path(state.kubeconfig), state.context)
    if not alive:
        err.print(f"no cluster runs on {directory}")
    shutil.rmtree(layout.run_dir, ignore_errors=True)
    layout.state.unlink(missing_ok=True)
    if delete and directory.exists():
        shutil.rmtree(directory)
        err.print(f"removed {directory}")
