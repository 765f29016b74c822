"""The suite every store must pass.

Derive a class, give it a `store` fixture that yields an empty store, and pytest does the rest:

    class TestMine(StoreSuite):
        @pytest.fixture
        async def store(self) -> AsyncIterator[Store]: ...
"""

import asyncio
from contextlib import aclosing

import pytest

from seatrial.store.interface import (
    Compacted,
    Entry,
    Event,
    FutureRevision,
    KeyExists,
    KeyMissing,
    Render,
    RevisionConflict,
    Store,
    StoreError,
    Watch,
)


def says(text: str) -> Render:
    """A value that carries its revision: `text@7`."""
    return lambda revision: f"{text}@{revision}".encode()


async def take(watch: Watch, count: int) -> list[Event]:
    """The next `count` events."""
    taken: list[Event] = []
    async for event in watch:
        taken.append(event)
        if len(taken) == count:
            break
    return taken


class WritesSuite:
    """Compare and swap, one revision a write."""

    async def test_an_empty_store_is_at_revision_zero(self, store: Store) -> None:
        assert store.revision == 0
        assert (await store.list("")).entries == []
        assert await store.get("/a") is None

    async def test_create_returns_what_get_sees(self, store: Store) -> None:
        entry = await store.create("/a", says("x"))
        assert entry == Entry("/a", b"x@1", 1)
        assert await store.get("/a") == entry
        assert store.revision == 1

    async def test_create_refuses_a_key_that_is_there(self, store: Store) -> None:
        await store.create("/a", says("x"))
        with pytest.raises(KeyExists, match="/a"):
            await store.create("/a", says("y"))
        assert store.revision == 1

    async def test_update_swaps_the_expected_revision_only(self, store: Store) -> None:
        first = await store.create("/a", says("x"))
        second = await store.update("/a", says("y"), expected=first.revision)
        assert second == Entry("/a", b"y@2", 2)
        with pytest.raises(RevisionConflict) as refused:
            await store.update("/a", says("z"), expected=first.revision)
        assert refused.value.actual == 2
        assert await store.get("/a") == second

    async def test_update_and_delete_want_a_key(self, store: Store) -> None:
        with pytest.raises(KeyMissing):
            await store.update("/a", says("x"), expected=1)
        with pytest.raises(KeyMissing):
            await store.delete("/a", expected=1)
        assert store.revision == 0

    async def test_delete_takes_a_revision_of_its_own(self, store: Store) -> None:
        await store.create("/a", says("x"))
        assert await store.delete("/a", expected=1) == Entry("/a", b"x@1", 2)
        assert await store.get("/a") is None
        again = await store.create("/a", says("y"))
        assert again.revision == 3

    async def test_delete_refuses_another_revision(self, store: Store) -> None:
        await store.create("/a", says("x"))
        with pytest.raises(RevisionConflict):
            await store.delete("/a", expected=7)
        assert await store.get("/a") is not None

    async def test_a_failing_render_writes_nothing(self, store: Store) -> None:
        def fails(revision: int) -> bytes:
            raise ValueError(f"no value at {revision}")

        with pytest.raises(ValueError, match="no value at 1"):
            await store.create("/a", fails)
        assert store.revision == 0
        assert (await store.create("/a", says("x"))).revision == 1

    async def test_of_rivals_exactly_one_wins(self, store: Store) -> None:
        await store.create("/a", says("x"))
        rivals = [store.update("/a", says(str(n)), expected=1) for n in range(8)]
        outcomes = await asyncio.gather(*rivals, return_exceptions=True)
        won = [outcome for outcome in outcomes if isinstance(outcome, Entry)]
        lost = [outcome for outcome in outcomes if isinstance(outcome, RevisionConflict)]
        assert len(won) == 1
        assert len(lost) == 7
        assert store.revision == 2

    async def test_writes_at_once_get_neighbouring_revisions(self, store: Store) -> None:
        entries = await asyncio.gather(*(store.create(f"/{n}", says("x")) for n in range(50)))
        assert sorted(entry.revision for entry in entries) == list(range(1, 51))
        assert all(entry.value == b"x@%d" % entry.revision for entry in entries)

    async def test_a_closed_store_refuses_writes(self, store: Store) -> None:
        await store.aclose()
        with pytest.raises(StoreError):
            await store.create("/a", says("x"))


