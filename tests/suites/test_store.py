"""Every store against the one suite."""

from collections.abc import AsyncIterator

import pytest

from seatrial.store.interface import Store
from seatrial.store.memory import MemoryStore
from seatrial.testing.suites.store import StoreSuite


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    async def store(self) -> AsyncIterator[Store]:
        store = MemoryStore()
        yield store
        await store.aclose()
