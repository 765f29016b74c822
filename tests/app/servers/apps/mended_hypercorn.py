"""hypercorn with seatrial-app: workers and port."""

from __future__ import annotations

import sys

from hypercorn import Config

import seatrial_app.servers.hypercorn

if __name__ == "__main__":
    config = Config()
    config.workers = int(sys.argv[1])
    config.bind = [f"127.0.0.1:{sys.argv[2]}"]
    seatrial_app.servers.hypercorn.run("app_asgi:app", config)
