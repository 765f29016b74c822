"""Termination: grace, hooks, shortening, force, sidecars, restarts."""

import asyncio
from pathlib import Path

from kubelet_world import container, container_state, pod, running_world

from seatrial.api.kinds import KUBELET_DELAY, POD
from seatrial.runtime.interface import ExecResult
from seatrial.testing.fakes.runtime import Behaviour

TERM, KILL = 15, 9
STUBBORN = Behaviour(ignores=frozenset({TERM}))


def sent(world, name: str = "") -> list[int]:  # type: ignore[no-untyped-def]
    """Signals that were sent, oldest first."""
    return [call.detail for call in world.runtime.calls if call.method == "signal"]


async def test_a_second_delete_shortens_the_grace_period(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.behave("web", STUBBORN)
        await world.create(pod(terminationGracePeriodSeconds=3600))
        await world.until_phase("web", "Running")
        await world.api.delete(POD, "web", "default")
        await world.api.until(lambda: sent(world) == [TERM] or world.api.events("Killing"))
        await world.api.delete(POD, "web", "default", grace_period_s=1)
        await world.until_gone("web")
        assert sent(world) == [TERM, KILL]


async def test_a_force_delete_kills_soon_though_the_object_is_gone(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.behave("web", STUBBORN)
        hook = {"preStop": {"exec": {"command": ["drain"]}}}
        await world.create(pod(containers=[container(lifecycle=hook)]))
        await world.until_phase("web", "Running")
        container_id = world.runtime.running("web")[0]
        await world.api.delete(POD, "web", "default", grace_period_s=0)
        ended = await world.runtime.wait(container_id)
        assert ended.signal == KILL
        assert sent(world) == [TERM, KILL]
        assert not [call for call in world.runtime.calls if call.method == "exec"]


async def test_the_pre_stop_hook_runs_before_term(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        hook = {"preStop": {"exec": {"command": ["drain"]}}}
        await world.create(pod(containers=[container(lifecycle=hook)]))
        await world.until_phase("web", "Running")
        await world.api.delete(POD, "web", "default")
        await world.until_gone("web")
        order = [c.method for c in world.runtime.calls if c.method in {"exec", "signal"}]
        assert order == ["exec", "signal"]


async def test_a_failed_pre_stop_hook_is_told_and_term_follows(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.on_exec("web", ExecResult(1, b"secret"))
        hook = {"preStop": {"exec": {"command": ["drain"]}}}
        await world.create(pod(containers=[container(lifecycle=hook)]))
        await world.until_phase("web", "Running")
        await world.api.delete(POD, "web", "default")
        await world.until_gone("web")
        await world.api.until(lambda: world.api.events("FailedPreStopHook"))
        assert world.api.events("FailedPreStopHook") == ["PreStopHook failed"]
        assert sent(world) == [TERM]


async def test_a_failed_post_start_hook_kills_the_container(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.on_exec("web", ExecResult(1, b""))
        hook = {"postStart": {"exec": {"command": ["warm-up"]}}}
        await world.create(pod(containers=[container(lifecycle=hook)]))
        found = await world.until_pod(
            "web",
            lambda p: (
                (container_state(p).get("state") or {}).get("waiting", {}).get("reason")
                == "PostStartHookError"
            ),
        )
        assert container_state(found)["lastState"]["terminated"]["signal"] == TERM
        await world.api.until(lambda: world.api.events("FailedPostStartHook"))
        assert world.api.events("FailedPostStartHook") == ["PostStartHook failed"]


async def test_sidecars_start_first_and_stop_last_in_reverse(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        sidecars = [container(name, restartPolicy="Always") for name in ("proxy", "logs")]
        await world.create(pod(initContainers=sidecars))
        await world.until_phase("web", "Running")
        names = {c.id: c.detail.name for c in world.runtime.calls if c.method == "start"}
        assert list(names.values()) == ["proxy", "logs", "web"]
        await world.api.delete(POD, "web", "default")
        await world.until_gone("web")
        stopped = [names[c.id] for c in world.runtime.calls if c.method == "signal"]
        assert stopped == ["web", "logs", "proxy"]


async def test_sidecars_end_when_the_mains_have_completed(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.behave("web", Behaviour(exits_after_s=0.0))
        sidecar = container("proxy", restartPolicy="Always")
        await world.create(pod(restartPolicy="Never", initContainers=[sidecar]))
        await world.until_phase("web", "Succeeded")
        found = await world.until_pod(
            "web", lambda p: "terminated" in container_state(p, "proxy")["state"]
        )
        assert container_state(found)["state"]["terminated"]["reason"] == "Completed"


async def test_a_crash_is_restarted_at_once_then_backed_off(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.behave("web", Behaviour(exits_after_s=0.0, exit_code=3))
        await world.create(pod())
        found = await world.until_pod(
            "web",
            lambda p: (
                (container_state(p).get("state") or {}).get("waiting", {}).get("reason")
                == "CrashLoopBackOff"
            ),
        )
        state = container_state(found)
        assert state["restartCount"] == 1
        assert state["lastState"]["terminated"]["exitCode"] == 3
        where = f"web_default({found['metadata']['uid']})"
        assert state["state"]["waiting"]["message"] == (
            f"back-off 10s restarting failed container=web pod={where}"
        )
        await world.api.until(lambda: world.api.events("BackOff"))
        assert world.api.events("BackOff") == [
            f"Back-off restarting failed container web in pod {where}"
        ]


async def test_a_process_that_cannot_start_is_a_start_error(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.behave("web", Behaviour(cannot_start='exec: "nope": not found in $PATH'))
        await world.create(pod())
        found = await world.until_pod(
            "web", lambda p: "waiting" in (container_state(p).get("state") or {})
            and container_state(p)["lastState"],
        )  # fmt: skip
        state = container_state(found)
        assert state["state"]["waiting"]["reason"] == "RunContainerError"
        assert state["lastState"]["terminated"]["exitCode"] == 128
        assert state["lastState"]["terminated"]["reason"] == "StartError"


async def test_an_image_that_cannot_be_pulled(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.shelf.missing.add("nowhere:1")
        await world.create(pod(containers=[container(image="nowhere:1")]))
        reasons = []

        def waits_for_back_off(found: dict) -> bool:  # type: ignore[type-arg]
            waiting = (container_state(found).get("state") or {}).get("waiting") or {}
            reasons.append(waiting.get("reason"))
            return waiting.get("reason") == "ImagePullBackOff"

        await world.until_pod("web", waits_for_back_off)
        assert "ErrImagePull" in reasons
        assert world.api.events("Pulling") == ['Pulling image "nowhere:1"']


async def test_a_kubelet_delay_holds_the_termination_until_it_is_healed(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        fault = {"metadata": {"name": "slow"}, "spec": {"labels": {"app": "web"}, "delay": "1h"}}
        await world.api.create(KUBELET_DELAY, fault)
        await world.create(pod())
        await world.until_phase("web", "Running")
        await world.api.delete(POD, "web", "default")
        await world.create(pod("other"))
        await world.until_phase("other", "Running")  # the kubelet is past the deletion by now
        assert sent(world) == []
        await world.api.delete(KUBELET_DELAY, "slow")
        await world.until_gone("web")
        assert sent(world) == [TERM]


async def test_a_pod_of_a_restarted_node_counts_its_restart(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.create(pod())
        await world.until_phase("web", "Running")
        await world.kubelet.aclose()
        assert world.api.pod("web") is not None
        assert world.runtime.sandboxes == {}
        again = world.new_kubelet(tmp_path)
        try:
            await again.start()
            found = await world.until_pod("web", lambda p: container_state(p)["restartCount"] == 1)
            ended = container_state(found)["lastState"]["terminated"]
            assert (ended["exitCode"], ended["reason"]) == (255, "Unknown")
            await world.api.until(lambda: world.api.events("SandboxChanged"))
        finally:
            await again.aclose()


async def test_nothing_is_left_running_after_close(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with running_world(tmp_path) as world:
        await world.create(pod())
        await world.until_phase("web", "Running")
    assert asyncio.all_tasks() <= before


async def test_a_restarted_node_keeps_empty_directories_and_drops_strangers(
    tmp_path: Path,
) -> None:
    stranger = tmp_path / "pods" / "default_gone_0000"
    stranger.mkdir(parents=True)
    mounts = [{"name": "v", "mountPath": "/data"}]
    async with running_world(tmp_path) as world:
        volumes = [{"name": "v", "emptyDir": {}}]
        await world.create(pod(volumes=volumes, containers=[container(volumeMounts=mounts)]))
        found = await world.until_phase("web", "Running")
        assert not stranger.exists()
        where = tmp_path / "sandboxes" / found["metadata"]["uid"] / "volumes" / "v"
        (where / "kept").write_text("yes")
        await world.kubelet.aclose()
        again = world.new_kubelet(tmp_path)
        try:
            await again.start()
            await world.until_pod("web", lambda p: container_state(p)["restartCount"] == 1)
            assert (where / "kept").read_text() == "yes"
            await world.api.delete(POD, "web", "default")
            await world.until_gone("web")
            assert not where.exists()
        finally:
            await again.aclose()


async def test_another_image_in_place_restarts_the_container(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.create(pod())
        found = await world.until_phase("web", "Running")
        found["spec"]["containers"][0]["image"] = "busybox:2"
        world.api.put(POD, found)
        await world.until_pod("web", lambda p: container_state(p)["restartCount"] == 1)
        assert world.api.events("Killing") == [
            "Container web definition changed, will be restarted"
        ]
        assert world.api.events("Pulled")[-1].startswith('Container image "busybox:2"')
