"""app_aiohttp.py with seatrial-app: port."""

from __future__ import annotations

import sys

import app_aiohttp

import seatrial_app.servers.aiohttp

if __name__ == "__main__":
    app = app_aiohttp.make()
    seatrial_app.servers.aiohttp.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))
