"""scale, binding, eviction, log, proxy, token."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from apiserver_harness import MERGE, PODS, Harness, deployment, namespace, pod

from seatrial.apiserver.config import Watching
from seatrial.apiserver.kubelets import KubeletAnswer, KubeletUnreachable
from seatrial.client.errors import TransportError
from seatrial.client.transport.interface import Request

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
TOKENS = "/api/v1/namespaces/default/serviceaccounts/default/token"


class FakeKubelets:
    """One node, `n1`, whose kubelet answers from a table."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.open = 0

    @asynccontextmanager
    async def stream(
        self, node_name: str, path: str, query: Mapping[str, str]
    ) -> AsyncIterator[KubeletAnswer]:
        if node_name != "n1":
            raise KubeletUnreachable(f"node {node_name} is lost")
        self.asked.append((path, dict(query)))
        self.open += 1
        try:
            status = 400 if "waiting" in path else 200
            pieces = [b"is waiting to start"] if status == 400 else [b"one\n", b"two\n"]
            dies: Exception | None = KubeletUnreachable("went away") if "dying" in path else None
            if "buggy" in path:
                dies = ValueError("a bug of ours")
            yield KubeletAnswer(status, {"content-type": "text/plain"}, _each(pieces, dies=dies))
        finally:
            self.open -= 1


async def _each(pieces: list[bytes], *, dies: Exception | None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if dies is not None:
        raise dies


@pytest.fixture
async def kubelets() -> FakeKubelets:
    return FakeKubelets()


@pytest.fixture
async def noded(kubelets: FakeKubelets) -> AsyncIterator[Harness]:
    harness = Harness(kubelets, Watching())
    await harness.create("/api/v1/namespaces", namespace("default"))
    yield harness
    await harness.transport.aclose()


async def test_scale_shows_and_sets_replicas(api: Harness) -> None:
    await api.create(DEPLOYMENTS, deployment("web", replicas=2))
    path = f"{DEPLOYMENTS}/web/scale"
    scale = await api.ok("GET", path)
    assert (scale["kind"], scale["spec"]) == ("Scale", {"replicas": 2})
    assert scale["status"]["selector"] == "app=web"
    put = await api.ok("PUT", path, {**scale, "spec": {"replicas": 3}})
    assert put["spec"]["replicas"] == 3
    await api.refused(409, "PUT", path, scale)
    patched = await api.ok("PATCH", path, {"spec": {"replicas": 0}}, content_type=MERGE)
    assert patched["spec"]["replicas"] == 0
    workload = await api.ok("GET", f"{DEPLOYMENTS}/web")
    assert (workload["spec"]["replicas"], workload["metadata"]["generation"]) == (0, 3)
    await api.refused(422, "PATCH", path, {"spec": {"replicas": -1}}, content_type=MERGE)
    await api.refused(400, "PATCH", path, {"spec": {"replicas": "x"}}, content_type=MERGE)


async def test_a_pod_is_bound_once(api: Harness) -> None:
    await api.create(PODS, pod("web"))
    target = {"target": {"kind": "Node", "name": "n1"}}
    done = await api.ok("POST", f"{PODS}/web/binding", target)
    assert done["status"] == "Success"
    bound = await api.ok("GET", f"{PODS}/web")
    assert bound["spec"]["nodeName"] == "n1"
    (condition,) = bound["status"]["conditions"]
    assert (condition["type"], condition["status"]) == ("PodScheduled", "True")
    assert bound["metadata"]["generation"] == 1
    status = await api.refused(409, "POST", f"{PODS}/web/binding", target)
    assert 'already assigned to node "n1"' in status["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 400),
        ({"target": {"kind": "Pod", "name": "x"}}, 422),
        ({"target": {"kind": "Node"}}, 422),
        ({"metadata": {"uid": "another"}, "target": {"name": "n1"}}, 409),
    ],
)
async def test_bad_bindings(api: Harness, body: Any, code: int) -> None:
    await api.create(PODS, pod("web"))
    await api.refused(code, "POST", f"{PODS}/web/binding", body)


async def test_an_eviction_is_a_graceful_deletion_with_a_reason(api: Harness) -> None:
    await api.create(PODS, pod("web", node="n1"))
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web"}}
    done = await api.ok("POST", f"{PODS}/web/eviction", eviction)
    assert done["code"] == 201
    going = await api.ok("GET", f"{PODS}/web")
    assert going["metadata"]["deletionGracePeriodSeconds"] == 30
    (condition,) = going["status"]["conditions"]
    assert (condition["type"], condition["reason"]) == (
        "DisruptionTarget",
        "EvictionByEvictionAPI",
    )
    await api.refused(400, "POST", f"{PODS}/web/eviction", {"metadata": {"name": "other"}})


