"""granian with seatrial-app: interface, workers and port."""

from __future__ import annotations

import sys

import seatrial_app.servers.granian

if __name__ == "__main__":
    interface, workers, port = sys.argv[1:]
    seatrial_app.servers.granian.run(
        f"app_{interface}:app", interface=interface, workers=int(workers), port=int(port)
    )
