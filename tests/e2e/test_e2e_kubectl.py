"""Commands of kubectl that make, change and read objects: those with protobuf bodies too."""

import base64
import json

import pytest
from e2e_cluster import Cluster, Kubectl
from e2e_objects import RUN_ON, config_map, container, deployment, job, pod

# What `kubectl create` builds by itself it sends as protobuf.
CREATED = {
    "configmap": ("configmap/x", ("configmap", "x", "--from-literal=a=b", "--from-literal=c=")),
    "secret": ("secret/x", ("secret", "generic", "x", "--from-literal=a=b")),
    "dockerconfig": (
        "secret/y",
        ("secret", "docker-registry", "y", "--docker-username=u", "--docker-password=p"),
    ),
    "serviceaccount": ("serviceaccount/x", ("serviceaccount", "x")),
    "deployment": (
        "deployment.apps/x",
        ("deployment", "x", "--image=busybox", "--replicas=0", "--port=80", "--", "sleep", "1"),
    ),
    "clusterip": ("service/x", ("service", "clusterip", "x", "--tcp=80:8080")),
    "headless": ("service/x", ("service", "clusterip", "x", "--clusterip=None", "--tcp=80")),
    "externalname": ("service/x", ("service", "externalname", "x", "--external-name=a.example")),
}


@pytest.mark.parametrize("name", CREATED)
def test_create_sends_protobuf_and_is_understood(kubectl: Kubectl, name: str) -> None:
    made, words = CREATED[name]
    assert kubectl("create", *words) == f"{made} created\n"
    planned = json.loads(kubectl("create", "--dry-run=client", "-o", "json", *words))
    planned.pop("status", None)
    assert contains(kubectl.get(made), planned)


