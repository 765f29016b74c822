"""The node's own object, its heartbeat, and images' credentials."""

import base64
import json
from pathlib import Path

import pytest
from kubelet_world import NODE_NAME, running_world

from seatrial.api.kinds import LEASE, NODE
from seatrial.api.objects import condition_of, is_condition_true
from seatrial.kubelet.objects_cache import Fetched
from seatrial.kubelet.pulling import default_policy, pull_credentials
from seatrial.kubelet.references import Reference


async def test_a_node_registers_itself(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.api.until(lambda: world.api.objects["nodes"].get(NODE_NAME, {}).get("status"))
        node = await world.api.get(NODE, NODE_NAME)
        assert node["spec"] == {"podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24"]}
        assert node["metadata"]["labels"]["kubernetes.io/hostname"] == NODE_NAME
        assert node["status"]["capacity"]["pods"] == "110"
        assert {"type": "InternalIP", "address": "10.245.0.10"} in node["status"]["addresses"]
        assert is_condition_true(node, "Ready")
        pressure = condition_of(node, "MemoryPressure")
        assert pressure is not None
        assert pressure["reason"] == "KubeletHasSufficientMemory"
        await world.api.until(lambda: world.api.events("NodeReady"))
        assert world.api.events("Starting") == ["Starting kubelet."]


async def test_its_lease_is_renewed_every_ten_seconds(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        key = f"kube-node-lease/{NODE_NAME}"
        times: list[str] = []

        def has_been_renewed() -> bool:
            lease = world.api.objects["leases"].get(key)
            if lease is not None and lease["spec"]["renewTime"] not in times:
                times.append(lease["spec"]["renewTime"])
            return len(times) == 3

        await world.api.until(has_been_renewed)
        assert [text[14:19] for text in times] == ["00:00", "00:10", "00:20"]
        assert (await world.api.get(LEASE, NODE_NAME, "kube-node-lease"))["spec"][
            "leaseDurationSeconds"
        ] == 40


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("busybox", "Always"),
        ("busybox:latest", "Always"),
        ("busybox:1", "IfNotPresent"),
        ("registry:5000/busybox", "Always"),
        ("busybox@sha256:abc", "IfNotPresent"),
    ],
)
def test_default_pull_policies(image: str, policy: str) -> None:
    assert default_policy(image) == policy


def test_credentials_are_those_of_the_images_registry() -> None:
    login = base64.b64encode(b"me:pa:ss").decode()
    auths = {"auths": {"https://index.docker.io/v1/": {"auth": login},
                       "registry.example:5000": {"username": "you", "password": "x"}}}  # fmt: skip
    encoded = base64.b64encode(json.dumps(auths).encode()).decode()
    secret = {"data": {".dockerconfigjson": encoded}}
    lookup = Fetched({Reference("Secret", "pull"): secret})
    pod = {"spec": {"imagePullSecrets": [{"name": "pull"}]}}
    assert pull_credentials(pod, "busybox", lookup) == {"username": "me", "password": "pa:ss"}
    assert pull_credentials(pod, "registry.example:5000/a/b:1", lookup) == {
        "username": "you",
        "password": "x",
    }
    assert pull_credentials(pod, "elsewhere.example/a", lookup) is None
