"""Phases, conditions and container statuses, from states."""

from types import MappingProxyType
from typing import Any

import pytest

from seatrial.api.objects import Object, condition_of
from seatrial.kubelet.containers import (
    ContainerState,
    Hook,
    Phase,
    PodState,
    Stage,
    Stop,
    Termination,
    shape_of,
)
from seatrial.kubelet.revival import revive, was_here
from seatrial.kubelet.status import Verdict, status_of

NOW = 1_800_000_000.0
UP = ContainerState(Phase.RUNNING, started=True, ready=True, has_been_started=True)
WELL = ContainerState(Phase.EXITED, ended=Termination(0, "Completed"))
BADLY = ContainerState(Phase.EXITED, ended=Termination(1, "Error"))
BACK_OFF = ContainerState(
    Phase.EXITED, ended=Termination(1, "Error"), waiting_reason="CrashLoopBackOff"
)


def pod(policy: str = "Always", inits: tuple[Object, ...] = (), **spec: Any) -> Object:
    containers = [{"name": "web", "image": "web:1"}, {"name": "log", "image": "log:1"}]
    return {
        "metadata": {"name": "web", "namespace": "shop", "uid": "u-1", "generation": 4},
        "spec": {
            "restartPolicy": policy, "initContainers": list(inits), "containers": containers,
            **spec,
        },
    }  # fmt: skip


def made(obj: Object, *, stop: Stop | None = None, is_over: bool = False,
         verdict: Verdict | None = None, **states: ContainerState) -> Object:  # fmt: skip
    seen = PodState(
        Stage.READY, ip="10.244.0.7", started_at=NOW, containers=MappingProxyType(states), stop=stop
    )
    status = status_of(
        obj, shape_of(obj), seen, node_ip="10.245.0.10", now=NOW, is_over=is_over, verdict=verdict
    )
    return {**obj, "status": status}


@pytest.mark.parametrize(
    ("policy", "web", "log", "phase"),
    [
        ("Always", UP, UP, "Running"),
        ("Always", UP, ContainerState(), "Pending"),
        ("Always", BACK_OFF, BACK_OFF, "Running"),
        ("Always", UP, BACK_OFF, "Running"),
        ("OnFailure", WELL, BACK_OFF, "Running"),
        ("OnFailure", WELL, WELL, "Succeeded"),
        ("Never", WELL, BADLY, "Failed"),
        ("Never", WELL, UP, "Running"),
    ],
)
def test_phases(policy: str, web: ContainerState, log: ContainerState, phase: str) -> None:
    assert made(pod(policy), web=web, log=log)["status"]["phase"] == phase


def test_a_deleted_pod_ends_by_its_exit_codes() -> None:
    stop = Stop("Deleted", NOW, 30.0)
    ended = made(pod(), stop=stop, is_over=True, web=WELL, log=WELL)
    assert ended["status"]["phase"] == "Succeeded"
    ended = made(pod(), stop=stop, is_over=True, web=WELL, log=ContainerState())
    assert ended["status"]["phase"] == "Failed"
    state = ended["status"]["containerStatuses"][1]["state"]["terminated"]
    assert state["reason"] == "ContainerStatusUnknown"


def test_a_failed_init_container_ends_a_pod_that_never_restarts() -> None:
    init = {"name": "init", "image": "i"}
    failed = made(pod("Never", (init,)), init=BADLY)
    assert failed["status"]["phase"] == "Failed"
    assert made(pod("Always", (init,)), init=BACK_OFF)["status"]["phase"] == "Pending"


def test_conditions_of_a_pod_that_is_not_ready() -> None:
    found = made(pod(), web=UP, log=ContainerState(Phase.RUNNING, started=True))
    for kind in ("Ready", "ContainersReady"):
        condition = condition_of(found, kind)
        assert condition is not None
        assert (condition["status"], condition["reason"]) == ("False", "ContainersNotReady")
        assert condition["message"] == "containers with unready status: [log]"
        assert condition["observedGeneration"] == 4


def test_conditions_of_a_pod_that_has_completed() -> None:
    found = made(pod("Never"), web=WELL, log=WELL)
    reasons = {each["type"]: each.get("reason") for each in found["status"]["conditions"]}
    assert reasons["Ready"] == "PodCompleted"
    assert reasons["ContainersReady"] == "PodCompleted"
    assert reasons["Initialized"] == "PodCompleted"


def test_readiness_gates_are_waited_for() -> None:
    gated = pod(readinessGates=[{"conditionType": "example.com/lb"}])
    found = made(gated, web=UP, log=UP)
    ready = condition_of(found, "Ready")
    assert ready is not None
    assert ready["reason"] == "ReadinessGatesNotReady"
    assert ready["message"] == (
        'corresponding condition of pod readiness gate "example.com/lb" does not exist.'
    )
    gated["status"] = {"conditions": [{"type": "example.com/lb", "status": "True"}]}
    ready = condition_of(made(gated, web=UP, log=UP), "Ready")
    assert ready is not None
    assert ready["status"] == "True"


def test_transition_times_are_kept_while_nothing_changes() -> None:
    before = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    known = {**pod(), "status": {"conditions": [before]}}
    ready = condition_of(made(known, web=UP, log=UP), "Ready")
    assert ready is not None
    assert ready["lastTransitionTime"] == "2026-01-01T00:00:00Z"
    ready = condition_of(made(known, web=UP, log=BACK_OFF), "Ready")
    assert ready is not None
    assert ready["lastTransitionTime"] == "2027-01-15T08:00:00Z"


def test_a_container_waits_until_its_post_start_hook_has_returned() -> None:
    hooked = ContainerState(Phase.RUNNING, post_start=Hook.RUNNING)
    state = made(pod(), web=hooked, log=UP)["status"]["containerStatuses"][0]["state"]
    assert state == {"waiting": {"reason": "ContainerCreating"}}


def test_a_verdict_of_the_kubelet_fails_the_pod() -> None:
    found = made(pod(), verdict=Verdict("DeadlineExceeded", "too long"), web=UP, log=UP)
    assert found["status"]["phase"] == "Failed"
    assert found["status"]["reason"] == "DeadlineExceeded"


def test_what_ran_before_a_reboot_ended_with_255() -> None:
    running = made(pod(), web=UP, log=UP)
    assert not was_here(running)
    for entry in running["status"]["containerStatuses"]:
        entry |= {"containerID": "seatrial://abc", "restartCount": 2}
    assert was_here(running)
    state = revive(running, now=NOW + 60)
    web = state.containers["web"]
    assert state.stage is Stage.ABSENT
    assert web.ended is not None
    assert (web.ended.exit_code, web.ended.reason) == (255, "Unknown")
    assert (web.attempt, web.next_attempt) == (2, 3)


def test_a_finished_pod_is_not_begun_again() -> None:
    done = made(pod("Never"), web=WELL, log=WELL)
    assert was_here(done)
    assert revive(done, now=NOW).stage is Stage.GONE
