"""One module a server; each imports its server only when it is used.

`seatrial_app.servers.uvicorn` and the others load themselves at the first use of their name.
"""

from __future__ import annotations

import importlib
from types import ModuleType

NAMES = frozenset(
    ("aiohttp", "asyncio", "granian", "grpc", "gunicorn", "hypercorn", "threads", "uvicorn")
)


def __getattr__(name: str) -> ModuleType:
    if name in NAMES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
