"""Defaults: what stands in an object that said nothing."""

import copy
from typing import Any

import pytest

from seatrial.api.kinds import (
    DEPLOYMENT,
    ENDPOINT_SLICE,
    ENDPOINTS,
    KINDS,
    NAMESPACE,
    NODE,
    POD,
    REPLICA_SET,
    SECRET,
    SERVICE,
    Kind,
)
from seatrial.api.schema.default import fill_defaults
from seatrial.api.schema.validate import take_apart


def filled(kind: Kind, obj: dict[str, Any]) -> dict[str, Any]:
    fill_defaults(kind, obj)
    return obj


def pod_of(container: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return filled(POD, {"spec": {"containers": [{"name": "a", "image": "x:1"} | container]} | spec})


def test_a_pods_spec() -> None:
    spec = filled(POD, {"spec": {"containers": []}})["spec"]
    assert spec == {
        "containers": [],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "enableServiceLinks": True,
    }


def test_a_template_has_no_service_links_and_no_requests() -> None:
    template = {"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": "1"}}}]}}
    spec = filled(DEPLOYMENT, {"spec": {"template": template}})["spec"]["template"]["spec"]
    assert "enableServiceLinks" not in spec
    assert "requests" not in spec["containers"][0]["resources"]


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("busybox", "Always"), ("busybox:latest", "Always"), ("busybox:1.36", "IfNotPresent"),
        ("registry:5000/busybox", "Always"), ("registry:5000/busybox:2", "IfNotPresent"),
        ("busybox@sha256:00", "IfNotPresent"), ("busybox:latest@sha256:00", "Always"),
    ],
)  # fmt: skip
def test_the_pull_policy_follows_the_tag(image: str, policy: str) -> None:
    assert pod_of({"image": image})["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_probes_and_hooks() -> None:
    container = pod_of(
        {
            "readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 0},
            "livenessProbe": {"grpc": {"port": 1}, "failureThreshold": 7},
            "lifecycle": {"preStop": {"httpGet": {"port": 80}}},
        }
    )["spec"]["containers"][0]
    numbers = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1}
    http = {"port": 80, "path": "/", "scheme": "HTTP"}
    assert container["readinessProbe"] == {"httpGet": http, "failureThreshold": 3} | numbers
    grpc = {"port": 1, "service": ""}
    assert container["livenessProbe"] == {"grpc": grpc, "failureThreshold": 7} | numbers
    assert container["lifecycle"]["preStop"]["httpGet"] == http


def test_limits_are_requested_and_ports_are_tcp() -> None:
    resources = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}
    pod = pod_of({"resources": resources, "ports": [{"containerPort": 80}]}, hostNetwork=True)
    container = pod["spec"]["containers"][0]
    assert container["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP", "hostPort": 80}]


def test_volumes_and_references() -> None:
    field = {"fieldRef": {"fieldPath": "metadata.name"}}
    downward = {"items": [{"path": "n"} | copy.deepcopy(field)]}
    projected = {"sources": [{"serviceAccountToken": {"path": "t"}}, {"downwardAPI": downward}]}
    spec = pod_of(
        {"env": [{"name": "N", "valueFrom": copy.deepcopy(field)}]},
        volumes=[
            {"name": "e"}, {"name": "s", "secret": {"secretName": "x"}},
            {"name": "h", "hostPath": {"path": "/"}}, {"name": "p", "projected": projected},
            {"name": "d", "downwardAPI": copy.deepcopy(downward)},
        ],
        serviceAccount="robot",
    )["spec"]  # fmt: skip
    empty, secret, host, projection, down = spec["volumes"]
    assert empty == {"name": "e", "emptyDir": {}}
    assert secret["secret"]["defaultMode"] == 420
    assert host["hostPath"]["type"] == ""
    token, fields = projection["projected"]["sources"]
    assert token["serviceAccountToken"]["expirationSeconds"] == 3600
    assert fields["downwardAPI"]["items"][0]["fieldRef"]["apiVersion"] == "v1"
    assert down["downwardAPI"]["items"][0]["fieldRef"]["apiVersion"] == "v1"
    assert spec["containers"][0]["env"][0]["valueFrom"]["fieldRef"]["apiVersion"] == "v1"
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "robot"


def test_workloads() -> None:
    spec = filled(DEPLOYMENT, {})["spec"]
    assert spec["strategy"] == {
        "type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}
    }  # fmt: skip
    assert (spec["replicas"], spec["revisionHistoryLimit"]) == (1, 10)
    assert spec["progressDeadlineSeconds"] == 600
    recreate = filled(DEPLOYMENT, {"spec": {"strategy": {"type": "Recreate"}}})
    assert recreate["spec"]["strategy"] == {"type": "Recreate"}
    assert filled(REPLICA_SET, {})["spec"]["replicas"] == 1
    assert filled(REPLICA_SET, {"spec": {"replicas": 0}})["spec"]["replicas"] == 0


def test_services() -> None:
    spec = filled(SERVICE, {"spec": {"ports": [{"port": 80}], "clusterIP": "10.0.0.1"}})["spec"]
    assert spec["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert (spec["type"], spec["sessionAffinity"]) == ("ClusterIP", "None")
    assert (spec["clusterIPs"], spec["ipFamilies"]) == (["10.0.0.1"], ["IPv4"])
    assert spec["internalTrafficPolicy"] == "Cluster"
    balanced = filled(SERVICE, {"spec": {"type": "LoadBalancer", "sessionAffinity": "ClientIP"}})
    assert balanced["spec"]["externalTrafficPolicy"] == "Cluster"
    assert balanced["spec"]["allocateLoadBalancerNodePorts"] is True
    assert balanced["spec"]["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 10800}}
    assert "ipFamilies" not in filled(SERVICE, {"spec": {"type": "ExternalName"}})["spec"]


def test_other_kinds() -> None:
    secret = filled(SECRET, {"data": {"a": "MQ=="}, "stringData": {"b": "hi"}})
    assert secret == {"type": "Opaque", "data": {"a": "MQ==", "b": "aGk="}}
    namespace = filled(NAMESPACE, {"metadata": {"name": "x"}})
    assert namespace["metadata"]["labels"] == {"kubernetes.io/metadata.name": "x"}
    assert namespace["spec"] == {"finalizers": ["kubernetes"]}
    assert namespace["status"] == {"phase": "Active"}
    node = filled(NODE, {"status": {"capacity": {"cpu": "2"}}})
    assert node["status"]["allocatable"] == {"cpu": "2"}
    slices = filled(ENDPOINT_SLICE, {"ports": [{"port": 1}]})
    assert slices == {"endpoints": [], "ports": [{"port": 1, "name": "", "protocol": "TCP"}]}
    endpoints = filled(ENDPOINTS, {"subsets": [{"ports": [{"port": 1}]}]})
    assert endpoints["subsets"][0]["ports"][0]["protocol"] == "TCP"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.resource)
def test_defaults_fit_the_schema_and_filling_twice_changes_nothing(kind: Kind) -> None:
    obj = filled(kind, {"metadata": {"name": "x"}})
    assert not take_apart(kind, obj).unknown
    assert not take_apart(kind, obj).mistakes
    again = copy.deepcopy(obj)
    fill_defaults(kind, again)
    assert again == obj
