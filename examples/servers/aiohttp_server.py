"""aiohttp with the shutdown that Kubernetes asks for: `/`, `/slow?s=3` and `/upload`."""

import asyncio

from aiohttp import web

import seatrial_app


async def hello(_request):
    return web.Response(text="fair winds\n")


async def slow(request):
    await asyncio.sleep(float(request.query["s"]))
    return web.Response(text="fair winds\n")


async def upload(request):
    await request.read()
    return web.Response(text="fair winds\n")


app = web.Application()
app.add_routes([web.get("/", hello), web.get("/slow", slow), web.post("/upload", upload)])
seatrial_app.servers.aiohttp.run_app(app, host="0.0.0.0", port=8080, access_log=None)
