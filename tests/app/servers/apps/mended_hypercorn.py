"""hypercorn with seatrial-app: application, workers and port."""

from __future__ import annotations

import sys

from hypercorn import Config

import seatrial_app.servers.hypercorn

if __name__ == "__main__":
    app, workers, port = sys.argv[1:]
    config = Config()
    config.workers = int(workers)
    config.bind = [f"127.0.0.1:{port}"]
    seatrial_app.servers.hypercorn.run(app, config)
