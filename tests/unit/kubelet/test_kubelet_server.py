"""Logs, journal and health, asked over ASGI."""

import asyncio
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from kubelet_world import World, container, container_state, pod, running_world

from seatrial.kubelet.logs import tail_offset
from seatrial.kubelet.server import build_server
from seatrial.testing.fakes.runtime import Behaviour


class Reader:
    """One request, and what has come back of it so far."""

    def __init__(self, world: World, path: str, query: str = "") -> None:
        self.status = 0
        self.body = b""
        self.is_whole = asyncio.Event()
        self._came = asyncio.Event()
        self._left = asyncio.Event()
        app = build_server(world.kubelet, world.journal)
        scope = {"type": "http", "path": path, "query_string": query.encode()}
        self.work = app(scope, self._receive, self._send)

    def leave(self) -> None:
        self._left.set()

    async def until(self, text: bytes) -> None:
        while text not in self.body:
            await self._came.wait()
            self._came.clear()

    async def _receive(self) -> MutableMapping[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.body += message["body"]
        self._came.set()
        if not message["more_body"]:
            self.is_whole.set()


async def ask(world: World, path: str, query: str = "") -> tuple[int, str]:
    reader = Reader(world, path, query)
    await reader.work
    return reader.status, reader.body.decode()


LOG = "/containerLogs/default/web/web"


async def running_pod(world: World, *lines: str) -> str:
    world.runtime.behave("web", Behaviour(prints=lines))
    await world.create(pod())
    await world.until_phase("web", "Running")
    return world.runtime.running("web")[0]


async def test_a_log_whole_its_tail_and_its_first_bytes(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await running_pod(world, "one", "two", "three")
        assert await ask(world, LOG) == (200, "one\ntwo\nthree\n")
        assert await ask(world, LOG, "tailLines=2") == (200, "two\nthree\n")
        assert await ask(world, LOG, "tailLines=0") == (200, "")
        assert await ask(world, LOG, "limitBytes=5") == (200, "one\nt")
        assert await ask(world, LOG, "sinceTime=2200-01-01T00:00:00Z") == (200, "")
        _, stamped = await ask(world, LOG, "timestamps=true&tailLines=1")
        assert stamped.startswith("20")
        assert stamped.endswith("Z three\n")


async def test_a_followed_log_ends_with_its_container(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        container_id = await running_pod(world, "one")
        reader = Reader(world, LOG, "follow=true")
        async with asyncio.TaskGroup() as group:
            group.create_task(reader.work)
            await reader.until(b"one\n")
            world.runtime.print(container_id, "two")
            await reader.until(b"two\n")
            assert not reader.is_whole.is_set()
            world.runtime.print(container_id, "last")
            world.runtime.finish(container_id, 0)
        assert reader.body == b"one\ntwo\nlast\n"


async def test_a_reader_that_leaves_ends_its_stream(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await running_pod(world, "one")
        reader = Reader(world, LOG, "follow=true")
        async with asyncio.TaskGroup() as group:
            group.create_task(reader.work)
            await reader.until(b"one\n")
            reader.leave()
        assert not reader.is_whole.is_set()


async def test_the_log_before_a_restart(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        container_id = await running_pod(world, "first life")
        assert await ask(world, LOG, "previous=true") == (
            400,
            'previous terminated container "web" in pod "web" not found',
        )
        world.runtime.behave("web", Behaviour(prints=("second life",)))
        world.runtime.finish(container_id, 1)
        await world.until_pod("web", lambda p: container_state(p)["restartCount"] == 1)
        assert await ask(world, LOG) == (200, "second life\n")
        assert await ask(world, LOG, "previous=true") == (200, "first life\n")


async def test_a_container_that_waits_for_init_containers_says_so(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        waits = pod(containers=[container()])
        waits["spec"]["initContainers"] = [container("first")]
        await world.create(waits)
        await world.until_pod("web", lambda p: container_state(p, "first"))
        assert await ask(world, LOG) == (
            400, 'container "web" in pod "web" is waiting to start: PodInitializing'
        )  # fmt: skip


async def test_a_log_that_is_not_there_says_why(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.shelf.missing.add("nowhere:1")
        await world.create(pod(containers=[container(image="nowhere:1")]))
        await world.until_pod("web", lambda p: container_state(p).get("state"))
        assert await ask(world, LOG) == (
            400,
            'container "web" in pod "web" is waiting to start: trying and failing to pull image',
        )
        assert (await ask(world, "/containerLogs/default/web/db"))[0] == 400
        assert (await ask(world, "/containerLogs/default/none/web"))[0] == 404
        assert (await ask(world, LOG, "tailLines=x"))[0] == 400
        assert (await ask(world, "/nothing"))[0] == 404


async def test_health_pods_and_the_journal(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await running_pod(world)
        assert await ask(world, "/healthz") == (200, "ok")
        _, pods = await ask(world, "/pods")
        assert json.loads(pods)["items"][0]["status"]["phase"] == "Running"
        _, journal = await ask(world, "/seatrial/journal")
        assert [json.loads(line)["kind"] for line in journal.splitlines()] == ["start"]
        reader = Reader(world, "/seatrial/journal", "follow=1")
        async with asyncio.TaskGroup() as group:
            group.create_task(reader.work)
            await reader.until(b'"start"')
            world.journal.write("rules", service="default/web")
            await reader.until(b'"rules"')
            reader.leave()


@pytest.mark.parametrize("size", [10, 20_000])
@pytest.mark.parametrize("lines", [1, 2, 3, 9])
def test_a_tail_begins_where_its_first_line_does(tmp_path: Path, size: int, lines: int) -> None:
    path = tmp_path / "log"
    written = [f"{index}{'x' * size}\n".encode() for index in range(4)]
    path.write_bytes(b"".join(written))
    with path.open("rb") as file:
        file.seek(tail_offset(file, lines))
        assert file.read() == b"".join(written[-lines:])
