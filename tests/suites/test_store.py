"""Every store against the one suite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from seatrial.store.interface import Store
from seatrial.store.memory import MemoryStore
from seatrial.store.sqlite import open_store
from seatrial.testing.suites.store import StoreSuite


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    async def store(self) -> AsyncIterator[Store]:
        store = MemoryStore()
        yield store
        await store.aclose()


class TestSqliteStore(StoreSuite):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        store = open_store(tmp_path / "store.db")
        yield store
        await store.aclose()
