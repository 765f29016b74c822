"""The same two pages, in aiohttp; run with a port, served by its own ``run_app``."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web
from app_notes import note


async def hello(_request: web.Request) -> web.Response:
    return web.Response(text="fair winds\n")


async def slow(request: web.Request) -> web.Response:
    note("slow")
    await asyncio.sleep(float(request.query["s"]))
    return web.Response(text="fair winds\n")


async def up(_app: web.Application) -> None:
    note("up")


def make() -> web.Application:
    app = web.Application()
    app.add_routes([web.get("/", hello), web.get("/slow", slow)])
    app.on_startup.append(up)
    return app


if __name__ == "__main__":
    web.run_app(make(), host="127.0.0.1", port=int(sys.argv[1]))
