"""A pod's life as its owner sees it: bound, running, deleted."""

from pathlib import Path

from kubelet_world import container, container_state, pod, running_world

from seatrial.api.kinds import POD
from seatrial.api.objects import is_condition_true
from seatrial.testing.fakes.runtime import Behaviour


async def test_a_bound_pod_runs_with_an_address_and_says_so(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.create(pod())
        found = await world.until_phase("web", "Running")
        status = found["status"]
        assert status["podIP"] == "10.244.0.2"
        assert status["podIPs"] == [{"ip": "10.244.0.2"}]
        assert status["hostIP"] == "10.245.0.10"
        assert "running" in container_state(found)["state"]
        assert container_state(found)["ready"] is True
        for condition in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"):
            assert is_condition_true(found, condition), condition
        await world.api.until(lambda: world.api.events("Started"))
        assert world.api.events("Pulled") == [
            'Container image "busybox:1" already present on machine and can be accessed by the pod'
        ]
        assert world.api.events("Created") == ["Container created"]
        assert world.api.events("Started") == ["Container started"]


async def test_running_takes_one_status_write(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.create(pod())
        await world.until_phase("web", "Running")
        assert [write["phase"] for write in world.api.status_writes] == ["Running"]


async def test_a_deleted_pod_gets_term_then_leaves_the_api(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.create(pod())
        await world.until_phase("web", "Running")
        await world.api.delete(POD, "web", "default")
        await world.until_gone("web")
        signals = [call.detail for call in world.runtime.calls if call.method == "signal"]
        assert signals == [15]
        assert world.api.events("Killing") == ["Stopping container web"]
        assert world.api.status_writes[-1]["phase"] == "Failed"  # ended by a signal: 143
        assert world.network.attached == {}
        assert world.runtime.sandboxes == {}
        assert list((tmp_path / "pods").iterdir()) == []


async def test_a_pod_that_completes_succeeds_and_keeps_its_object(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.behave("web", Behaviour(exits_after_s=0.0))
        await world.create(pod(restartPolicy="Never"))
        found = await world.until_phase("web", "Succeeded")
        ended = container_state(found)["state"]["terminated"]
        assert (ended["exitCode"], ended["reason"]) == (0, "Completed")


async def test_init_containers_run_one_after_the_other_before_the_main(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        for name in ("first", "second"):
            world.runtime.behave(name, Behaviour(exits_after_s=0.0))
        await world.create(pod(initContainers=[container("first"), container("second")]))
        found = await world.until_phase("web", "Running")
        started = [call.detail.name for call in world.runtime.calls if call.method == "start"]
        assert started == ["first", "second", "web"]
        assert container_state(found, "second")["state"]["terminated"]["reason"] == "Completed"


async def test_a_pod_waits_for_its_init_container_and_says_which(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.create(pod(initContainers=[container("wait")]))
        found = await world.until_pod("web", lambda p: container_state(p, "wait").get("state"))
        found = await world.until_pod(
            "web", lambda p: "running" in container_state(p, "wait")["state"]
        )
        initialized = next(
            each for each in found["status"]["conditions"] if each["type"] == "Initialized"
        )
        assert initialized["reason"] == "ContainersNotInitialized"
        assert initialized["message"] == "containers with incomplete status: [wait]"
        assert container_state(found)["state"]["waiting"]["reason"] == "PodInitializing"
        assert found["status"]["phase"] == "Pending"
