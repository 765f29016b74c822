"""Wrong input gets one clear message, from kubectl and from `seatrial verify` alike."""

import json
from pathlib import Path

import pytest
from e2e_cluster import Cluster, Kubectl
from e2e_objects import config_map, container, deployment, job, pod, service

BROKEN = "kind: Pod\n  metadata: [\n"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: x}
spec:
  containers:
  - {name: main, image: busybox, %s}
"""


def test_kubectl_broken_yaml(kubectl: Kubectl) -> None:
    refused = kubectl.attempt("apply", "-f", "-", text=BROKEN)
    assert refused.code == 1
    assert "error converting YAML to JSON" in refused.err


@pytest.mark.parametrize("api_version", ["v1", "example.org/v1"])
def test_kubectl_unknown_kind(kubectl: Kubectl, api_version: str) -> None:
    unknown = {"apiVersion": api_version, "kind": "Boat", "metadata": {"name": "x"}}
    refused = kubectl.attempt("apply", "-f", "-", text=json.dumps(unknown))
    assert refused.code == 1
    assert f'no matches for kind "Boat" in version "{api_version}"' in refused.err


def test_kubectl_unknown_field(kubectl: Kubectl) -> None:
    refused = kubectl.attempt("apply", "-f", "-", text=POD % "comand: [sh]")
    assert refused.code == 1
    assert 'strict decoding error: unknown field "spec.containers[0].comand"' in refused.err
    warned = kubectl.attempt("apply", "--validate=warn", "-f", "-", text=POD % "comand: [sh]")
    assert warned.code == 0
    assert 'Warning: unknown field "spec.containers[0].comand"' in warned.err
    kubectl("delete", "pod", "x", "--force", "--grace-period=0")


def test_kubectl_wrong_type(kubectl: Kubectl) -> None:
    refused = kubectl.attempt("apply", "-f", "-", text=POD % "command: sh")
    assert refused.code == 1
    assert "BadRequest" in refused.err
    assert "command" in refused.err


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (pod("Bad_Name", container("")), "metadata.name: Invalid value: \"Bad_Name\""),
        (pod("x"), "spec.containers: Required value"),
        (pod("x", container(""), container("")),
         "spec.containers[1].name: Duplicate value: \"main\""),
        (pod("x", container("", imagePullPolicy="Sometimes")),
         "imagePullPolicy: Unsupported value: \"Sometimes\""),
        (service("x", port=70000), "spec.ports[0].port: Invalid value: 70000"),
        (pod("x", container("", volumeMounts=[{"name": "no", "mountPath": "/x"}])),
         "spec.containers[0].volumeMounts[0].name: Not found: \"no\""),
    ],
)  # fmt: skip
def test_kubectl_invalid_values_name_field_and_value(
    kubectl: Kubectl, wrong: dict[str, object], told: str
) -> None:
    refused = kubectl.attempt("apply", "-f", "-", text=json.dumps(wrong))
    assert refused.code == 1
    assert "is invalid: " in refused.err
    assert told in refused.err


def test_kubectl_selector_must_match_the_template(kubectl: Kubectl) -> None:
    wrong = deployment("x", container(""))
    wrong["spec"]["selector"]["matchLabels"] = {"app": "other"}
    refused = kubectl.attempt("apply", "-f", "-", text=json.dumps(wrong))
    assert "`selector` does not match template `labels`" in refused.err


def test_kubectl_immutable_fields_stay(kubectl: Kubectl) -> None:
    kubectl.apply(job("x", "exit 0"))
    refused = kubectl.attempt("apply", "-f", "-", text=json.dumps(job("x", "exit 1")))
    assert refused.code == 1
    assert "pod updates may not change fields other than" in refused.err


def test_kubectl_names_of_nothing(kubectl: Kubectl) -> None:
    assert kubectl.attempt("get", "pod", "no").err == (
        'Error from server (NotFound): pods "no" not found\n'
    )
    assert kubectl.attempt("get", "boats").err == (
        'error: the server doesn\'t have a resource type "boats"\n'
    )
    kubectl.apply(config_map("x"))
    assert kubectl.attempt("create", "configmap", "x").err == (
        'error: failed to create configmap: configmaps "x" already exists\n'
    )
    assert kubectl.attempt("create", "configmap", "x", "-n", "nowhere").err == (
        'error: failed to create configmap: namespaces "nowhere" not found\n'
    )


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: x}
spec:
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: x}}
    spec:
      containers:
      - {name: main, image: busybox, %s}
"""
VERIFIED = {
    "broken yaml": (BROKEN, ("x.yaml",)),
    "unknown kind": ("apiVersion: v1\nkind: Boat\nmetadata: {name: x}\n", ("x.yaml", "Boat")),
    "unknown field": (
        DEPLOYMENT % "comand: [sh]",
        ("x.yaml:1", 'unknown field "spec.template.spec.containers[0].comand"'),
    ),
    "wrong type": (
        DEPLOYMENT % "command: sh",
        ("x.yaml:1", "spec.template.spec.containers[0].command must be an array, not a string"),
    ),
    "nothing": ("", ("x.yaml",)),
}


@pytest.mark.parametrize("name", VERIFIED)
def test_verify_refuses_before_anything_starts(fresh: Cluster, name: str) -> None:
    text, words = VERIFIED[name]
    path = fresh.home / "x.yaml"
    path.write_text(text)
    refused = fresh.run("verify", str(path), may_fail=True)
    assert refused.code == 2, refused
    said = " ".join((refused.out + refused.err).split())
    assert all(word in said for word in words), said
    assert "Traceback" not in said
    assert fresh.status()["pids"] == []


def test_verify_of_a_missing_image_says_which(fresh: Cluster, tmp_path: Path) -> None:
    web = deployment("web", {"name": "main", "image": "localhost:1/nowhere:1"})
    path = fresh.home / "x.yaml"
    path.write_text("---\n".join(json.dumps(each) + "\n" for each in (web, service("web"))))
    words = ("verify", str(path), "--trial", "scale-up")
    refused = fresh.run(*words, may_fail=True, limit_s=100)
    assert refused.code == 1, refused
    assert "UNKNOWN" in refused.out
    assert "localhost:1/nowhere:1" in refused.out + refused.err
    assert fresh.status()["pids"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("verify",),
        ("verify", "/no/such/path"),
        ("up", "--nodes", "0"),
        ("up", "--proxy-min-sync", "soon"),
        ("image", "load", "/no/such/archive"),
        ("sail",),
    ],
)
def test_wrong_usage_is_exit_code_2(fresh: Cluster, words: tuple[str, ...]) -> None:
    refused = fresh.run(*words, may_fail=True)
    assert refused.code == 2
    assert refused.out == ""
    assert "Traceback" not in refused.err
    assert refused.err


def test_an_archive_that_is_none_is_refused(fresh: Cluster) -> None:
    path = fresh.home / "x.tar"
    path.write_text("no archive")
    refused = fresh.run("image", "load", str(path), may_fail=True)
    assert refused.code == 2
    assert str(path) in refused.err
