"""Whatever a client sends, it is answered; never by a failure of ours."""

import asyncio
import copy
from collections.abc import Iterable
from typing import Any

from apiserver_harness import MERGE, Harness, config_map, deployment, namespace, pod, service
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.apiserver.config import Watching
from seatrial.apiserver.kubelets import NoKubelets

CORE = "/api/v1/namespaces/default"
ADDRESSES = {"addresses": [{"ip": "1.1.1.1"}], "ports": [{"port": 80}]}
TAINT = {"key": "a", "effect": "NoExecute"}
ENDPOINT = {"addresses": ["1.1.1.1"], "conditions": {"ready": True}}
TARGETS: list[tuple[str, Any]] = [
    (f"{CORE}/pods", pod("x", app="x")),
    (f"{CORE}/services", service("x", type="NodePort")),
    (f"{CORE}/configmaps", config_map("x", a="b")),
    (f"{CORE}/secrets", {"metadata": {"name": "x"}, "data": {"a": "Yg=="}}),
    (f"{CORE}/endpoints", {"metadata": {"name": "x"}, "subsets": [ADDRESSES]}),
    (f"{CORE}/events", {"metadata": {"name": "x"}, "involvedObject": {"kind": "Pod"}}),
    ("/api/v1/nodes", {"metadata": {"name": "x"}, "spec": {"taints": [TAINT]}}),
    ("/api/v1/namespaces", namespace("x")),
    ("/apis/apps/v1/namespaces/default/deployments", deployment("x")),
    (
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
        {"metadata": {"name": "x"}, "addressType": "IPv4", "endpoints": [ENDPOINT]},
    ),
    (
        "/apis/faults.seatrial.dev/v1/kubeletdelays",
        {"metadata": {"name": "x"}, "spec": {"delay": "5s", "labels": {"a": "b"}}},
    ),
    (
        "/apis/faults.seatrial.dev/v1/containerkills",
        {"metadata": {"name": "x"}, "spec": {"namespace": "a", "pod": "b"}},
    ),
]  # fmt: skip

leaves = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5)
json_values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every part of a JSON value."""
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    return [at, *(path for key, each in inner for path in paths(each, (*at, key)))]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    changed = copy.deepcopy(value)
    part = changed
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = by
    return changed


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_object_makes_the_server_fail(data: st.DataObject) -> None:
    path, valid = data.draw(st.sampled_from(TARGETS))
    body = replaced(valid, data.draw(st.sampled_from(paths(valid))), data.draw(json_values))

    async def story() -> None:
        api = Harness(NoKubelets(), Watching())
        await api.create("/api/v1/namespaces", namespace("default"))
        created = await api.send("POST", path, body)
        assert created.status < 500, created.body
        if created.status >= 400:
            await api.create(path, valid)
            patched = await api.send("PATCH", f"{path}/x", body, content_type=MERGE)
            assert patched.status < 500, patched.body
        table = await api.send("GET", path, accept="application/json;as=Table;v=v1;g=meta.k8s.io")
        assert table.status == 200
        await api.transport.aclose()

    asyncio.run(story())


async def test_a_body_too_deep_to_walk_is_refused(api: Harness) -> None:
    await api.create(f"{CORE}/configmaps", config_map("x"))
    deep = b'{"data":' + b'{"a":' * 900 + b"1" + b"}" * 901
    await api.refused(400, "PATCH", f"{CORE}/configmaps/x", deep, content_type=MERGE)
    # Where anything may stand, it is the depth that is refused.
    head = b'{"metadata":{"name":"y"},"spec":{"delay":"1s"},"status":'
    deep = head + b'{"a":' * 900 + b"1" + b"}" * 901
    await api.refused(400, "POST", "/apis/faults.seatrial.dev/v1/kubeletdelays", deep)
