"""A bare WSGI application: ``/`` and ``/slow?s=3``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from app_notes import note, seconds

note("up")


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/slow":
        note("slow")
        time.sleep(seconds(environ["QUERY_STRING"]))
    body = b"fair winds\n"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
