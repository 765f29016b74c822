"""A client for a kubeconfig, for as long as a command needs one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from seatrial.client.client import ApiClient
from seatrial.client.kubeconfig import load
from seatrial.client.transport.http import HttpTransport


@asynccontextmanager
async def connect(kubeconfig: Path, context: str = "") -> AsyncIterator[ApiClient]:
    """Raises UsageError for a bad kubeconfig; TransportError comes with the first request."""
    transport = HttpTransport(load(kubeconfig, context))
    client = ApiClient(transport)
    try:
        yield client
    finally:
        await client.aclose()
