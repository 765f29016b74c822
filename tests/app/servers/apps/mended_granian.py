"""granian with seatrial-app: application, interface, workers and port."""

from __future__ import annotations

import sys

import seatrial_app.servers.granian

if __name__ == "__main__":
    app, interface, workers, port = sys.argv[1:]
    seatrial_app.servers.granian.run(app, interface=interface, workers=int(workers), port=int(port))
