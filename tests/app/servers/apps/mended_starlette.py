"""app_starlette.py for uvicorn's own command line, with one line of seatrial-app."""

from __future__ import annotations

import app_starlette

import seatrial_app

app = seatrial_app.asgi(app_starlette.app)
