"""app_fastapi.py for uvicorn's own command line, with one line of seatrial-app."""

from __future__ import annotations

import app_fastapi

import seatrial_app

app = seatrial_app.asgi(app_fastapi.app)
