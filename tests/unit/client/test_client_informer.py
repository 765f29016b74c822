"""Reflector and informer: no gap, no poll, level-driven."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from seatrial.api.kinds import NODE, POD
from seatrial.api.objects import Object, key_of, labels_of
from seatrial.client.client import ApiClient
from seatrial.client.errors import TransportError
from seatrial.client.informer import Informer
from seatrial.client.informers import InformerSet
from seatrial.client.transport.interface import Request
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.testing.virtual_time import run_virtual, settle

Told = list[tuple[str, str]]


def pod(name: str, **labels: str) -> Object:
    return {"metadata": {"name": name, "namespace": "x", "labels": labels}}


@asynccontextmanager
async def following(transport: ScriptedTransport) -> AsyncIterator[tuple[Informer, Told]]:
    informers = InformerSet(ApiClient(transport))
    informer = informers.informer(POD)
    told: Told = []

    def handle(old: Object | None, new: Object | None) -> None:
        what = "came" if old is None else "went" if new is None else "changed"
        told.append((what, key_of(new or old or {})))

    informer.subscribe(handle)
    informers.start()
    await informers.wait_synced()
    await settle()
    try:
        yield informer, told
    finally:
        await informers.aclose()
        await transport.aclose()


def is_watch(request: Request) -> bool:
    return "watch" in request.query


def test_the_cache_follows_and_handlers_are_told() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        transport.api.put(POD, pod("a"))
        async with following(transport) as (informer, told):
            transport.api.put(POD, pod("b"))
            transport.api.put(POD, pod("a", k="v"))
            transport.api.remove(POD, "x/b")
            await settle()
            assert told == [("came", "x/a"), ("came", "x/b"), ("changed", "x/a"), ("went", "x/b")]
            assert [labels_of(each) for each in informer.list()] == [{"k": "v"}]
            assert informer.get("x/b") is None

    run_virtual(story())


def test_indexes_follow_changes() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        transport.api.put(POD, pod("a", app="web"))
        async with following(transport) as (informer, _):
            informer.add_index("app", lambda each: [labels_of(each).get("app", "")])
            transport.api.put(POD, pod("b", app="web"))
            transport.api.put(POD, pod("a", app="db"))
            await settle()
            assert [key_of(each) for each in informer.by_index("app", "web")] == ["x/b"]
            assert [key_of(each) for each in informer.by_index("app", "db")] == ["x/a"]
            assert len(informer.list("x")) == 2
            assert informer.list("y") == []

    run_virtual(story())


def test_a_watch_that_ends_is_resumed_without_a_new_list() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        async with following(transport) as (informer, _):
            await asyncio.sleep(60)
            transport.api.cut_watches()
            transport.api.put(POD, pod("a"))
            await settle()
            assert informer.get("x/a") is not None
            lists = [each for each in transport.requests if not is_watch(each)]
            assert len(lists) == 1

    run_virtual(story())


def test_what_went_during_a_gap_is_told_after_a_new_list() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        transport.api.put(POD, pod("a"))
        transport.api.put(POD, pod("b"))
        async with following(transport) as (informer, told):
            transport.fail_next(TransportError("reset"), when=is_watch)
            transport.api.cut_watches()
            transport.api.remove(POD, "x/a")
            transport.api.remove(POD, "x/b")
            transport.api.put(POD, pod("b"))
            transport.api.compact()
            told.clear()
            await asyncio.sleep(1)
            assert told == [("went", "x/a"), ("went", "x/b"), ("came", "x/b")]
            assert [key_of(each) for each in informer.list()] == ["x/b"]

    run_virtual(story())


def test_errors_are_waited_out_with_growing_delays() -> None:
    async def story() -> list[float]:
        transport = ScriptedTransport()
        loop, tries = asyncio.get_running_loop(), list[float]()

        def note(_request: Request) -> bool:
            tries.append(loop.time())
            return True

        for _ in range(5):
            transport.fail_next(TransportError("refused"), when=note)
        async with following(transport):
            return [late - early for early, late in pairwise(tries)]

    gaps = run_virtual(story())
    assert all(
        base <= gap <= base * 1.5 for base, gap in zip((0.05, 0.1, 0.2, 0.4), gaps, strict=True)
    )


def test_one_informer_for_one_collection() -> None:
    informers = InformerSet(ApiClient(ScriptedTransport()))
    assert informers.informer(POD) is informers.informer(POD)
    assert informers.informer(POD) is not informers.informer(POD, "x")
    assert informers.informer(POD) is not informers.informer(NODE)


def test_a_handler_that_raises_reaches_the_owner() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        transport.api.put(POD, pod("a"))
        failures = []
        informers = InformerSet(
            ApiClient(transport), on_failure=lambda _name, error: failures.append(error)
        )

        def handle(_old: Object | None, _new: Object | None) -> None:
            raise ValueError("a bug")

        informers.informer(POD).subscribe(handle)
        informers.start()
        await settle()
        await informers.aclose()
        await transport.aclose()
        assert [str(each) for each in failures] == ["a bug"]

    run_virtual(story())


def test_a_late_subscriber_is_told_of_everything_there_is() -> None:
    async def story() -> None:
        transport = ScriptedTransport()
        transport.api.put(POD, pod("a"))
        async with following(transport) as (informer, _):
            late = []
            stop = informer.subscribe(lambda _old, new: late.append(new))
            stop()
            transport.api.put(POD, pod("b"))
            await settle()
            assert [key_of(each) for each in late if each] == ["x/a"]

    run_virtual(story())


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_gives_the_same_story(seed: int) -> None:
    async def story() -> list[float]:
        transport = ScriptedTransport()
        for _ in range(4):
            transport.fail_next(TransportError("refused"))
        async with following(transport):
            return [asyncio.get_running_loop().time()]

    assert run_virtual(story(), seed=seed) == run_virtual(story(), seed=seed)
