"""`seatrial down`: stop the cluster."""

import shutil
from pathlib import Path

import click

from seatrial.cli import places
from seatrial.cli.output import err, steps
from seatrial.cluster.config import Layout
from seatrial.cluster.interrupts import held_back
from seatrial.cluster.launch import runtime_directory, stop_cluster
from seatrial.cluster.leaving import leave
from seatrial.cluster.state import claimed, is_locked, read_state
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
    if not directory.is_dir():
        err.print(f"no cluster runs on {directory}")
        return
    # Bounded, and not to be left half done: an interruption is heard when it is over.
    with held_back():
        _stop(layout)
        if delete:
            shutil.rmtree(directory)
            err.print(f"removed {directory}")


def _stop(layout: Layout) -> None:
    state = read_state(layout.state)
    if state is None or not state.is_alive:
        if is_locked(layout.lock):
            raise UsageError(
                f"another command is starting or stopping the cluster on {layout.data_dir}",
                remedy="wait for it, then try again",
            )
        err.print(f"no cluster runs on {layout.data_dir}")
    else:
        with steps() as shown:
            shown.begin("stopping the cluster")
            stop_cluster(state)
    with claimed(layout):
        leave(layout, state)
