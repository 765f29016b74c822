"""What every transport must do, whatever carries it: an API server answers at the other end.

The suite speaks to a `FakeApi`: over a socket, in process, or scripted. A subclass gives a
`reached` fixture: the transport and the fake at its other end.
"""

import asyncio
from dataclasses import dataclass

import orjson
import pytest

from seatrial.api.kinds import CONFIG_MAP, POD
from seatrial.client.errors import TransportError
from seatrial.client.transport.fake_api import FakeApi
from seatrial.client.transport.interface import Request, Transport

PATH = CONFIG_MAP.path("default")
LIMIT_S = 10.0  # of a whole test; nothing in the suite waits for it when all is well


@dataclass(frozen=True, slots=True)
class Reached:
    """A transport and what it reaches."""

    transport: Transport
    api: FakeApi


def config_map(name: str, **data: str) -> dict[str, object]:
    """A ConfigMap in namespace default."""
    return {"metadata": {"name": name, "namespace": "default"}, "data": data}


def watch(*, timeout_s: float | None = None, after: int = 0) -> Request:
    """A watch of the suite's collection."""
    query = {"watch": "1", "resourceVersion": str(after)}
    return Request("GET", PATH, query=query, timeout_s=timeout_s)


class TransportSuite:
    """The contract."""

    async def test_whole_exchange(self, reached: Reached) -> None:
        body = orjson.dumps(config_map("a", key="väl"))
        created = await reached.transport.send(Request("POST", PATH, body=body))
        got = await reached.transport.send(Request("GET", f"{PATH}/a"))
        assert (created.status, got.status) == (201, 200)
        assert orjson.loads(got.body)["data"] == {"key": "väl"}
        assert got.headers["content-type"] == "application/json"

    async def test_a_refusal_is_an_answer(self, reached: Reached) -> None:
        answer = await reached.transport.send(Request("GET", f"{PATH}/nothing"))
        assert answer.status == 404
        assert orjson.loads(answer.body)["reason"] == "NotFound"

    async def test_query_is_quoted(self, reached: Reached) -> None:
        reached.api.put(POD, {"metadata": {"name": "a", "namespace": "x", "labels": {"k": "v"}}})
        reached.api.put(POD, {"metadata": {"name": "b", "namespace": "x"}})
        query = {"labelSelector": "k in (v, w),k!=z"}
        answer = await reached.transport.send(Request("GET", POD.path("x"), query=query))
        assert [pod["metadata"]["name"] for pod in orjson.loads(answer.body)["items"]] == ["a"]

    async def test_large_bodies_arrive_whole(self, reached: Reached) -> None:
        body = orjson.dumps(config_map("large", key="x" * 1_000_000))
        await reached.transport.send(Request("POST", PATH, body=body))
        got = await reached.transport.send(Request("GET", f"{PATH}/large"))
        assert len(orjson.loads(got.body)["data"]["key"]) == 1_000_000

    async def test_pieces_come_while_the_answer_goes_on(self, reached: Reached) -> None:
        async with asyncio.timeout(LIMIT_S), reached.transport.stream(watch()) as stream:
            assert stream.status == 200
            for name in ("a", "b"):
                reached.api.put(CONFIG_MAP, config_map(name))
                piece = await anext(stream.pieces)
                assert orjson.loads(piece)["object"]["metadata"]["name"] == name

    async def test_a_stream_ends_in_good_order(self, reached: Reached) -> None:
        async with asyncio.timeout(LIMIT_S), reached.transport.stream(watch()) as stream:
            reached.api.put(CONFIG_MAP, config_map("a"))
            await anext(stream.pieces)
            reached.api.cut_watches()
            rest = b"".join([piece async for piece in stream.pieces])
        assert orjson.loads(rest)["type"] == "BOOKMARK"

    async def test_leaving_a_stream_is_noticed_by_the_server(self, reached: Reached) -> None:
        async with asyncio.timeout(LIMIT_S):
            async with reached.transport.stream(watch()) as stream:
                reached.api.put(CONFIG_MAP, config_map("a"))
                await anext(stream.pieces)
                assert reached.api.watchers == 1
            await reached.api.wait_watchers(0)

    async def test_a_cancelled_reader_is_noticed_by_the_server(self, reached: Reached) -> None:
        async def read() -> None:
            async with reached.transport.stream(watch()) as stream:
                async for _ in stream.pieces:
                    pass

        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            reader = group.create_task(read())
            await reached.api.wait_watchers(1)
            reader.cancel()
            await reached.api.wait_watchers(0)

    async def test_requests_run_beside_a_stream(self, reached: Reached) -> None:
        async with asyncio.timeout(LIMIT_S), reached.transport.stream(watch()) as stream:
            requests = [
                Request("POST", PATH, body=orjson.dumps(config_map(f"m{number}")))
                for number in range(20)
            ]
            answers = await asyncio.gather(*(reached.transport.send(each) for each in requests))
            assert {answer.status for answer in answers} == {201}
            lines = b""
            while lines.count(b"\n") < 20:
                lines += await anext(stream.pieces)

    async def test_a_limit_is_a_transport_error(self, reached: Reached) -> None:
        async def read() -> None:
            async with reached.transport.stream(watch(timeout_s=0.05)) as stream:
                async for _ in stream.pieces:
                    pass

        with pytest.raises(TransportError):
            await read()

    async def test_a_closed_transport_refuses(self, reached: Reached) -> None:
        await reached.transport.aclose()
        with pytest.raises(TransportError):
            await reached.transport.send(Request("GET", PATH))