def contains(whole: object, part: object) -> bool:
    """Everything that `part` says stands in `whole` too; null says nothing."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(value is None or contains(whole.get(key), value) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    return part in ({}, whole)


def test_create_token_is_a_token_of_that_account(kubectl: Kubectl) -> None:
    kubectl("create", "serviceaccount", "robot")
    payload = kubectl("create", "token", "robot", "--duration=15m").split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["sub"] == f"system:serviceaccount:{kubectl.namespace}:robot"
    assert claims["exp"] - claims["iat"] == 15 * 60


def test_run_and_expose(kubectl: Kubectl) -> None:
    kubectl("run", "x", "--image=busybox", "--port=80", "--command", "--", "sh", "-c", RUN_ON)
    kubectl("expose", "pod", "x", "--target-port=8080")
    kubectl.wait_ready("x")
    address = kubectl.field("pod/x", ".status.podIP")
    kubectl.wait_field("endpoints/x", ".subsets[0].addresses[0].ip", address)
    assert kubectl.field("endpoints/x", ".subsets[0].ports[0].port") == "8080"


def test_label_annotate_and_the_three_kinds_of_patch(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("x", a="1"), config_map("y", a="1"))
    kubectl("label", "configmap", "x", "color=red")
    kubectl("annotate", "configmap", "x", "why=because")
    assert kubectl("get", "configmaps", "-l", "color=red", "-o", "name") == "configmap/x\n"
    assert "configmap/x" not in kubectl("get", "configmaps", "-l", "color!=red", "-o", "name")
    kubectl("label", "configmap", "x", "color-")
    patches = {
        "merge": {"data": {"b": "2"}},
        "strategic": {"data": {"c": "3"}},
        "json": [{"op": "remove", "path": "/data/a"}],
    }
    for kind, patch in patches.items():
        kubectl("patch", "configmap", "x", "--type", kind, "-p", json.dumps(patch))
    found = kubectl.get("configmap", "x")
    assert found["data"] == {"b": "2", "c": "3"}
    assert found["metadata"].get("labels", {}) == {}
    assert found["metadata"]["annotations"]["why"] == "because"


def test_strategic_patch_merges_containers_by_name(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("x", container(RUN_ON), container(RUN_ON, name="side"), replicas=0))
    change = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "other"}]}}}}
    kubectl("patch", "deployment", "x", "-p", json.dumps(change))
    images = kubectl.field("deployment/x", ".spec.template.spec.containers[*].image")
    assert sorted(images.split()) == ["busybox", "other"]


def test_replace_needs_the_version_it_was_read_at(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("x", a="1"))
    read = kubectl.get("configmap", "x")
    kubectl.apply(config_map("x", a="2"))
    read["data"]["a"] = "3"
    stale = kubectl.attempt("replace", "-f", "-", text=json.dumps(read))
    assert stale.code == 1
    assert "the object has been modified; please apply your changes to the latest" in stale.err
    assert kubectl.field("configmap/x", ".data.a") == "2"


def test_logs_in_all_their_forms(kubectl: Kubectl) -> None:
    say = "echo one; echo two >&2; echo three"
    kubectl.apply(job("x", say), pod("y", container(f"echo here; {RUN_ON}"), labels={"l": "y"}))
    kubectl.wait_phase("x", "Succeeded")
    assert sorted(kubectl("logs", "x").split()) == ["one", "three", "two"]
    assert len(kubectl("logs", "x", "--tail=1").split()) == 1
    stamped = kubectl("logs", "x", "--timestamps").splitlines()
    assert all(line.split()[0].endswith("Z") for line in stamped)
    with kubectl.follow("logs", "-f", "-l", "l=y") as log:
        log.until("here")
        kubectl("delete", "pod", "y")
        assert log.end() == 0


def test_watch_shows_a_pod_from_its_start_to_its_end(kubectl: Kubectl) -> None:
    with kubectl.follow("get", "pods", "--watch", "--no-headers") as states:
        kubectl.apply(job("x", "exit 0"))
        states.until("Completed")
        kubectl("delete", "pod", "x")
        shown = [line.split()[2] for line in states.lines]
    order = ["Pending", "ContainerCreating", "Completed"]
    assert [state for state in shown if state in order] == sorted(
        (state for state in shown if state in order), key=order.index
    )


def test_drain_moves_pods_and_uncordon_takes_them_again(cluster: Cluster, kubectl: Kubectl) -> None:
    kubectl.apply(deployment("x", container(RUN_ON), replicas=2))
    kubectl("rollout", "status", "deployment/x")
    try:
        told = kubectl("drain", "seatrial-1", "--pod-selector=app=x", "--timeout=30s")
        assert "node/seatrial-1 drained" in told
        kubectl("rollout", "status", "deployment/x")
        nodes = kubectl("get", "pods", "-l", "app=x", "-o", "jsonpath={.items[*].spec.nodeName}")
        assert set(nodes.split()) == {"seatrial-0"}
        row = kubectl("get", "node", "seatrial-1", "--no-headers").split()
        assert row[1] == "Ready,SchedulingDisabled"
    finally:
        assert kubectl("uncordon", "seatrial-1") == "node/seatrial-1 uncordoned\n"


def test_a_pod_that_fits_nowhere_is_told_why(kubectl: Kubectl) -> None:
    kubectl.apply(job("x", "exit 0", nodeSelector={"disk": "golden"}))
    assert kubectl.wait_event("x", "FailedScheduling").startswith(
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    )
    kubectl("label", "node", "seatrial-1", "disk=golden")
    try:
        kubectl.wait_phase("x", "Succeeded")
        assert kubectl.field("pod/x", ".spec.nodeName") == "seatrial-1"
    finally:
        kubectl("label", "node", "seatrial-1", "disk-")


def test_a_list_as_kubectl_get_writes_it_can_be_applied_again(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("x", a="1"), config_map("y", b="2"))
    saved = kubectl("get", "configmap", "x", "y", "-o", "yaml")
    kubectl("delete", "configmap", "x", "y")
    kubectl("create", "-f", "-", text=saved)
    assert kubectl.field("configmap/y", ".data.b") == "2"


def test_explain_api_resources_and_versions(kubectl: Kubectl) -> None:
    assert "terminationGracePeriodSeconds" in kubectl("explain", "pod.spec")
    resources = kubectl("api-resources", "--no-headers", "-o", "name").split()
    assert {"pods", "deployments.apps", "endpointslices.discovery.k8s.io"} <= set(resources)
    assert "faults.seatrial.dev/v1" in kubectl("api-versions").split()
    assert kubectl("get", "--raw", "/readyz") == "ok"
    assert "is running at" in kubectl("cluster-info")
    assert json.loads(kubectl("version", "-o", "json"))["serverVersion"]["minor"] == "37"


def test_deleting_a_namespace_takes_everything_in_it(cluster: Cluster) -> None:
    kubectl = cluster.kubectl("doomed")
    kubectl("create", "namespace", "doomed")
    kubectl.apply(deployment("x", container(RUN_ON), replicas=2), config_map("y"))
    kubectl("rollout", "status", "deployment/x")
    kubectl("delete", "namespace", "doomed")
    assert kubectl.attempt("get", "namespace", "doomed").code == 1
    assert kubectl("get", "all,configmaps", "--ignore-not-found") == ""
