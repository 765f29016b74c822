"""How pods leave: as long as the grace period needs, as short as told, or at once by force."""

import json

from e2e_cluster import Kubectl
from e2e_leaving import instant, leave
from e2e_objects import RUN_ON, SERVE, container, pod, service

STUBBORN = "trap '' TERM; echo ready; while true; do sleep 1; done"
# Timestamps are whole seconds, and the machine may be loaded.
SLACK_S = 8


def test_a_pod_that_stops_when_asked_is_gone_long_before_its_grace_period(kubectl: Kubectl) -> None:
    kubectl.apply(pod("x", container(RUN_ON), terminationGracePeriodSeconds=300))
    kubectl.wait_ready("x")
    left = leave(kubectl, "x")
    assert (left.grace_period_s, left.exit_code) == (300, 0)
    assert left.took_s <= SLACK_S


def test_a_stubborn_pod_is_terminating_for_its_whole_grace_period(kubectl: Kubectl) -> None:
    kubectl.apply(pod("x", container(STUBBORN), terminationGracePeriodSeconds=4))
    kubectl.wait_ready("x")
    with kubectl.follow("get", "pods", "--watch", "--no-headers") as states:
        left = leave(kubectl, "x")
        terminating = states.until("Terminating")
    assert terminating.split()[:3] == ["x", "1/1", "Terminating"]
    assert (left.grace_period_s, left.exit_code) == (4, 137)
    assert 3 <= left.took_s <= 4 + SLACK_S
    assert kubectl.wait_event("x", "Killing") == "Stopping container main"


def test_the_grace_period_of_the_request_counts_and_can_only_shorten(kubectl: Kubectl) -> None:
    kubectl.apply(pod("x", container(STUBBORN), terminationGracePeriodSeconds=300))
    kubectl.wait_ready("x")
    kubectl("delete", "pod", "x", "--wait=false")
    first = kubectl.get("pod", "x")["metadata"]
    assert first["deletionGracePeriodSeconds"] == 300
    left = leave(kubectl, "x", "--grace-period=5")
    assert (left.grace_period_s, left.exit_code) == (5, 137)
    assert left.deadline < instant(first["deletionTimestamp"])
    assert 4 <= left.took_s <= 5 + SLACK_S


def test_force_removes_the_object_at_once_and_frees_its_name(kubectl: Kubectl) -> None:
    stubborn = pod("x", container(STUBBORN), terminationGracePeriodSeconds=300)
    kubectl.apply(stubborn)
    kubectl.wait_ready("x")
    before = kubectl.field("pod/x", ".metadata.uid")
    forced = kubectl.attempt("delete", "pod", "x", "--grace-period=0", "--force")
    assert forced.code == 0
    assert "Immediate deletion does not wait for confirmation" in forced.err
    assert kubectl.attempt("get", "pod", "x").err.startswith("Error from server (NotFound)")
    kubectl.apply(stubborn)
    kubectl.wait_ready("x")
    assert kubectl.field("pod/x", ".metadata.uid") != before
    kubectl("delete", "pod", "x", "--grace-period=1")


def test_a_pod_that_no_node_has_seen_is_deleted_at_once(kubectl: Kubectl) -> None:
    kubectl.apply(pod("x", container(RUN_ON), nodeSelector={"no": "node"}))
    kubectl("delete", "pod", "x")
    assert kubectl("get", "pods", "--ignore-not-found") == ""


def test_a_finalizer_holds_the_object_until_it_is_removed(kubectl: Kubectl) -> None:
    held = pod("x", container(RUN_ON))
    held["metadata"]["finalizers"] = ["example.org/hold"]
    kubectl.apply(held)
    kubectl.wait_ready("x")
    kubectl("delete", "pod", "x", "--wait=false")
    kubectl.wait_field("pod/x", ".status.containerStatuses[0].state.terminated.exitCode", "0")
    assert kubectl.field("pod/x", ".metadata.finalizers[0]") == "example.org/hold"
    kubectl("patch", "pod", "x", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    kubectl.wait("pod/x", "delete")


def test_pre_stop_runs_before_the_signal_and_within_the_grace_period(kubectl: Kubectl) -> None:
    say = {"exec": {"command": ["sh", "-c", "echo pre-stop > /proc/1/fd/1"]}}
    script = "trap 'echo signal; exit 0' TERM; echo started; while true; do sleep 3600 & wait; done"
    main = container(script, lifecycle={"preStop": say})
    kubectl.apply(pod("x", main, terminationGracePeriodSeconds=30))
    kubectl.wait_ready("x")
    with kubectl.follow("logs", "-f", "x") as log:
        log.until("started")
        kubectl("delete", "pod", "x")
        assert log.end() == 0
    assert log.lines == ["started", "pre-stop", "signal"]


def test_a_terminating_pod_leaves_the_endpoints_but_may_still_serve(kubectl: Kubectl) -> None:
    slow = container(
        SERVE.replace("exec httpd", "trap '' TERM; httpd") + "; sleep 1000",
        readinessProbe={"httpGet": {"port": 80}, "periodSeconds": 1},
        lifecycle={"preStop": {"sleep": {"seconds": 4}}},
    )
    kubectl.apply(
        pod("x", slow, labels={"app": "x"}, terminationGracePeriodSeconds=5), service("x")
    )
    kubectl.wait_ready("x")
    conditions = "jsonpath={.endpoints[0].conditions}{'\\n'}"
    with kubectl.follow("get", "endpointslices", "--watch", "-o", conditions) as slices:
        slices.until('"ready":true')
        kubectl("delete", "pod", "x", "--wait=false")
        line = slices.until('"terminating":true')
    assert json.loads(line) == {"ready": False, "serving": True, "terminating": True}
