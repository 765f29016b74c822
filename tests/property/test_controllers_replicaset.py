"""ReplicaSet's plan: safe (never both, never strangers, never past the bound) and live."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seatrial.controllers.replicaset import BURST_PODS_MAX, Plan, View, plan


def pod(name: str, phase: str, *, terminating: bool, ready: bool, node: str) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": name, "creationTimestamp": "2026-01-02T03:04:05Z"}
    if terminating:
        meta["deletionTimestamp"] = "2026-01-02T03:05:05Z"
    condition = {"type": "Ready", "status": str(ready)}
    return {
        "metadata": meta,
        "spec": {"nodeName": node} if node else {},
        "status": {"phase": phase, "conditions": [condition]},
    }


pods = st.lists(
    st.builds(
        dict[str, Any],
        phase=st.sampled_from(["Pending", "Running", "Succeeded", "Failed"]),
        terminating=st.booleans(),
        ready=st.booleans(),
        node=st.sampled_from(["", "a", "b"]),
    ),
    max_size=30,
).map(lambda drawn: tuple(pod(f"web-{n}", **each) for n, each in enumerate(drawn)))


def active(view_pods: tuple[dict[str, Any], ...]) -> set[str]:
    return {
        each["metadata"]["name"]
        for each in view_pods
        if "deletionTimestamp" not in each["metadata"]
        and each["status"]["phase"] not in {"Succeeded", "Failed"}
    }


@given(wanted=st.integers(0, 700), view_pods=pods)
def test_plan_is_safe(wanted: int, view_pods: tuple[dict[str, Any], ...]) -> None:
    got = plan(View(wanted, view_pods))
    assert not (got.create_count and got.delete_names)
    assert set(got.delete_names) <= active(view_pods)
    assert len(set(got.delete_names)) == len(got.delete_names)
    assert got.create_count <= BURST_PODS_MAX


@given(wanted=st.integers(0, 200), view_pods=pods)
def test_plan_is_live(wanted: int, view_pods: tuple[dict[str, Any], ...]) -> None:
    got, alive = plan(View(wanted, view_pods)), active(view_pods)
    assert (got == Plan()) == (len(alive) == wanted)
    assert len(alive) + got.create_count - len(got.delete_names) == wanted


@given(view_pods=pods)
def test_a_ready_pod_never_goes_before_one_that_is_not_ready(
    view_pods: tuple[dict[str, Any], ...],
) -> None:
    by_name = {each["metadata"]["name"]: each for each in view_pods}
    running = {
        name
        for name in active(view_pods)
        if by_name[name]["status"]["phase"] == "Running" and by_name[name]["spec"]
    }
    ready = {n for n in running if by_name[n]["status"]["conditions"][0]["status"] == "True"}
    wanted = max(0, len(active(view_pods)) - 1)
    victims = set(plan(View(wanted, view_pods)).delete_names)
    if victims & ready:
        assert active(view_pods) == ready
