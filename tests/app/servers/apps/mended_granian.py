"""granian with seatrial-app: port, application, interface, workers; certificate and key or none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import seatrial_app.servers.granian

if __name__ == "__main__":
    port, app, interface, workers, *files = sys.argv[1:]
    tls: dict[str, Any] = dict(zip(("ssl_cert", "ssl_key"), map(Path, files), strict=False))
    seatrial_app.servers.granian.run(
        app, interface=interface, workers=int(workers), port=int(port), **tls
    )
