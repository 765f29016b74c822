"""The same two pages, in Flask."""

from __future__ import annotations

import time

from app_notes import note
from flask import Flask, request

note("up")
app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "fair winds\n"


@app.get("/slow")
def slow() -> str:
    note("slow")
    time.sleep(float(request.args["s"]))
    return "fair winds\n"
