"""The API server over every store: what it promises does not depend on where it keeps things."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from seatrial.api.kinds import CONFIG_MAP, NAMESPACE, SERVICE
from seatrial.api.objects import Object
from seatrial.apiserver.app import build_app
from seatrial.apiserver.config import ADMIN, ApiServerConfig
from seatrial.apiserver.kubelets import NoKubelets
from seatrial.client.client import ApiClient
from seatrial.client.transport.inproc import InProcessTransport
from seatrial.store.interface import Store
from seatrial.store.memory import MemoryStore
from seatrial.store.sqlite import open_store

WRITERS = 30


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened: Store = MemoryStore()
    if request.param == "sqlite":
        opened = open_store(tmp_path / "state.db")
    yield opened
    await opened.aclose()


async def client_of(store: Store) -> ApiClient:
    app = build_app(ApiServerConfig(tokens={"t": ADMIN}), store, NoKubelets())
    return ApiClient(InProcessTransport(app, token="t"))


@pytest.fixture
async def client(store: Store) -> AsyncIterator[ApiClient]:
    opened = await client_of(store)
    await opened.create(NAMESPACE, {"metadata": {"name": "default"}})
    yield opened
    await opened.aclose()


def config_map(name: str) -> Object:
    return {"metadata": {"name": name}, "data": {}}


async def test_patches_at_the_same_time_all_count(client: ApiClient) -> None:
    await client.create(CONFIG_MAP, config_map("settings"), "default")
    async with asyncio.TaskGroup() as group:
        for number in range(WRITERS):
            patch = {"data": {f"key-{number}": "x"}}
            group.create_task(client.patch(CONFIG_MAP, "settings", "default", patch))
    settings = await client.get(CONFIG_MAP, "settings", "default")
    assert len(settings["data"]) == WRITERS


async def test_addresses_are_given_once_also_at_the_same_time(client: ApiClient) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                client.create(
                    SERVICE,
                    {"metadata": {"name": f"s{number}"}, "spec": {"ports": [{"port": 80}]}},
                    "default",
                )
            )
            for number in range(WRITERS)
        ]
    assert len({task.result()["spec"]["clusterIP"] for task in tasks}) == WRITERS


async def test_a_watch_has_no_gap_and_no_double(client: ApiClient) -> None:
    begun = await client.list(CONFIG_MAP, "default")
    known = [each["metadata"]["name"] for each in begun.items]
    async with asyncio.TaskGroup() as group:
        for number in range(WRITERS):
            group.create_task(client.create(CONFIG_MAP, config_map(f"c{number}"), "default"))
    seen: list[str] = []
    versions: list[int] = []
    watch = client.watch(CONFIG_MAP, "default", resource_version=begun.resource_version)
    async for event in watch:
        seen.append(event.object["metadata"]["name"])
        versions.append(int(event.object["metadata"]["resourceVersion"]))
        if len(seen) == WRITERS:
            break
    assert sorted(seen) == sorted(f"c{number}" for number in range(WRITERS))
    assert versions == sorted(set(versions))
    assert not set(known) & set(seen)


async def test_a_page_and_its_next_are_of_one_moment(client: ApiClient) -> None:
    for number in range(4):
        await client.create(CONFIG_MAP, config_map(f"c{number}"), "default")
    first = await client.list(CONFIG_MAP, "default", limit=2)
    await client.delete(CONFIG_MAP, "c3", "default")
    rest = await client.list(CONFIG_MAP, "default", limit=9, continue_token=first.continue_token)
    names = [each["metadata"]["name"] for each in (*first.items, *rest.items)]
    assert names == ["c0", "c1", "c2", "c3", "kube-root-ca.crt"]
