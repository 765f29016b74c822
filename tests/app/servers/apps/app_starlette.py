"""The same two pages, in Starlette."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app_notes import note
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    note("up")
    yield


async def hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("fair winds\n")


async def slow(request: Request) -> PlainTextResponse:
    note("slow")
    await asyncio.sleep(float(request.query_params["s"]))
    return PlainTextResponse("fair winds\n")


app = Starlette(routes=[Route("/", hello), Route("/slow", slow)], lifespan=lifespan)
