"""A Deployment's life by kubectl's own commands."""

import json

from e2e_cluster import Kubectl
from e2e_objects import RUN_ON, container, deployment, server

ROLLED_OUT = 'deployment "web" successfully rolled out\n'


def web(version: str, *, replicas: int = 2) -> dict[str, object]:
    return deployment(
        "web", server(env=[{"name": "VERSION", "value": version}]), replicas=replicas
    )  # fmt: skip


def version_of(kubectl: Kubectl) -> str:
    return kubectl.field("deployment/web", ".spec.template.spec.containers[0].env[0].value")


def test_apply_says_what_it_did(kubectl: Kubectl) -> None:
    assert kubectl.apply(web("one")) == "deployment.apps/web created\n"
    assert kubectl.apply(web("one")) == "deployment.apps/web unchanged\n"
    assert kubectl.apply(web("two")) == "deployment.apps/web configured\n"
    dry = kubectl("apply", "--dry-run=server", "-f", "-", text=json.dumps(web("three")))
    assert dry == "deployment.apps/web configured (server dry run)\n"
    assert version_of(kubectl) == "two"
    kubectl.apply(web("two", replicas=3))
    assert kubectl("rollout", "status", "deployment/web").endswith(ROLLED_OUT)
    ready = kubectl("get", "deployment", "web", "--no-headers").split()
    assert ready[:4] == ["web", "3/3", "3", "3"]


def test_pods_are_spread_and_wide_output_says_where(kubectl: Kubectl) -> None:
    kubectl.apply(web("one", replicas=4))
    kubectl("rollout", "status", "deployment/web")
    header, *rows = kubectl("get", "pods", "-o", "wide").splitlines()
    assert header.split()[:7] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]
    fields = [row.split() for row in rows]
    assert [each[1:4] for each in fields] == [["1/1", "Running", "0"]] * 4
    assert len({each[5] for each in fields}) == 4
    assert {each[6] for each in fields} == {"seatrial-0", "seatrial-1"}


def test_restart_history_and_undo(kubectl: Kubectl) -> None:
    kubectl.apply(web("one"))
    kubectl("rollout", "status", "deployment/web")
    before = kubectl("get", "pods", "-o", "name").split()
    kubectl("set", "env", "deployment/web", "VERSION=two")
    assert kubectl("rollout", "status", "deployment/web").endswith(ROLLED_OUT)
    for pod in before:
        kubectl.wait(pod, "delete")
    kubectl("rollout", "restart", "deployment/web")
    kubectl("rollout", "status", "deployment/web")
    history = kubectl("rollout", "history", "deployment/web").splitlines()
    assert [line.split()[0] for line in history[2:] if line] == ["1", "2", "3"]
    assert "two" in kubectl("rollout", "history", "deployment/web", "--revision=2")
    undone = kubectl("rollout", "undo", "deployment/web", "--to-revision=1")
    assert undone == "deployment.apps/web rolled back\n"
    kubectl("rollout", "status", "deployment/web")
    assert version_of(kubectl) == "one"
    history = kubectl("rollout", "history", "deployment/web").splitlines()
    assert [line.split()[0] for line in history[2:] if line] == ["2", "3", "4"]


def test_a_rollout_never_has_fewer_ready_pods_than_it_may(kubectl: Kubectl) -> None:
    kubectl.apply(web("one", replicas=3))
    kubectl("rollout", "status", "deployment/web")
    fields = ("availableReplicas", "replicas", "updatedReplicas", "observedGeneration")
    columns = "jsonpath=" + " ".join(f"{{.status.{field}}}" for field in fields) + "{'\\n'}"
    with kubectl.follow("get", "deployment", "web", "--watch", "-o", columns) as states:
        states.until("3 3 3 1")
        kubectl("rollout", "restart", "deployment/web")
        states.until("3 3 3 2")
    seen = [tuple(map(int, line.split()[:2])) for line in states.lines]
    # 25 % of 3: none may be missing (rounded down), one may be more (rounded up).
    assert min(available for available, _ in seen) == 3
    assert max(pods for _, pods in seen) == 4


def test_scale_and_delete(kubectl: Kubectl) -> None:
    kubectl.apply(web("one", replicas=1))
    kubectl("rollout", "status", "deployment/web")
    assert kubectl("scale", "deployment/web", "--replicas=3") == "deployment.apps/web scaled\n"
    kubectl.wait_field("deployment/web", ".status.readyReplicas", "3")
    kubectl("scale", "deployment/web", "--replicas=0")
    kubectl("wait", "pods", "--selector=app=web", "--for=delete", "--timeout=30s")
    kubectl("scale", "deployment/web", "--replicas=1", "--current-replicas=0")
    refused = kubectl.attempt("scale", "deployment/web", "--replicas=9", "--current-replicas=7")
    assert "Expected replicas to be 7, was 1" in refused.err
    kubectl("delete", "deployment", "web")
    kubectl("wait", "pods,replicasets", "--selector=app=web", "--for=delete", "--timeout=30s")


def test_describe_and_events_tell_the_story(kubectl: Kubectl) -> None:
    kubectl.apply(web("one", replicas=1))
    kubectl("rollout", "status", "deployment/web")
    replica_set = kubectl("get", "replicasets", "-o", "jsonpath={.items[0].metadata.name}")
    pod = kubectl("get", "pods", "-o", "jsonpath={.items[0].metadata.name}")
    told = kubectl("describe", "deployment", "web")
    assert f"Scaled up replica set {replica_set} from 0 to 1" in told
    assert "1 desired | 1 updated | 1 total | 1 available | 0 unavailable" in told
    assert f"Created pod: {pod}" in kubectl("describe", "replicaset", replica_set)
    reasons = kubectl(
        "get", "events", "--field-selector", f"involvedObject.name={pod}",
        "-o", "jsonpath={.items[*].reason}",
    ).split()  # fmt: skip
    assert {"Scheduled", "Pulled", "Created", "Started"} <= set(reasons)
    assert f"Successfully assigned {kubectl.namespace}/{pod} to seatrial-" in kubectl(
        "describe", "pod", pod
    )


def test_a_stuck_rollout_keeps_the_old_pods(kubectl: Kubectl) -> None:
    kubectl.apply(web("one"))
    kubectl("rollout", "status", "deployment/web")
    old = kubectl("get", "pods", "-o", "name").split()
    never = {"exec": {"command": ["false"]}}
    broken = deployment("web", container(RUN_ON, readinessProbe=never), replicas=2)
    broken["spec"]["progressDeadlineSeconds"] = 2
    kubectl.apply(broken)
    late = kubectl.attempt("rollout", "status", "deployment/web")
    assert late.code == 1
    assert 'deployment "web" exceeded its progress deadline' in late.err
    assert set(old) <= set(kubectl("get", "pods", "-o", "name").split())
    assert kubectl.field("deployment/web", ".status.availableReplicas") == "2"
