"""Servers over a store in memory."""

from collections.abc import AsyncIterator

import pytest
from apiserver_harness import Harness, namespace

from seatrial.apiserver.config import Watching
from seatrial.apiserver.kubelets import NoKubelets


@pytest.fixture
async def bare() -> AsyncIterator[Harness]:
    """A server that nobody has written to."""
    harness = Harness(NoKubelets(), Watching())
    yield harness
    harness.app.stop()
    await harness.transport.aclose()


@pytest.fixture
async def api(bare: Harness) -> Harness:
    """A server with namespace `default`."""
    await bare.create("/api/v1/namespaces", namespace("default"))
    return bare
