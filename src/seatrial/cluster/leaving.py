"""What a cluster takes away when it goes, so that nothing but its data directory is left.

The control plane does it when it ends; `down` and the next start do it for one that was killed.
Holds: doing it again does nothing.
"""

import shutil
from pathlib import Path

from seatrial.client.kubeconfig import remove_context
from seatrial.cluster.config import Layout
from seatrial.cluster.state import ClusterState, read_state


def leave(layout: Layout, state: ClusterState | None = None) -> None:
    """Remove sockets and the state file, and take the context out of the user's kubeconfig.

    `state` is what to go by when the file is gone already. Raises what `remove_context` raises; all
    else is done then.
    """
    state = read_state(layout.state) or state
    if layout.run_dir.is_dir() and not layout.run_dir.is_symlink():
        shutil.rmtree(layout.run_dir)
    layout.state.unlink(missing_ok=True)
    # Last, and only once: a kubeconfig that cannot be read must not stand in the way of anything.
    if state is not None and state.kubeconfig:
        remove_context(Path(state.kubeconfig), state.context, server=state.server)
