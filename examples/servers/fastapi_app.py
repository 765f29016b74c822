"""FastAPI under uvicorn's own command line; the last line is all that differs."""

import asyncio

from fastapi import FastAPI, Request

import seatrial_app

api = FastAPI()


@api.get("/")
async def hello():
    return "fair winds"


@api.get("/slow")
async def slow(s: float):
    await asyncio.sleep(s)
    return "fair winds"


@api.post("/upload")
async def upload(request: Request):
    await request.body()
    return "fair winds"


app = seatrial_app.asgi(api)
