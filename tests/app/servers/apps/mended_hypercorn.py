"""hypercorn with seatrial-app: port, application, workers, and certificate and key or none."""

from __future__ import annotations

import sys

from hypercorn import Config

import seatrial_app.servers.hypercorn

if __name__ == "__main__":
    port, app, workers, *files = sys.argv[1:]
    config = Config()
    config.workers = int(workers)
    config.bind = [f"127.0.0.1:{port}"]
    if files:
        config.certfile, config.keyfile = files
    seatrial_app.servers.hypercorn.run(app, config)
