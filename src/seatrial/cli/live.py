"""The live view of `seatrial up`: nodes, pods and the latest events, as they change."""

import asyncio
import subprocess
from pathlib import Path

EVENTS_SHOWN = 8
PODS_SHOWN = 30
# Ages grow even when nothing happens.
REDRAWS_PER_S = 2


def show_until_interrupted(kubeconfig: Path, *, stop_when: "subprocess.Popen[bytes]") -> None:
    """Until Ctrl-C, or until that process ends."""
    asyncio.run(_show(kubeconfig, stop_when))
