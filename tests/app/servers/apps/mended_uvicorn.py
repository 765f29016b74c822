"""uvicorn with seatrial-app: port, HTTP implementation, and certificate and key or none."""

from __future__ import annotations

import sys
from typing import Any

import seatrial_app.servers.uvicorn

if __name__ == "__main__":
    port, http, *files = sys.argv[1:]
    tls: dict[str, Any] = dict(zip(("ssl_certfile", "ssl_keyfile"), files, strict=False))
    seatrial_app.servers.uvicorn.run("app_asgi:app", port=int(port), http=http, **tls)
