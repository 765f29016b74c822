"""Probes, deadlines, faults and references of running pods, in exact virtual time."""

import asyncio
from pathlib import Path
from typing import Any

from kubelet_world import World, container, container_state, pod, running_world

from seatrial.api.kinds import CONFIG_MAP, CONTAINER_KILL, POD
from seatrial.api.objects import Object, condition_of
from seatrial.runtime.interface import ExecResult
from seatrial.testing.fakes.runtime import Behaviour

GOOD, BAD = ExecResult(0, b""), ExecResult(1, b"not yet")
ASK = {"exec": {"command": ["check"]}}


def is_ready(found: Object) -> bool:
    return bool(container_state(found).get("ready"))


def waiting_reason(found: Object) -> str:
    state: dict[str, Any] = container_state(found).get("state") or {}
    return str((state.get("waiting") or {}).get("reason") or "")


async def test_readiness_follows_its_probe(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.on_exec("web", BAD)
        probe = {**ASK, "initialDelaySeconds": 5, "periodSeconds": 2, "failureThreshold": 2}
        await world.create(pod(containers=[container(readinessProbe=probe)]))
        found = await world.until_phase("web", "Running")
        began = asyncio.get_running_loop().time()
        ready = condition_of(found, "Ready")
        assert ready is not None
        assert ready["reason"] == "ContainersNotReady"
        assert ready["message"] == "containers with unready status: [web]"
        await world.api.until(lambda: world.api.events("Unhealthy"))
        assert round(asyncio.get_running_loop().time() - began) == 5
        assert world.api.events("Unhealthy") == ["Readiness probe failed: not yet"]
        world.runtime.on_exec("web", GOOD)
        await world.until_pod("web", is_ready)
        assert round(asyncio.get_running_loop().time() - began) == 7
        world.runtime.on_exec("web", BAD)
        await world.until_pod("web", lambda p: not is_ready(p))
        assert round(asyncio.get_running_loop().time() - began) == 11


async def test_a_failed_liveness_probe_restarts_with_its_own_grace(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.on_exec("web", BAD)
        probe = {**ASK, "periodSeconds": 1, "failureThreshold": 3}
        await world.create(pod(containers=[container(livenessProbe=probe)]))
        found = await world.until_pod("web", lambda p: container_state(p).get("restartCount") == 1)
        assert container_state(found)["lastState"]["terminated"]["exitCode"] == 143
        assert world.api.events("Killing") == [
            "Container web failed liveness probe, will be restarted"
        ]
        assert world.api.events("Unhealthy") == ["Liveness probe failed: not yet"]


async def test_a_startup_probe_holds_back_the_others(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        asked: list[str] = []

        def answer(argv: tuple[str, ...]) -> ExecResult:
            asked.append(argv[0])
            return GOOD if argv[0] != "startup" or asked.count("startup") == 3 else BAD

        world.runtime.on_exec("web", answer)
        probes: dict[str, Any] = {
            f"{kind}Probe": {"exec": {"command": [kind]}, "periodSeconds": 1, "failureThreshold": 9}
            for kind in ("startup", "liveness", "readiness")
        }
        await world.create(pod(containers=[container(**probes)]))
        found = await world.until_phase("web", "Running")
        assert container_state(found)["started"] is False
        await world.until_pod("web", is_ready)
        assert asked[:3] == ["startup"] * 3
        assert "startup" not in asked[3:]
        assert set(asked[3:]) == {"liveness", "readiness"}


async def test_readiness_is_still_asked_while_a_pod_terminates(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        asked: list[str] = []

        def answer(argv: tuple[str, ...]) -> ExecResult:
            asked.append(argv[0])
            return GOOD

        world.runtime.on_exec("web", answer)
        probes: dict[str, Any] = {
            f"{kind}Probe": {"exec": {"command": [kind]}, "periodSeconds": 1}
            for kind in ("liveness", "readiness")
        }
        hook = {"preStop": {"sleep": {"seconds": 5}}}
        await world.create(pod(containers=[container(**probes, lifecycle=hook)]))
        await world.until_pod("web", is_ready)
        await world.api.until(lambda: "liveness" in asked or world.api.events("Started"))
        asked.clear()
        await world.api.delete(POD, "web", "default")
        await world.until_gone("web")
        assert "liveness" not in asked
        assert asked.count("readiness") >= 4


async def test_an_active_deadline_ends_the_pod(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.create(pod(activeDeadlineSeconds=60))
        found = await world.until_phase("web", "Failed")
        assert found["status"]["reason"] == "DeadlineExceeded"
        assert world.api.pod("web") is not None


async def test_a_missing_config_map_is_waited_for(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        ref = {"configMapKeyRef": {"name": "conf", "key": "colour"}}
        env = [{"name": "COLOUR", "valueFrom": ref}]
        await world.create(pod(containers=[container(env=env)]))
        found = await world.until_pod("web", waiting_reason)
        assert waiting_reason(found) == "CreateContainerConfigError"
        message = container_state(found)["state"]["waiting"]["message"]
        assert message == 'configmap "conf" not found'
        conf = {"metadata": {"name": "conf"}, "data": {"colour": "red"}}
        await world.api.create(CONFIG_MAP, conf)
        await world.until_phase("web", "Running")
        spec = world.runtime.spec(world.runtime.running("web")[0])
        assert spec.environment["COLOUR"] == "red"
        assert world.api.events("Failed") == ['Error: configmap "conf" not found']


async def test_a_mounted_config_map_follows_its_object(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        conf = {"metadata": {"name": "conf", "namespace": "default"}, "data": {"a": "1"}}
        await world.api.create(CONFIG_MAP, conf)
        volumes = [{"name": "v", "configMap": {"name": "conf"}}]
        mounts = [{"name": "v", "mountPath": "/conf"}]
        await world.create(pod(volumes=volumes, containers=[container(volumeMounts=mounts)]))
        await world.until_phase("web", "Running")
        spec = world.runtime.spec(world.runtime.running("web")[0])
        source = next(each.source for each in spec.mounts if each.target == "/conf")
        assert source is not None
        assert (source / "a").read_text() == "1"
        world.api.put(CONFIG_MAP, {**conf, "data": {"a": "2"}})
        await asyncio.sleep(1)  # of virtual time: until everybody has done what he had to
        assert (source / "a").read_text() == "2"


async def test_a_volume_that_cannot_be_made_keeps_the_pod_creating(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.create(pod(volumes=[{"name": "v", "secret": {"secretName": "gone"}}]))
        found = await world.until_pod("web", waiting_reason)
        assert waiting_reason(found) == "ContainerCreating"
        await world.api.until(lambda: world.api.events("FailedMount"))
        assert world.api.events("FailedMount") == [
            'MountVolume.SetUp failed for volume "v" : secret "gone" not found'
        ]
        assert world.runtime.sandboxes == {}


async def kill(world: World, **spec: str) -> dict[str, Any]:
    fault = {"metadata": {"name": "f"}, "spec": {"namespace": "default", "pod": "web", **spec}}
    await world.api.create(CONTAINER_KILL, fault)
    await world.api.until(lambda: "status" in world.api.objects["containerkills"]["f"])
    status: dict[str, Any] = world.api.objects["containerkills"]["f"]["status"]
    return status


async def test_a_container_kill_is_one_signal(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.create(pod())
        await world.until_phase("web", "Running")
        assert (await kill(world))["phase"] == "Done"
        found = await world.until_pod("web", lambda p: container_state(p)["restartCount"] == 1)
        assert container_state(found)["lastState"]["terminated"]["exitCode"] == 137
        signals = [call.detail for call in world.runtime.calls if call.method == "signal"]
        assert signals == [9]


async def test_a_container_kill_that_cannot_be_says_so(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.create(pod())
        await world.until_phase("web", "Running")
        status = await kill(world, container="db", signal="SIGTERM")
        assert status["phase"] == "Failed"
        assert status["message"] == "container 'db' is not running"


async def test_a_liveness_kill_restarts_even_what_ends_well(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.behave("web", Behaviour(stop_code=0))
        world.runtime.on_exec("web", BAD)
        probe = {**ASK, "periodSeconds": 1, "failureThreshold": 1}
        await world.create(
            pod(restartPolicy="OnFailure", containers=[container(livenessProbe=probe)])
        )
        found = await world.until_pod("web", lambda p: container_state(p).get("restartCount") == 1)
        assert container_state(found)["lastState"]["terminated"]["exitCode"] == 0
