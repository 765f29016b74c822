"""Starlette under uvicorn's own command line; the last line is all that differs."""

import asyncio

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import seatrial_app


async def hello(_request):
    return PlainTextResponse("fair winds\n")


async def slow(request):
    await asyncio.sleep(float(request.query_params["s"]))
    return PlainTextResponse("fair winds\n")


async def upload(request):
    await request.body()
    return PlainTextResponse("fair winds\n")


routes = [Route("/", hello), Route("/slow", slow), Route("/upload", upload, methods=["POST"])]
app = seatrial_app.asgi(Starlette(routes=routes))
