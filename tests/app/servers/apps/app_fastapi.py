"""The same two pages, in FastAPI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app_notes import note
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    note("up")
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def hello() -> str:
    return "fair winds"


@app.get("/slow")
async def slow(s: float) -> str:
    note("slow")
    await asyncio.sleep(s)
    return "fair winds"
