"""The shutdown that Kubernetes asks of a server, for applications: no dependency.

app = seatrial_app.asgi(app)                          # any ASGI application, under its usual
command line application = seatrial_app.wsgi(application)          # any WSGI application
seatrial_app.servers.uvicorn.run("m:app", port=8000)  # one module a server life =
seatrial_app.lifecycle()                       # state, readiness, work, hooks
"""

from __future__ import annotations

from seatrial_app import servers
from seatrial_app.asgi import asgi
from seatrial_app.health import Paths
from seatrial_app.lifecycle import Lifecycle, lifecycle
from seatrial_app.record import Event
from seatrial_app.snapshot import Snapshot
from seatrial_app.state import State
from seatrial_app.wsgi import wsgi

__version__ = "0.1.0"

__all__ = [
    "Event",
    "Lifecycle",
    "Paths",
    "Snapshot",
    "State",
    "asgi",
    "lifecycle",
    "servers",
    "wsgi",
]