class ListsSuite:
    """Lists in key order, in pages, now or as of a revision."""

    async def test_list_is_ordered_and_keeps_to_its_prefix(self, store: Store) -> None:
        for key in ("/b/2", "/a/1", "/b/1", "/b", "/c/1", "/b/10"):
            await store.create(key, says("x"))
        listing = await store.list("/b/")
        assert [entry.key for entry in listing.entries] == ["/b/1", "/b/10", "/b/2"]
        assert (listing.revision, listing.remaining) == (6, 0)

    async def test_pages_say_what_remains_and_join_into_the_whole(self, store: Store) -> None:
        for n in range(7):
            await store.create(f"/p/{n}", says("x"))
        first = await store.list("/p/", limit=3)
        second = await store.list(
            "/p/", limit=3, after=first.entries[-1].key, revision=first.revision
        )
        third = await store.list("/p/", limit=3, after="/p/5", revision=first.revision)
        assert [first.remaining, second.remaining, third.remaining] == [4, 1, 0]
        keys = [entry.key for page in (first, second, third) for entry in page.entries]
        assert keys == [f"/p/{n}" for n in range(7)]

    async def test_a_page_of_the_past_sees_the_past(self, store: Store) -> None:
        await store.create("/p/a", says("old"))
        await store.create("/p/b", says("old"))
        await store.create("/p/c", says("old"))
        await store.update("/p/a", says("new"), expected=1)
        await store.delete("/p/b", expected=2)
        await store.create("/p/d", says("new"))
        await store.update("/p/a", says("newer"), expected=4)
        past = await store.list("/p/", revision=3)
        assert [entry.value for entry in past.entries] == [b"old@1", b"old@2", b"old@3"]
        assert past.revision == 3
        page = await store.list("/p/", revision=3, limit=1, after="/p/a")
        assert [entry.key for entry in page.entries] == ["/p/b"]
        assert page.remaining == 1

    async def test_lists_refuse_the_forgotten_and_the_future(self, store: Store) -> None:
        for n in range(4):
            await store.create(f"/{n}", says("x"))
        await store.compact(3)
        assert len((await store.list("/", revision=3)).entries) == 3
        with pytest.raises(Compacted) as refused:
            await store.list("/", revision=2)
        assert refused.value.oldest == 3
        with pytest.raises(FutureRevision):
            await store.list("/", revision=5)


class WatchesSuite:
    """Events in order, without a gap, from any kept revision."""

    async def test_a_watch_replays_then_follows(self, store: Store) -> None:
        await store.create("/w/a", says("x"))
        await store.create("/v/a", says("x"))
        await store.update("/w/a", says("y"), expected=1)
        async with aclosing(store.watch("/w/", after=0)) as watch:
            assert await take(watch, 2) == [
                Event("/w/a", 1, b"x@1", None),
                Event("/w/a", 3, b"y@3", b"x@1"),
            ]
            await store.delete("/w/a", expected=3)
            assert await take(watch, 1) == [Event("/w/a", 4, None, b"y@3")]

    async def test_a_waiting_watch_is_woken(self, store: Store) -> None:
        async with aclosing(store.watch("/w/", after=0)) as watch, asyncio.TaskGroup() as group:
            events = group.create_task(take(watch, 1))
            await store.create("/w/a", says("x"))
        assert events.result()[0].revision == 1

    async def test_list_then_watch_has_no_gap(self, store: Store) -> None:
        async with asyncio.TaskGroup() as group:
            writes = [group.create_task(store.create(f"/w/{n}", says("x"))) for n in range(40)]
            await writes[10]
            listing = await store.list("/w/")
            watch = store.watch("/w/", after=listing.revision)
        await store.create("/w/last", says("x"))
        events = await take(watch, 41 - listing.revision)
        await watch.aclose()
        seen = [entry.revision for entry in listing.entries] + [event.revision for event in events]
        assert sorted(seen) == list(range(1, 42))

    async def test_a_deletion_can_carry_its_own_last_value(self, store: Store) -> None:
        await store.create("/w/a", says("x"))
        gone = await store.delete("/w/a", expected=1, render=says("gone"))
        assert gone == Entry("/w/a", b"gone@2", 2)
        async with aclosing(store.watch("/w/", after=1)) as watch:
            assert await take(watch, 1) == [Event("/w/a", 2, None, b"gone@2")]
        past = await store.list("/w/", revision=1)
        assert past.entries == [Entry("/w/a", b"x@1", 1)]

    async def test_watches_refuse_the_forgotten_and_the_future(self, store: Store) -> None:
        await store.create("/w/a", says("x"))
        await store.create("/w/b", says("x"))
        await store.compact(1)
        with pytest.raises(Compacted):
            store.watch("/w/", after=0)
        with pytest.raises(FutureRevision):
            store.watch("/w/", after=3)
        async with aclosing(store.watch("/w/", after=1)) as watch:
            assert [event.key for event in await take(watch, 1)] == ["/w/b"]

    async def test_compaction_keeps_values_and_open_watches(self, store: Store) -> None:
        watch = store.watch("/w/", after=0)
        await store.create("/w/a", says("x"))
        await store.compact(store.revision)
        assert await store.get("/w/a") == Entry("/w/a", b"x@1", 1)
        assert [event.revision for event in await take(watch, 1)] == [1]
        await watch.aclose()
        with pytest.raises(FutureRevision):
            await store.compact(9)

    async def test_leaving_a_watch_ends_its_iteration(self, store: Store) -> None:
        watch = store.watch("/w/", after=0)
        async with asyncio.TaskGroup() as group:
            events = group.create_task(take(watch, 1))
            group.create_task(watch.aclose())
        assert events.result() == []
        await watch.aclose()

    async def test_closing_the_store_ends_its_watches(self, store: Store) -> None:
        watch = store.watch("/w/", after=0)
        await store.aclose()
        assert await take(watch, 1) == []


class StoreSuite(WritesSuite, ListsSuite, WatchesSuite):
    """All of it."""
