"""The client's verbs against the living fake."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from seatrial.api.kinds import CONFIG_MAP, NODE, POD
from seatrial.client.client import ApiClient, _lines
from seatrial.client.errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    Gone,
    NotFound,
    TransportError,
    error_from,
)
from seatrial.client.transport.scripted import ScriptedTransport


@pytest.fixture
def transport() -> ScriptedTransport:
    return ScriptedTransport()


@pytest.fixture
def client(transport: ScriptedTransport) -> ApiClient:
    return ApiClient(transport)


async def test_create_get_update_patch_delete(client: ApiClient) -> None:
    made = await client.create(CONFIG_MAP, {"metadata": {"name": "a"}, "data": {"k": "1"}}, "x")
    assert made["metadata"]["namespace"] == "x"
    made["data"]["k"] = "2"
    updated = await client.update(CONFIG_MAP, made)
    with pytest.raises(Conflict):
        await client.update(CONFIG_MAP, made)
    patched = await client.patch(CONFIG_MAP, "a", "x", {"data": {"l": "3"}})
    assert patched["data"] == {"k": "2", "l": "3"}
    assert int(patched["metadata"]["resourceVersion"]) > int(updated["metadata"]["resourceVersion"])
    with pytest.raises(AlreadyExists):
        await client.create(CONFIG_MAP, {"metadata": {"name": "a"}}, "x")
    with pytest.raises(Conflict):
        await client.delete(CONFIG_MAP, "a", "x", uid="another")
    await client.delete(CONFIG_MAP, "a", "x")
    with pytest.raises(NotFound, match='configmaps "a" not found'):
        await client.get(CONFIG_MAP, "a", "x")


async def test_items_of_a_list_say_what_they_are(
    client: ApiClient, transport: ScriptedTransport
) -> None:
    transport.api.put(POD, {"metadata": {"name": "a", "namespace": "x"}})
    transport.api.put(POD, {"metadata": {"name": "b", "namespace": "y"}})
    everything = await client.list(POD)
    assert [(each["kind"], each["apiVersion"]) for each in everything.items] == [("Pod", "v1")] * 2
    assert [each["metadata"]["name"] for each in (await client.list(POD, "y")).items] == ["b"]


async def test_pages(client: ApiClient, transport: ScriptedTransport) -> None:
    for number in range(5):
        transport.api.put(NODE, {"metadata": {"name": f"n{number}"}})
    first = await client.list(NODE, limit=3)
    second = await client.list(NODE, limit=3, continue_token=first.continue_token)
    assert (len(first.items), len(second.items), second.continue_token) == (3, 2, "")


async def test_a_binding(client: ApiClient, transport: ScriptedTransport) -> None:
    transport.api.put(POD, {"metadata": {"name": "a", "namespace": "x"}, "spec": {}})
    binding = {"target": {"kind": "Node", "name": "n1"}}
    await client.create_subresource(POD, "a", "x", "binding", binding)
    assert (await client.get(POD, "a", "x"))["spec"]["nodeName"] == "n1"


async def test_a_watch_tells_changes_and_then_its_end(
    client: ApiClient, transport: ScriptedTransport
) -> None:
    transport.api.put(NODE, {"metadata": {"name": "n1"}})
    seen = []
    async with aclosing(client.watch(NODE, resource_version="1")) as watch:  # type: ignore[type-var]
        async for event in watch:
            seen.append((event.type, event.object["metadata"].get("name")))
            if len(seen) == 1:
                transport.api.remove(NODE, "n1")
            elif len(seen) == 2:
                transport.api.cut_watches()
    assert seen == [("ADDED", "n1"), ("DELETED", "n1"), ("BOOKMARK", None)]


async def test_a_watch_from_too_old_a_revision_is_gone(
    client: ApiClient, transport: ScriptedTransport
) -> None:
    transport.api.put(NODE, {"metadata": {"name": "n1"}})
    transport.api.compact()
    with pytest.raises(Gone):
        await anext(client.watch(NODE, resource_version="1"))


async def test_a_refusal_that_is_no_status_keeps_its_words(transport: ScriptedTransport) -> None:
    transport.fail_next(error_from({"code": 503, "message": "not yet"}))
    with pytest.raises(ApiError, match="not yet") as caught:
        await ApiClient(transport).get(NODE, "n1")
    assert caught.value.code == 503


async def test_no_answer_is_a_transport_error(transport: ScriptedTransport) -> None:
    transport.fail_next(TransportError("refused"))
    with pytest.raises(TransportError, match="refused"):
        await ApiClient(transport).get(NODE, "n1")


async def test_lines_out_of_pieces_that_end_anywhere() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"a"', b":1}\n\n{", b'"b":2', b"}\n{}\n{cut"):
            yield piece

    assert [line async for line in _lines(pieces())] == [b'{"a":1}', b'{"b":2}', b"{}"]
