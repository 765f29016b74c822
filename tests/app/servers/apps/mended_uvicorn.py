"""uvicorn with seatrial-app: HTTP implementation and port."""

from __future__ import annotations

import sys

import seatrial_app.servers.uvicorn

if __name__ == "__main__":
    http, port = sys.argv[1:]
    seatrial_app.servers.uvicorn.run("app_asgi:app", port=int(port), http=http)
