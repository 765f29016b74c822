"""A node's process: network, runtime and kubelet in namespaces of its own.

Does: enters its namespaces before anything else runs, brings the parts up, says on standard output
when the kubelet runs (or why it cannot), and takes everything down when its standard input closes.
Holds: when this process is gone, so are its containers, mounts and network; the kernel sees to it.
"""

import asyncio
import sys
from pathlib import Path

import uvloop

from seatrial.cluster.config import NodeConfig
from seatrial.cluster.namespaces import enter
from seatrial.kit import record as record_kit
from seatrial.kit.errors import SeatrialError

record = record_kit.get_record("cluster.node")


def main() -> int:
    """`python -m seatrial.cluster.node CONFIG`."""
    config = NodeConfig.from_json(Path(sys.argv[1]).read_bytes())
    record_kit.set_up(config.log_level)
    try:
        wire = enter(config)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(config, wire))
    except SeatrialError as error:
        record.error("node.failed", error=str(error))
        _say(error=str(error), remedy=error.remedy)
        return error.exit_code
    return 0
