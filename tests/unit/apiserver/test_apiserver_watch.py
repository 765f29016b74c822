"""watch: lines, selectors, bookmarks, ends."""

import asyncio

import pytest
from apiserver_harness import MERGE, PODS, TABLE, Harness, config_map, namespace, pod

from seatrial.apiserver.config import Watching
from seatrial.apiserver.kubelets import NoKubelets
from seatrial.testing.virtual_time import run_virtual

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
async def revision(api: Harness) -> str:
    return str(api.store.revision)


async def test_a_watch_tells_what_happens_from_a_revision_on(api: Harness, revision: str) -> None:
    await api.create(PODS, pod("a"))
    async with api.watch(PODS, resourceVersion=revision) as lines:
        await api.ok("PATCH", f"{PODS}/a", {"metadata": {"labels": {"x": "y"}}}, content_type=MERGE)
        await api.create(CONFIG_MAPS, config_map("not-a-pod"))
        await api.ok("DELETE", f"{PODS}/a")
        assert await lines.take(3) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]


async def test_a_deletion_has_a_revision_of_its_own(api: Harness) -> None:
    (made,) = await api.create(PODS, pod("a"))
    async with api.watch(PODS, resourceVersion=made["metadata"]["resourceVersion"]) as lines:
        await api.ok("DELETE", f"{PODS}/a")
        gone = await lines.next()
        assert int(gone["object"]["metadata"]["resourceVersion"]) == api.store.revision


async def test_without_a_revision_it_begins_with_what_is_there(api: Harness) -> None:
    await api.create(PODS, pod("a"), pod("b"))
    async with api.watch("/api/v1/pods") as lines:
        await api.create(PODS, pod("c"))
        assert await lines.take(3) == [("ADDED", "a"), ("ADDED", "b"), ("ADDED", "c")]


async def test_a_streamed_list_says_where_it_ends(api: Harness) -> None:
    await api.create(PODS, pod("a"))
    query = {
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
    }
    async with api.watch(PODS, **query) as lines:
        assert await lines.take(1) == [("ADDED", "a")]
        end = await lines.next()
        assert end["type"] == "BOOKMARK"
        metadata = end["object"]["metadata"]
        assert metadata["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert metadata["resourceVersion"] == str(api.store.revision)
    await api.refused(400, "GET", PODS, watch="1", sendInitialEvents="true")


async def test_objects_come_and_go_through_a_selector(api: Harness, revision: str) -> None:
    query = {"resourceVersion": revision, "labelSelector": "app=x"}
    async with api.watch(PODS, **query) as lines:
        await api.create(PODS, pod("a", app="y"))
        for app in ("x", "x2", "x"):
            labels = {"metadata": {"labels": {"app": app}}}
            await api.ok("PATCH", f"{PODS}/a", labels, content_type=MERGE)
        assert await lines.take(1) == [("ADDED", "a")]
        left = await lines.next()
        # It is shown as it was while it was chosen, at the revision of the change.
        assert left["type"] == "DELETED"
        assert left["object"]["metadata"]["labels"] == {"app": "x"}
        assert int(left["object"]["metadata"]["resourceVersion"]) == api.store.revision - 1
        assert await lines.take(1) == [("ADDED", "a")]
        await api.ok("DELETE", f"{PODS}/a")
        assert await lines.take(1) == [("DELETED", "a")]


async def test_a_kubelet_sees_its_own_pods(api: Harness, revision: str) -> None:
    query = {"resourceVersion": revision, "fieldSelector": "spec.nodeName=n1"}
    async with api.watch("/api/v1/pods", **query) as lines:
        await api.create(PODS, pod("a"), pod("b", node="n2"))
        await api.ok("POST", f"{PODS}/a/binding", {"target": {"name": "n1"}})
        assert await lines.take(1) == [("ADDED", "a")]


async def test_a_watch_of_tables_and_of_metadata(api: Harness) -> None:
    await api.create(PODS, pod("a"))
    async with api.watch(PODS, accept=TABLE) as lines:
        line = await lines.next()
        assert line["object"]["kind"] == "Table"
        assert line["object"]["rows"][0]["cells"][0] == "a"
    accept = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
    async with api.watch(PODS, accept=accept) as lines:
        line = await lines.next()
        assert line["object"]["kind"] == "PartialObjectMetadata"


async def test_too_old_and_too_new(api: Harness) -> None:
    await api.create(PODS, pod("a"), pod("b"))
    await api.store.compact(api.store.revision)
    async with api.watch(PODS, resourceVersion="1") as lines:
        error = await lines.next()
        assert (error["type"], error["object"]["code"]) == ("ERROR", 410)
        assert await lines.next() is None
    await api.refused(504, "GET", PODS, watch="1", resourceVersion="99999")


async def test_a_stopping_server_ends_a_watch_as_if_it_were_over(api: Harness) -> None:
    async with api.watch(PODS, resourceVersion=str(api.store.revision)) as lines:
        api.app.stop()
        assert await lines.next() is None


async def test_a_client_that_leaves_frees_its_place(api: Harness) -> None:
    async with api.watch(PODS, resourceVersion=str(api.store.revision)):
        assert len(api.store._fanout) == 1
    assert len(api.store._fanout) == 0


async def test_watchers_share_a_line(api: Harness, revision: str) -> None:
    async with (
        api.watch(PODS, resourceVersion=revision) as one,
        api.watch(PODS, resourceVersion=revision) as two,
    ):
        await api.create(PODS, pod("a"))
        assert await one.take(1) == await two.take(1) == [("ADDED", "a")]


def test_bookmarks_come_in_time_and_are_never_ahead() -> None:
    async def story() -> None:
        api = Harness(NoKubelets(), Watching(timeout_s=1000, bookmark_s=30))
        loop = asyncio.get_running_loop()
        await api.create("/api/v1/namespaces", namespace("default"))
        query = {"resourceVersion": str(api.store.revision), "allowWatchBookmarks": "true"}
        async with api.watch(PODS, **query) as lines:
            await asyncio.sleep(10)
            # A write elsewhere: its revision is in the bookmark of the period after.
            await api.create(CONFIG_MAPS, config_map("a"))
            first, second = await lines.next(), await lines.next()
            assert loop.time() == 60
            assert (first["type"], second["type"]) == ("BOOKMARK", "BOOKMARK")
            revisions = [each["object"]["metadata"]["resourceVersion"] for each in (first, second)]
            assert revisions == [query["resourceVersion"], str(api.store.revision)]
            assert second["object"]["kind"] == "Pod"
        await api.transport.aclose()

    run_virtual(story())


def test_a_watch_ends_when_its_time_is_up() -> None:
    async def story() -> None:
        api = Harness(NoKubelets(), Watching())
        loop = asyncio.get_running_loop()
        async with api.watch("/api/v1/pods", timeoutSeconds="7") as lines:
            assert await lines.next() is None
            assert loop.time() == 7
        async with api.watch("/api/v1/pods") as lines:
            assert await lines.next() is None
            assert 1800 <= loop.time() - 7 <= 3600
        await api.transport.aclose()

    run_virtual(story())
