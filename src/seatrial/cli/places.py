"""Where the user's things are: the only file that reads our environment variables.

SEATRIAL_HOME     everything of ours; default $XDG_STATE_HOME/seatrial or ~/.local/state/seatrial
KUBECONFIG        the kubeconfig that `up` merges its context into; default ~/.kube/config
"""

import os
from pathlib import Path


def home() -> Path:
    """The directory that holds everything of ours."""
    given = os.environ.get("SEATRIAL_HOME")
    if given:
        return Path(given).absolute()
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "seatrial"


def data_dir() -> Path:
    """The default cluster's data."""
    return home() / "cluster"


def shelf_dir() -> Path:
    """The user's image shelf, shared by all clusters."""
    return home() / "images"


def kubeconfig() -> Path:
    """The file that kubectl would write to: the first of $KUBECONFIG, else ~/.kube/config."""
    given = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return Path(given[0]).absolute() if given else Path.home() / ".kube" / "config"
