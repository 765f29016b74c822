"""Memory store, SQLite store and a naive model, driven side by side through any history."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from seatrial.store.interface import Entry, Event, Listing, Store, StoreError
from seatrial.store.memory import MemoryStore
from seatrial.store.sqlite import SqliteStore, open_store
from seatrial.testing.suites.store import says, take

KEYS = st.sampled_from(["/a", "/a/1", "/a/2", "/b/1", "/b/10", "/b/2"])
PREFIXES = st.sampled_from(["", "/", "/a", "/a/", "/b/1", "/c"])
WORDS = st.text("xyz", max_size=3)
SHARES = st.floats(0, 1)


class StoresAgree(RuleBasedStateMachine):
    """Each rule does one thing to both stores and to the model; all answers must be equal."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.directory = tempfile.TemporaryDirectory()
        self.memory: Store = MemoryStore()
        self.sqlite: SqliteStore = self._open()
        self.history: list[Event] = []
        self.compacted = 0

    def _open(self) -> SqliteStore:
        async def opening() -> SqliteStore:
            return open_store(Path(self.directory.name) / "store.db")

        return self.runner.run(opening())

    def both(self, ask: Callable[[Store], Awaitable[Any]]) -> Any:
        """The one answer of both stores."""

        async def answer(store: Store) -> Any:
            try:
                return await ask(store)
            except StoreError as error:
                return type(error).__name__, str(error)

        async def answers() -> tuple[Any, Any]:
            return await answer(self.memory), await answer(self.sqlite)

        first, second = self.runner.run(answers())
        assert first == second
        return first

    def as_of(self, revision: int) -> dict[str, tuple[bytes, int]]:
        """The model: all values as of a revision."""
        values: dict[str, tuple[bytes, int]] = {}
        for event in self.history[:revision]:
            values.pop(event.key, None)
            if event.value is not None:
                values[event.key] = (event.value, event.revision)
        return values

    def believed(self, key: str) -> int:
        return self.as_of(len(self.history)).get(key, (b"", 0))[1]

    @rule(key=KEYS, word=WORDS)
    def create(self, key: str, word: str) -> None:
        is_there = self.believed(key) > 0
        answer = self.both(lambda store: store.create(key, says(word)))
        self._wrote(answer, key, None, refused=is_there)

    @rule(key=KEYS, word=WORDS, stale=st.booleans())
    def update(self, key: str, word: str, stale: bool) -> None:
        expected = self.believed(key)
        previous = self.as_of(len(self.history)).get(key, (None, 0))[0]
        wanted = expected + stale
        answer = self.both(lambda store: store.update(key, says(word), expected=wanted))
        self._wrote(answer, key, previous, refused=stale or expected == 0)

    def _wrote(self, answer: Any, key: str, previous: bytes | None, *, refused: bool) -> None:
        assert isinstance(answer, Entry) != refused
        if not refused:
            self.history.append(Event(key, answer.revision, answer.value, previous))

    @rule(key=KEYS, last=st.none() | WORDS)
    def delete(self, key: str, last: str | None) -> None:
        expected = self.believed(key)
        render = None if last is None else says(last)
        answer = self.both(lambda store: store.delete(key, expected=expected, render=render))
        assert isinstance(answer, Entry) == (expected > 0)
        if expected:
            self.history.append(Event(key, answer.revision, None, answer.value))

    @rule(prefix=PREFIXES, share=SHARES, limit=st.integers(0, 3), after=st.just("") | KEYS)
    def list(self, prefix: str, share: float, limit: int, after: str) -> None:
        revision = round(share * len(self.history))
        listing = self.both(
            lambda store: store.list(prefix, revision=revision, limit=limit, after=after)
        )
        if 0 < revision < self.compacted:
            assert listing[0] == "Compacted"
            return
        then = self.as_of(revision or len(self.history))
        keys = sorted(key for key in then if key.startswith(prefix) and key > after)
        taken = keys[:limit] if limit else keys
        entries = [Entry(key, *then[key]) for key in taken]
        assert listing == Listing(entries, revision or len(self.history), len(keys) - len(taken))

    @rule(prefix=PREFIXES, share=SHARES)
    def watch(self, prefix: str, share: float) -> None:
        after = round(share * len(self.history))
        expected = [e for e in self.history[after:] if e.key.startswith(prefix)]

        async def events(store: Store) -> Any:
            watch = store.watch(prefix, after=after)
            seen = await take(watch, len(expected)) if expected else []
            await watch.aclose()
            return seen

        seen = self.both(events)
        assert seen[0] == "Compacted" if after < self.compacted else seen == expected

    @rule(share=SHARES)
    def compact(self, share: float) -> None:
        revision = round(share * len(self.history))
        self.both(lambda store: store.compact(revision))
        self.compacted = max(self.compacted, revision)

    @precondition(lambda self: self.history)
    @rule()
    def reopen(self) -> None:
        # A mark is written with the rows it frees; history that freed none may come back.
        self.runner.run(self.sqlite.aclose())
        self.sqlite = self._open()
        self.runner.run(self.sqlite.compact(self.compacted))

    @invariant()
    def the_revision_counts_writes(self) -> None:
        if hasattr(self, "history"):
            assert self.memory.revision == self.sqlite.revision == len(self.history)

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.runner.run(self.sqlite.aclose())
            self.runner.close()
            self.directory.cleanup()


TestStoresAgree = StoresAgree.TestCase
TestStoresAgree.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
