"""A pod's life as its owner sees it: bound, running, deleted."""

import asyncio
from pathlib import Path

from kubelet_world import container, container_state, pod, running_world

from seatrial.api.kinds import POD
from seatrial.api.objects import is_condition_true
from seatrial.images.interface import ImageConfig
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


async def test_a_service_account_token_is_renewed_before_it_expires(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        token = {"serviceAccountToken": {"path": "token", "expirationSeconds": 600}}
        volumes = [{"name": "v", "projected": {"sources": [token]}}]
        await world.create(pod(volumes=volumes, serviceAccountName="clerk"))
        found = await world.until_phase("web", "Running")
        where = tmp_path / "sandboxes" / found["metadata"]["uid"] / "volumes" / "v" / "token"
        assert where.read_text() == "clerk-1"
        await asyncio.sleep(479)
        assert where.read_text() == "clerk-1"
        await asyncio.sleep(2)
        assert where.read_text() == "clerk-2"


async def test_mains_start_in_order_and_a_post_start_hook_holds_up_the_next(
    tmp_path: Path,
) -> None:
    async with running_world(tmp_path) as world:
        hook = {"postStart": {"sleep": {"seconds": 20}}}
        await world.create(pod(containers=[container("web", lifecycle=hook), container("log")]))
        loop = asyncio.get_running_loop()
        begun_at = loop.time()
        found = await world.until_pod("web", lambda p: container_state(p, "web").get("state"))
        assert container_state(found)["state"]["waiting"]["reason"] == "ContainerCreating"
        assert world.runtime.running("web")
        assert not world.runtime.running("log")
        await world.until_phase("web", "Running")
        assert round(loop.time() - begun_at) == 20


async def test_containers_are_given_their_pods_files_and_environment(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        image = ImageConfig(
            entrypoint=("serve",), command=("--all",), environment={"A": "image", "B": "image"},
            working_directory="/srv",
        )  # fmt: skip
        world.shelf.config = image
        env = [{"name": "A", "value": "spec"}]
        await world.create(pod(containers=[container(env=env, args=["--port=$(A)"])]))
        await world.until_phase("web", "Running")
        spec = world.runtime.spec(world.runtime.running("web")[0])
        assert spec.argv == ("serve", "--port=spec")
        assert spec.working_directory == "/srv"
        assert (spec.environment["A"], spec.environment["B"]) == ("spec", "image")
        assert spec.environment["HOSTNAME"] == "web"
        targets = {mount.target for mount in spec.mounts}
        assert targets == {
            "/etc/hosts",
            "/etc/hostname",
            "/etc/resolv.conf",
            "/dev/termination-log",
        }
        assert (spec.pod, spec.name) == ("default/web", "web")
