"""uvicorn's `Config`, loading a wrapped application and taking over the server that loads it.

uvicorn calls `Config.load` on the event loop of the process that serves, after it took its signals:
in a single process, in each of several workers and behind the reloader alike. So this is the one
place to begin.
"""

from __future__ import annotations

from typing import Any

from uvicorn import Config

from seatrial_app.asgi import asgi
from seatrial_app.lifecycle import Lifecycle, lifecycle
from seatrial_app.servers.uvicorn import attach_running


class PoliteConfig(Config):
    """Crosses to worker processes by pickle; a lifecycle given by the caller stays behind."""

    life: Lifecycle | None = None

    def load(self) -> None:
        super().load()
        life = self.life or lifecycle()
        attach_running(life)
        self.loaded_app: Any = asgi(self.loaded_app, life)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "life"}
