"""Controllers against the real API server: what users see of Deployments, Services, namespaces."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from controllers_world import CA_PEM, HOME, World, make_world

from seatrial.api.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    ENDPOINT_SLICE,
    ENDPOINTS,
    EVENT,
    NAMESPACE,
    POD,
    REPLICA_SET,
    SERVICE,
    SERVICE_ACCOUNT,
)
from seatrial.api.objects import (
    Object,
    condition_of,
    is_terminating,
    name_of,
    spec_of,
    status_of,
    uid_of,
)
from seatrial.api.workloads import REVISION
from seatrial.client.errors import NotFound


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with make_world() as made:
        yield made


def deployment(image: str = "web:1", replicas: int = 3) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "annotations": {"kubernetes.io/change-cause": image}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [
                        {
                            "name": "web",
                            "image": image,
                            "ports": [{"name": "http", "containerPort": 8080}],
                        }
                    ]
                },
            },
        },
    }


def service(**spec: Any) -> dict[str, Any]:
    ports = [{"name": "web", "port": 80, "targetPort": "http"}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": ports, **spec},
    }


def is_rolled_out(found: Object) -> bool:
    progressing = condition_of(found, "Progressing") or {}
    observed = status_of(found).get("observedGeneration") == found["metadata"]["generation"]
    return observed and progressing.get("reason") == "NewReplicaSetAvailable"


async def roll_out(world: World, wanted: dict[str, Any]) -> Object:
    await world.client.create(DEPLOYMENT, wanted, HOME)
    return await world.until_one(DEPLOYMENT, "web", is_rolled_out)


async def set_image(world: World, image: str) -> None:
    patch = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image}]
    await world.client.patch(
        DEPLOYMENT, "web", HOME, patch, patch_type="application/json-patch+json"
    )


async def test_a_deployment_becomes_pods(world: World) -> None:
    rolled = await roll_out(world, deployment())
    assert status_of(rolled)["availableReplicas"] == 3
    assert condition_of(rolled, "Available")["reason"] == "MinimumReplicasAvailable"  # type: ignore[index]
    pods = (await world.client.list(POD, HOME)).items
    sets = (await world.client.list(REPLICA_SET, HOME)).items
    assert len(pods) == 3
    assert [name_of(each).startswith(name_of(sets[0]) + "-") for each in pods] == [True] * 3
    assert {each["metadata"]["ownerReferences"][0]["uid"] for each in pods} == {uid_of(sets[0])}
    events = await world.until(
        EVENT, lambda found: sum(e["reason"] == "SuccessfulCreate" for e in found) == 3
    )
    scaled = [e["message"] for e in events if e["reason"] == "ScalingReplicaSet"]
    assert scaled == [f"Scaled up replica set {name_of(sets[0])} from 0 to 3"]


async def test_a_new_image_rolls_and_the_old_set_stays_as_history(world: World) -> None:
    await roll_out(world, deployment())
    await set_image(world, "web:2")
    rolled = await world.until_one(DEPLOYMENT, "web", is_rolled_out)
    assert rolled["metadata"]["annotations"][REVISION] == "2"
    sets = {
        spec_of(each)["template"]["spec"]["containers"][0]["image"]: each
        for each in (await world.client.list(REPLICA_SET, HOME)).items
    }
    assert spec_of(sets["web:1"])["replicas"] == 0
    assert spec_of(sets["web:2"])["replicas"] == 3


async def test_rolling_back_takes_the_old_set_up_again(world: World) -> None:
    await roll_out(world, deployment())
    await set_image(world, "web:2")
    await world.until_one(DEPLOYMENT, "web", is_rolled_out)
    await set_image(world, "web:1")
    rolled = await world.until_one(
        DEPLOYMENT,
        "web",
        lambda found: is_rolled_out(found) and found["metadata"]["annotations"][REVISION] == "3",
    )
    assert status_of(rolled)["updatedReplicas"] == 3
    sets = (await world.client.list(REPLICA_SET, HOME)).items
    assert sorted(each["metadata"]["annotations"][REVISION] for each in sets) == ["2", "3"]


async def test_history_is_kept_up_to_its_limit(world: World) -> None:
    wanted = deployment(replicas=1)
    wanted["spec"]["revisionHistoryLimit"] = 1
    await roll_out(world, wanted)
    for number in (2, 3, 4):
        await set_image(world, f"web:{number}")
        await world.until_one(DEPLOYMENT, "web", is_rolled_out)
    sets = await world.until(REPLICA_SET, lambda found: len(found) == 2)
    assert sorted(each["metadata"]["annotations"][REVISION] for each in sets) == ["3", "4"]


async def test_a_bad_version_does_not_roll_out(world: World) -> None:
    await roll_out(world, deployment())
    world.kubelet.holds_back = lambda pod: spec_of(pod)["containers"][0]["image"] == "web:2"
    await set_image(world, "web:2")
    pods = await world.until(POD, lambda found: len(found) == 4)
    images = [spec_of(each)["containers"][0]["image"] for each in pods]
    assert sorted(images) == ["web:1", "web:1", "web:1", "web:2"]
    found = await world.until_one(
        DEPLOYMENT, "web", lambda d: status_of(d).get("updatedReplicas") == 1
    )
    assert status_of(found)["availableReplicas"] == 3


async def test_an_orphan_is_adopted_and_a_stranger_released(world: World) -> None:
    await roll_out(world, deployment())
    pods = (await world.client.list(POD, HOME)).items
    stray = pods[0]
    await world.client.patch(POD, name_of(stray), HOME, {"metadata": {"labels": {"app": "x"}}})
    released = await world.until_one(
        POD, name_of(stray), lambda pod: not pod["metadata"].get("ownerReferences")
    )
    assert not is_terminating(released)
    await world.until(POD, lambda found: len(found) == 4)
    await world.client.patch(POD, name_of(stray), HOME, {"metadata": {"labels": {"app": "web"}}})
    # Adopted again, it is one too many: three stay.
    await world.until(POD, lambda found: len(found) == 3)


async def test_deleting_a_deployment_takes_everything_with_it(world: World) -> None:
    await roll_out(world, deployment())
    await world.client.delete(DEPLOYMENT, "web", HOME, propagation="Background")
    await world.until(REPLICA_SET, lambda found: not found)
    await world.until(POD, lambda found: not found)


async def test_orphaning_leaves_the_pods(world: World) -> None:
    await roll_out(world, deployment())
    await world.client.delete(DEPLOYMENT, "web", HOME, propagation="Orphan")
    await world.until(DEPLOYMENT, lambda found: not found)
    sets = (await world.client.list(REPLICA_SET, HOME)).items
    assert [each["metadata"].get("ownerReferences", []) for each in sets] == [[]]
    assert len((await world.client.list(POD, HOME)).items) == 3


async def test_in_the_foreground_the_owner_goes_last(world: World) -> None:
    await roll_out(world, deployment())
    world.kubelet.lets_go = False
    await world.client.delete(DEPLOYMENT, "web", HOME, propagation="Foreground")
    await world.until(POD, lambda found: all(is_terminating(pod) for pod in found))
    waiting = await world.client.get(DEPLOYMENT, "web", HOME)
    assert waiting["metadata"]["finalizers"] == ["foregroundDeletion"]
    for pod in (await world.client.list(POD, HOME)).items:
        await world.client.delete(POD, name_of(pod), HOME, grace_period_s=0)
    await world.until(DEPLOYMENT, lambda found: not found)


async def test_a_service_has_slices_and_endpoints(world: World) -> None:
    await world.client.create(SERVICE, service(), HOME)
    await roll_out(world, deployment())
    slices = await world.until(
        ENDPOINT_SLICE, lambda found: bool(found) and len(found[0]["endpoints"]) == 3
    )
    assert len(slices) == 1
    assert slices[0]["ports"] == [{"name": "web", "port": 8080, "protocol": "TCP"}]
    assert {tuple(e["conditions"].items()) for e in slices[0]["endpoints"]} == {
        (("ready", True), ("serving", True), ("terminating", False))
    }
    endpoints = await world.until_one(
        ENDPOINTS, "web", lambda found: len(found["subsets"][0].get("addresses", [])) == 3
    )
    assert [port["port"] for port in endpoints["subsets"][0]["ports"]] == [8080]


async def test_a_terminating_pod_is_serving_but_not_ready(world: World) -> None:
    await world.client.create(SERVICE, service(), HOME)
    await roll_out(world, deployment(replicas=1))
    world.kubelet.lets_go = False
    [pod] = (await world.client.list(POD, HOME)).items
    await world.client.delete(POD, name_of(pod), HOME)

    def told(found: list[Object]) -> bool:
        return any(
            e["targetRef"]["name"] == name_of(pod) and e["conditions"]["terminating"]
            for each in found
            for e in each["endpoints"]
        )

    slices = await world.until(ENDPOINT_SLICE, told)
    [condition] = [
        e["conditions"] for e in slices[0]["endpoints"] if e["targetRef"]["name"] == name_of(pod)
    ]
    assert condition == {"ready": False, "serving": True, "terminating": True}
    await world.until_one(
        ENDPOINTS,
        "web",
        lambda found: name_of(pod) not in str(found["subsets"]),
    )


async def test_a_service_that_goes_takes_its_endpoints_along(world: World) -> None:
    await world.client.create(SERVICE, service(clusterIP="None"), HOME)
    await roll_out(world, deployment(replicas=1))
    slices = await world.until(ENDPOINT_SLICE, lambda found: bool(found))
    assert slices[0]["metadata"]["labels"]["service.kubernetes.io/headless"] == ""
    await world.client.delete(SERVICE, "web", HOME)
    await world.until(ENDPOINT_SLICE, lambda found: not found)
    await world.until(ENDPOINTS, lambda found: not found)


async def test_a_namespace_has_its_furniture_and_is_emptied_before_it_goes(world: World) -> None:
    await world.until_one(SERVICE_ACCOUNT, "default", lambda _: True)
    root = await world.until_one(CONFIG_MAP, "kube-root-ca.crt", lambda _: True)
    assert root["data"] == {"ca.crt": CA_PEM}
    await roll_out(world, deployment())
    await world.client.delete(NAMESPACE, HOME)
    await world.until(NAMESPACE, lambda found: not found)
    assert (await world.client.list(POD, HOME)).items == []
    with pytest.raises(NotFound):
        await world.client.get(DEPLOYMENT, "web", HOME)


async def test_a_changed_root_certificate_is_put_right(world: World) -> None:
    await world.until_one(CONFIG_MAP, "kube-root-ca.crt", lambda _: True)
    await world.client.patch(CONFIG_MAP, "kube-root-ca.crt", HOME, {"data": {"ca.crt": "x"}})
    await world.until_one(
        CONFIG_MAP, "kube-root-ca.crt", lambda found: found["data"] == {"ca.crt": CA_PEM}
    )