async def test_logs_come_from_the_node(noded: Harness, kubelets: FakeKubelets) -> None:
    await noded.create(PODS, pod("web", node="n1"))
    answer = await noded.send("GET", f"{PODS}/web/log", tailLines="5", follow="true", pretty="1")
    assert (answer.status, answer.body) == (200, b"one\ntwo\n")
    assert answer.headers["content-type"] == "text/plain"
    path, query = kubelets.asked[0]
    assert path == "/containerLogs/default/web/main"
    assert query == {"tailLines": "5", "follow": "true"}
    assert kubelets.open == 0


async def test_logs_of_a_pod_that_runs_nowhere_are_empty(noded: Harness) -> None:
    await noded.create(PODS, pod("web"))
    answer = await noded.send("GET", f"{PODS}/web/log")
    assert (answer.status, answer.body) == (200, b"")


async def test_which_container_is_meant(noded: Harness, kubelets: FakeKubelets) -> None:
    wish = pod("web", node="n1")
    wish["spec"]["containers"].append({"name": "side", "image": "x"})
    wish["spec"]["initContainers"] = [{"name": "first", "image": "x"}]
    await noded.create(PODS, wish)
    status = await noded.refused(400, "GET", f"{PODS}/web/log")
    assert status["message"] == (
        "a container name must be specified for pod web, choose one of: [main side] "
        "or one of the init containers: [first]"
    )
    await noded.refused(400, "GET", f"{PODS}/web/log", container="ghost")
    note = {"metadata": {"annotations": {"kubectl.kubernetes.io/default-container": "side"}}}
    await noded.ok("PATCH", f"{PODS}/web", note, content_type=MERGE)
    assert (await noded.send("GET", f"{PODS}/web/log")).status == 200
    assert kubelets.asked[-1][0].endswith("/side")


async def test_what_the_kubelet_refuses_is_passed_on(
    noded: Harness, kubelets: FakeKubelets
) -> None:
    await noded.create(PODS, pod("waiting", node="n1"), pod("lost", node="n2"))
    status = await noded.refused(400, "GET", f"{PODS}/waiting/log")
    assert status["message"] == "is waiting to start"
    assert kubelets.open == 0
    await noded.refused(503, "GET", f"{PODS}/lost/log")


async def test_a_kubelet_that_dies_ends_the_log(noded: Harness, kubelets: FakeKubelets) -> None:
    await noded.create(PODS, pod("dying", node="n1"))
    answer = await noded.send("GET", f"{PODS}/dying/log")
    assert (answer.status, answer.body) == (200, b"one\ntwo\n")
    assert kubelets.open == 0


async def test_a_stream_that_fails_breaks_off_and_is_recorded(
    noded: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    await noded.create(PODS, pod("buggy", node="n1"))
    with pytest.raises(TransportError):
        await noded.send("GET", f"{PODS}/buggy/log")
    (failure,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert failure.getMessage() == "stream.failed"


async def test_a_node_is_reached_through_its_proxy(noded: Harness, kubelets: FakeKubelets) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}
    await noded.create("/api/v1/nodes", node)
    path = "/api/v1/nodes/n1/proxy/seatrial/journal"
    answer = await noded.send("GET", path, follow="1")
    assert answer.body == b"one\ntwo\n"
    assert kubelets.asked == [("/seatrial/journal", {"follow": "1"})]
    await noded.refused(404, "GET", "/api/v1/nodes/ghost/proxy/healthz")


async def test_a_token_is_good_for_its_account(api: Harness) -> None:
    await api.create(PODS, pod("web"))
    wish = {"spec": {"expirationSeconds": 600, "boundObjectRef": {"kind": "Pod", "name": "web"}}}
    made = await api.ok("POST", TOKENS, wish)
    headers = {"authorization": f"Bearer {made['status']['token']}"}
    bearer = api.transport.__class__(api.app)
    answer = await bearer.send(Request("GET", f"{PODS}/web", headers=headers))
    assert answer.status == 200
    damaged = {"authorization": headers["authorization"][:-2] + "xx"}
    assert (await bearer.send(Request("GET", f"{PODS}/web", headers=damaged))).status == 401
    await bearer.aclose()


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"expirationSeconds": 5}, 422),
        ({"boundObjectRef": {"kind": "Pod", "name": "ghost"}}, 404),
        ({"boundObjectRef": {"kind": "Deployment", "name": "web"}}, 400),
        ({"audiences": "one"}, 400),
    ],
)
async def test_bad_token_requests(api: Harness, spec: Any, code: int) -> None:
    await api.refused(code, "POST", TOKENS, {"spec": spec})
