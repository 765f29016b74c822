"""The rules of each kind: each test starts from an object that obeys and breaks one rule."""

import copy
from typing import Any

import pytest

from seatrial.api.kinds import (
    CONFIG_MAP,
    CONTAINER_KILL,
    DEPLOYMENT,
    ENDPOINT_PROPAGATION_DELAY,
    ENDPOINT_SLICE,
    ENDPOINTS,
    EVENT,
    LEASE,
    NAMESPACE,
    NODE,
    POD,
    SECRET,
    SERVICE,
    Kind,
)
from seatrial.api.schema.default import fill_defaults
from seatrial.api.schema.rules.registry import check_create, check_update

NAMESPACED = {"name": "web", "namespace": "default"}


def pod() -> dict[str, Any]:
    container = {"name": "a", "image": "x:1"}
    obj: dict[str, Any] = {"metadata": dict(NAMESPACED), "spec": {"containers": [container]}}
    fill_defaults(POD, obj)
    return obj


def deployment() -> dict[str, Any]:
    labels = {"app": "web"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "a", "image": "x"}]},
    }
    spec = {"selector": {"matchLabels": dict(labels)}, "template": template}
    obj: dict[str, Any] = {"metadata": dict(NAMESPACED), "spec": spec}
    fill_defaults(DEPLOYMENT, obj)
    return obj


def service() -> dict[str, Any]:
    obj: dict[str, Any] = {"metadata": dict(NAMESPACED), "spec": {"ports": [{"port": 80}]}}
    fill_defaults(SERVICE, obj)
    return obj


def told(kind: Kind, obj: dict[str, Any]) -> list[str]:
    return [str(cause) for cause in check_create(kind, obj)]


def told_of_update(kind: Kind, new: dict[str, Any], old: dict[str, Any]) -> list[str]:
    return [str(cause) for cause in check_update(kind, new, old)]


def test_the_starting_points_obey() -> None:
    assert told(POD, pod()) == []
    assert told(DEPLOYMENT, deployment()) == []
    assert told(SERVICE, service()) == []


def broken(path: str, value: Any, wanted: str) -> Any:
    return pytest.param(path, value, wanted, id=wanted[:70])


def put(obj: dict[str, Any], path: str, value: Any) -> None:
    *steps, last = path.split("/")
    place: Any = obj
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    place[last] = value


C = "spec/containers/0/"


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        broken(
            "metadata/name", "", "metadata.name: Required value: name or generateName is required"
        ),
        broken("metadata/namespace", "", "metadata.namespace: Required value"),
        broken(
            "metadata/labels", {"a b": "c"}, 'metadata.labels: Invalid value: "a b": name part must'
        ),
        broken(
            "metadata/labels", {"a": "-"}, 'metadata.labels: Invalid value: "-": a valid label must'
        ),
        broken(
            "metadata/annotations",
            {"x" * 60: "y" * 300000},
            "metadata.annotations: Too long: may not",
        ),
        broken(
            "metadata/finalizers",
            ["a b"],
            'metadata.finalizers[0]: Invalid value: "a b": name part',
        ),
        broken(
            "metadata/ownerReferences",
            [{"kind": "A", "name": "b", "uid": "c"}],
            'metadata.ownerReferences[0].apiVersion: Invalid value: "": apiVersion must not be em',
        ),
        broken("spec/containers", [], "spec.containers: Required value"),
        broken(
            C + "name",
            "A",
            'spec.containers[0].name: Invalid value: "A": a lowercase RFC 1123 label',
        ),
        broken(C + "image", "", "spec.containers[0].image: Required value"),
        broken(
            C + "image",
            " x",
            'spec.containers[0].image: Invalid value: " x": must not have leading',
        ),
        broken(
            C + "imagePullPolicy",
            "Often",
            'spec.containers[0].imagePullPolicy: Unsupported value: "Often": '
            'supported values: "Always", "IfNotPresent", "Never"',
        ),
        broken(
            C + "ports",
            [{"containerPort": 70000}],
            "spec.containers[0].ports[0].containerPort: "
            "Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        broken(
            C + "ports",
            [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}],
            'spec.containers[0].ports[1].name: Duplicate value: "a"',
        ),
        broken(
            C + "ports",
            [{"containerPort": 1, "hostPort": 5}, {"containerPort": 2, "hostPort": 5}],
            'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//5"',
        ),
        broken(
            C + "ports",
            [{"containerPort": 1, "protocol": "HTTP"}],
            'spec.containers[0].ports[0].protocol: Unsupported value: "HTTP": supported values: "',
        ),
        broken(
            C + "env",
            [{"name": "a=b"}],
            'spec.containers[0].env[0].name: Invalid value: "a=b": a valid env',
        ),
        broken(
            C + "env",
            [{"name": "A", "valueFrom": {}}],
            'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldR',
        ),
        broken(
            C + "env",
            [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.x"}}}],
            'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "spec.x"',
        ),
        broken(
            C + "env",
            [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "x"}}}],
            'spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "x"',
        ),
        broken(
            C + "env",
            [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": ""}}}],
            "spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value",
        ),
        broken(
            C + "envFrom",
            [{}],
            'spec.containers[0].envFrom[0]: Invalid value: "": must specify one of',
        ),
        broken(
            C + "volumeMounts",
            [{"name": "v", "mountPath": "/v"}],
            'spec.containers[0].volumeMounts[0].name: Not found: "v"',
        ),
        broken(
            C + "livenessProbe",
            {},
            "spec.containers[0].livenessProbe: Required value: must specify a handler",
        ),
        broken(
            C + "livenessProbe",
            {"tcpSocket": {"port": 1}, "successThreshold": 2},
            "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
        ),
        broken(
            C + "livenessProbe",
            {"tcpSocket": {"port": 1}, "exec": {"command": ["a"]}},
            "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 h",
        ),
        broken(
            C + "readinessProbe",
            {"tcpSocket": {"port": 1}, "terminationGracePeriodSeconds": 5},
            "spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: m",
        ),
        broken(
            C + "readinessProbe",
            {"httpGet": {"port": "a--b", "path": "/", "scheme": "HTTP"}},
            'spec.containers[0].readinessProbe.httpGet.port: Invalid value: "a--b": must not cont',
        ),
        broken(
            C + "readinessProbe",
            {"httpGet": {"port": 1, "path": "/", "scheme": "FTP"}},
            'spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: "FTP"',
        ),
        broken(
            C + "startupProbe",
            {"exec": {}},
            "spec.containers[0].startupProbe.exec.command: Required value",
        ),
        broken(
            C + "startupProbe",
            {"grpc": {"port": 0}},
            "spec.containers[0].startupProbe.grpc.port: Invalid value",
        ),
        broken(
            C + "startupProbe",
            {"tcpSocket": {"port": 1}, "periodSeconds": -1},
            "spec.containers[0].startupProbe.periodSeconds: Invalid value: -1: must be greater th",
        ),
        broken(
            C + "lifecycle",
            {"preStop": {"sleep": {"seconds": 31}}},
            "spec.containers[0].lifecycle.preStop.sleep.seconds: Invalid value: 31: must be non-n",
        ),
        broken(
            C + "resources",
            {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}},
            'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equa',
        ),
        broken(
            C + "resources",
            {"requests": {"teapots": "2"}},
            'spec.containers[0].resources.requests: Invalid value: "teapots": must be a standard ',
        ),
        broken(
            C + "resources",
            {"limits": {"example.com/gpu": "500m"}},
            'spec.containers[0].resources.limits[example.com/gpu]: Invalid value: "500m": must be',
        ),
        broken(
            C + "securityContext",
            {"runAsUser": -1},
            "spec.containers[0].securityContext.runAsUser: Invalid",
        ),
        broken(
            "spec/volumes",
            [{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}],
            'spec.volumes[1].name: Duplicate value: "v"',
        ),
        broken(
            "spec/volumes",
            [{"name": "v", "emptyDir": {}, "secret": {"secretName": "s"}}],
            "spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type",
        ),
        broken(
            "spec/volumes",
            [{"name": "v", "configMap": {"name": "c", "items": [{"key": "a", "path": "/b"}]}}],
            'spec.volumes[0].configMap.items[0].path: Invalid value: "/b": must be a relative path',
        ),
        broken(
            "spec/volumes",
            [{"name": "v", "secret": {"defaultMode": 4096, "secretName": "s"}}],
            "spec.volumes[0].secret.defaultMode: Invalid value: 4096: must be a number between 0 ",
        ),
        broken(
            "spec/volumes",
            [{"name": "v", "hostPath": {"path": "/../x"}}],
            "spec.volumes[0].hostPath.path: Invalid value: \"/../x\": must not contain '..'",
        ),
        broken(
            "spec/initContainers",
            [{"name": "a", "image": "x", "imagePullPolicy": "Always"}],
            'spec.initContainers[0].name: Duplicate value: "a"',
        ),
        broken(
            "spec/initContainers",
            [
                {
                    "name": "i",
                    "image": "x",
                    "imagePullPolicy": "Always",
                    "readinessProbe": {"tcpSocket": {"port": 1}},
                }
            ],
            "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers",
        ),
        broken(
            "spec/restartPolicy",
            "Maybe",
            'spec.restartPolicy: Unsupported value: "Maybe": supported values: '
            '"Always", "OnFailure", "Never"',
        ),
        broken(
            "spec/dnsPolicy",
            "None",
            "spec.dnsConfig.nameservers: Required value: must provide at least one",
        ),
        broken(
            "spec/terminationGracePeriodSeconds",
            -1,
            "spec.terminationGracePeriodSeconds: Invalid value: -1",
        ),
        broken(
            "spec/activeDeadlineSeconds",
            0,
            "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1",
        ),
        broken(
            "spec/tolerations",
            [{"operator": "Equal"}],
            'spec.tolerations[0].operator: Invalid value: "Equal": '
            "operator must be Exists when `key` is empty",
        ),
        broken(
            "spec/tolerations",
            [{"key": "a", "tolerationSeconds": 3}],
            "spec.tolerations[0].effect: Invalid value: \"\": effect must be 'NoExecute'",
        ),
        broken(
            "spec/nodeName",
            "A_",
            'spec.nodeName: Invalid value: "A_": a lowercase RFC 1123 subdomain',
        ),
        broken(
            "spec/readinessGates",
            [{"conditionType": ""}],
            "spec.readinessGates[0].conditionType: Invalid",
        ),
    ],
)
def test_pods(path: str, value: Any, wanted: str) -> None:
    obj = pod()
    put(obj, path, value)
    causes = told(POD, obj)
    assert any(cause.startswith(wanted) for cause in causes), causes


def test_a_sidecar_may_have_probes() -> None:
    obj = pod()
    sidecar = {"name": "s", "image": "x", "restartPolicy": "Always", "imagePullPolicy": "Always"}
    obj["spec"]["initContainers"] = [sidecar | {"readinessProbe": {"tcpSocket": {"port": 1}}}]
    assert told(POD, obj) == []


def test_a_generated_name_may_end_in_a_hyphen() -> None:
    obj = pod()
    obj["metadata"] = {"generateName": "web-", "namespace": "default"}
    assert told(POD, obj) == []


@pytest.mark.parametrize(
    ("path", "value", "is_allowed"),
    [
        ("metadata/labels", {"new": "label"}, True),
        (C + "image", "x:2", True),
        ("spec/activeDeadlineSeconds", 60, True),
        ("spec/tolerations", [{"key": "a", "operator": "Exists"}], True),
        (C + "command", ["true"], False),
        ("spec/nodeName", "other", False),
        ("spec/terminationGracePeriodSeconds", 1, False),
        ("spec/containers", [], False),
    ],
)
def test_what_may_change_of_a_pod(path: str, value: Any, is_allowed: bool) -> None:
    old, new = pod(), pod()
    put(new, path, value)
    causes = told_of_update(POD, new, old)
    refused = any(
        cause.startswith(
            "spec: Forbidden: pod updates may not change fields other than `spec.contain"
        )
        for cause in causes
    )
    assert refused is not is_allowed, causes
    assert bool(causes) is not is_allowed


def test_deadlines_and_tolerations_of_a_pod_only_tighten() -> None:
    old, new = pod(), pod()
    old["spec"] |= {
        "activeDeadlineSeconds": 10,
        "tolerations": [{"key": "a", "operator": "Exists"}],
    }
    new["spec"] |= {"activeDeadlineSeconds": 20}
    causes = told_of_update(POD, new, old)
    assert "must be less than or equal to previous value 10" in causes[0]
    assert any(
        cause.startswith("spec.tolerations: Forbidden: existing toleration") for cause in causes
    )


def test_a_negative_grace_period_may_become_one() -> None:
    old, new = pod(), pod()
    old["spec"]["terminationGracePeriodSeconds"] = -1
    new["spec"]["terminationGracePeriodSeconds"] = 1
    assert told_of_update(POD, new, old) == []


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        broken(
            "spec/replicas",
            -1,
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        ),
        broken("spec/selector", None, "spec.selector: Required value"),
        broken(
            "spec/selector",
            {},
            "spec.selector: Invalid value: {}: empty selector is invalid for deployment",
        ),
        broken(
            "spec/selector",
            {"matchLabels": {"app": "x"}},
            "spec.template.metadata.labels: Invalid value: "
            '{"app":"web"}: `selector` does not match template `labels`',
        ),
        broken(
            "spec/selector",
            {"matchExpressions": [{"key": "a", "operator": "In"}]},
            "spec.selector.matchExpressions[0].values: Required value: must be specified when",
        ),
        broken(
            "spec/selector",
            {"matchExpressions": [{"key": "a", "operator": "Is"}]},
            'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selecto',
        ),
        broken(
            "spec/template/spec/restartPolicy",
            "Never",
            'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Alw',
        ),
        broken(
            "spec/progressDeadlineSeconds",
            0,
            "spec.progressDeadlineSeconds: Invalid value: 0: must be greater",
        ),
        broken(
            "spec/strategy",
            {"type": "Magic"},
            'spec.strategy.type: Unsupported value: "Magic": supported',
        ),
        broken(
            "spec/strategy",
            {"type": "Recreate", "rollingUpdate": {}},
            "spec.strategy.rollingUpdate: Forbidden",
        ),
        broken(
            "spec/strategy/rollingUpdate",
            {"maxSurge": 0, "maxUnavailable": 0},
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `max",
        ),
        broken(
            "spec/strategy/rollingUpdate",
            {"maxSurge": "many", "maxUnavailable": 1},
            'spec.strategy.rollingUpdate.maxSurge: Invalid value: "many": a valid percent string ',
        ),
        broken(
            "spec/strategy/rollingUpdate",
            {"maxSurge": 0, "maxUnavailable": "101%"},
            'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be great',
        ),
        broken(
            "spec/template/spec/containers/0/image",
            "",
            "spec.template.spec.containers[0].image: Required",
        ),
    ],
)
def test_deployments(path: str, value: Any, wanted: str) -> None:
    obj = deployment()
    put(obj, path, value)
    causes = told(DEPLOYMENT, obj)
    assert any(cause.startswith(wanted) for cause in causes), causes


def test_a_selector_stays() -> None:
    old, new = deployment(), deployment()
    new["spec"]["selector"] = {"matchLabels": {"app": "x"}}
    assert 'spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable' in (
        told_of_update(DEPLOYMENT, new, old)
    )


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        broken(
            "metadata/name",
            "1web",
            'metadata.name: Invalid value: "1web": a DNS-1035 label must consist',
        ),
        broken("spec/ports", [], "spec.ports: Required value"),
        broken(
            "spec/ports",
            [{"port": 0}],
            "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535",
        ),
        broken("spec/ports", [{"port": 1}, {"port": 2}], "spec.ports[0].name: Required value"),
        broken(
            "spec/ports",
            [{"port": 1, "name": "a"}, {"port": 1, "name": "b"}],
            'spec.ports[1]: Duplicate value: {"port":1,"protocol":"TCP"}',
        ),
        broken(
            "spec/ports",
            [{"port": 1, "name": "a"}, {"port": 2, "name": "a"}],
            "spec.ports[1].name: Duplicate",
        ),
        broken(
            "spec/ports",
            [{"port": 1, "nodePort": 30000}],
            "spec.ports[0].nodePort: Forbidden: may not be used",
        ),
        broken(
            "spec/ports",
            [{"port": 1, "protocol": "X"}],
            'spec.ports[0].protocol: Unsupported value: "X"',
        ),
        broken(
            "spec/type",
            "Magic",
            'spec.type: Unsupported value: "Magic": supported values: "ClusterIP"',
        ),
        broken(
            "spec/clusterIP",
            "x",
            'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address',
        ),
        broken(
            "spec/sessionAffinity", "Sticky", 'spec.sessionAffinity: Unsupported value: "Sticky"'
        ),
        broken(
            "spec/sessionAffinityConfig",
            {"clientIP": {"timeoutSeconds": 0}},
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0",
        ),
        broken(
            "spec/internalTrafficPolicy",
            "Near",
            'spec.internalTrafficPolicy: Unsupported value: "Near"',
        ),
    ],
)
def test_services(path: str, value: Any, wanted: str) -> None:
    obj = service()
    put(obj, path, value)
    causes = told(SERVICE, obj)
    assert any(cause.startswith(wanted) for cause in causes), causes


def test_the_address_of_a_service_stays_and_external_names_have_none() -> None:
    old, new = service(), service()
    old["spec"]["clusterIP"] = "10.0.0.1"
    assert any("may not change once set" in cause for cause in told_of_update(SERVICE, new, old))
    external = {"type": "ExternalName", "sessionAffinity": "None", "clusterIP": "10.0.0.1"}
    causes = told(SERVICE, {"metadata": dict(NAMESPACED), "spec": external})
    assert "spec.externalName: Required value" in causes
    assert "spec.clusterIPs[0]: Forbidden: may not be set for ExternalName services" in causes
    headless = {"type": "ClusterIP", "sessionAffinity": "None", "clusterIP": "None"}
    assert told(SERVICE, {"metadata": dict(NAMESPACED), "spec": headless}) == []


def cluster(name: str = "x", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, **more}


def namespaced(**more: Any) -> dict[str, Any]:
    return {"metadata": dict(NAMESPACED), **more}


def small_kinds() -> list[Any]:
    cases: list[tuple[Kind, dict[str, Any], str]] = [
        (
            CONFIG_MAP,
            namespaced(data={"a/b": "c"}),
            'data[a/b]: Invalid value: "a/b": a valid config key',
        ),
        (CONFIG_MAP, namespaced(data={"a": ""}, binaryData={"a": ""}), "data[a]: Invalid value"),
        (
            CONFIG_MAP,
            namespaced(data={"a": "x" * 1048577}),
            ": Too long: may not be more than 1048576",
        ),
        (
            SECRET,
            namespaced(type="kubernetes.io/tls", data={"tls.crt": ""}),
            "data[tls.key]: Required value",
        ),
        (SECRET, namespaced(type="kubernetes.io/basic-auth"), "data[username]: Required value"),
        (
            NAMESPACE,
            cluster("a.b"),
            'metadata.name: Invalid value: "a.b": a lowercase RFC 1123 label',
        ),
        (
            NAMESPACE,
            {"metadata": {"name": "a", "namespace": "b"}},
            "metadata.namespace: Forbidden: not allowed",
        ),
        (
            NODE,
            cluster(spec={"taints": [{"key": "a", "effect": "Bad"}]}),
            "spec.taints[0].effect: Unsupported",
        ),
        (
            NODE,
            cluster(spec={"taints": [{"key": "a", "effect": "NoExecute"}] * 2}),
            "spec.taints[1]: Duplicate",
        ),
        (
            LEASE,
            namespaced(spec={"leaseDurationSeconds": 0}),
            "spec.leaseDurationSeconds: Invalid value: 0",
        ),
        (
            LEASE,
            namespaced(spec={"leaseTransitions": -1}),
            "spec.leaseTransitions: Invalid value: -1",
        ),
        (
            EVENT,
            namespaced(involvedObject={"namespace": "x", "name": "a"}),
            "involvedObject.namespace: Invalid",
        ),
        (
            ENDPOINTS,
            namespaced(subsets=[{}]),
            "subsets[0]: Required value: must specify `addresses`",
        ),
        (
            ENDPOINTS,
            namespaced(subsets=[{"addresses": [{"ip": "x"}]}]),
            "subsets[0].addresses[0].ip: Invalid",
        ),
        (ENDPOINT_SLICE, namespaced(), "addressType: Required value"),
        (ENDPOINT_SLICE, namespaced(addressType="X"), 'addressType: Unsupported value: "X"'),
        (
            ENDPOINT_SLICE,
            namespaced(addressType="IPv4", endpoints=[{}]),
            "endpoints[0].addresses: Required",
        ),
        (
            ENDPOINT_SLICE,
            namespaced(addressType="IPv4", endpoints=[{"addresses": ["a"]}]),
            'endpoints[0].addresses[0]: Invalid value: "a"',
        ),
        (
            ENDPOINT_SLICE,
            namespaced(addressType="IPv4", ports=[{"port": 0}]),
            "ports[0].port: Invalid value: 0",
        ),
        (
            ENDPOINT_SLICE,
            namespaced(addressType="IPv4", endpoints=[{"addresses": ["10.0.0.1"]}] * 1001),
            "endpoints: Too many: 1001: must have at most 1000 items",
        ),
        (
            ENDPOINT_PROPAGATION_DELAY,
            cluster(spec={"delay": "soon"}),
            'spec.delay: Invalid value: "soon": must be',
        ),
        (
            ENDPOINT_PROPAGATION_DELAY,
            cluster(spec={"delay": "2h"}),
            'spec.delay: Invalid value: "2h": must be',
        ),
        (
            ENDPOINT_PROPAGATION_DELAY,
            cluster(spec={"delay": "-1s"}),
            'spec.delay: Invalid value: "-1s"',
        ),
        (
            CONTAINER_KILL,
            cluster(spec={"signal": "TERM"}),
            'spec.signal: Unsupported value: "TERM"',
        ),
    ]
    return [pytest.param(*each, id=f"{each[0].singular} {each[2][:50]}") for each in cases]


@pytest.mark.parametrize(("kind", "obj", "wanted"), small_kinds())
def test_small_kinds(kind: Kind, obj: dict[str, Any], wanted: str) -> None:
    causes = told(kind, obj)
    assert any(cause.startswith(wanted) for cause in causes), causes


@pytest.mark.parametrize(
    ("kind", "obj"),
    [
        (CONFIG_MAP, namespaced(data={"a": "b"}, binaryData={"c": "aGk="})),
        (SECRET, namespaced(type="Opaque", data={"a": "aGk="})),
        (NAMESPACE, cluster()),
        (NODE, cluster(spec={"taints": [{"key": "a", "effect": "NoExecute"}]})),
        (LEASE, namespaced(spec={"leaseDurationSeconds": 40})),
        (EVENT, namespaced(involvedObject={"kind": "Node", "name": "n"})),
        (
            ENDPOINTS,
            namespaced(subsets=[{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 1}]}]),
        ),
        (ENDPOINT_SLICE, namespaced(addressType="IPv4", endpoints=[{"addresses": ["10.0.0.1"]}])),
        (ENDPOINT_PROPAGATION_DELAY, cluster(spec={"delay": "1m30s"})),
        (CONTAINER_KILL, cluster(spec={"signal": "SIGTERM"})),
        (CONTAINER_KILL, cluster(spec={})),
    ],
)
def test_small_kinds_that_obey(kind: Kind, obj: dict[str, Any]) -> None:
    assert told(kind, obj) == []


def test_updates_of_small_kinds() -> None:
    old = namespaced(immutable=True, data={"a": "1"})
    new = namespaced(immutable=True, data={"a": "2"})
    assert told_of_update(CONFIG_MAP, new, old) == [
        "data: Forbidden: field is immutable when `immutable` is set"
    ]
    assert (
        told_of_update(CONFIG_MAP, namespaced(data={"a": "2"}), namespaced(data={"a": "1"})) == []
    )
    assert told_of_update(SECRET, namespaced(type="b"), namespaced(type="a")) == [
        'type: Invalid value: "b": field is immutable'
    ]
    assert told_of_update(
        ENDPOINT_SLICE, namespaced(addressType="IPv6"), namespaced(addressType="IPv4")
    ) == ['addressType: Invalid value: "IPv6": field is immutable']
    assert told_of_update(NODE, cluster(spec={}), cluster(spec={"podCIDR": "10.0.0.0/24"})) == [
        'spec.podCIDR: Forbidden: node updates may not change podCIDR except from "" to valid'
    ]


def test_metadata_that_stays() -> None:
    old = pod()
    old["metadata"] |= {"uid": "a", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    new = copy.deepcopy(old)
    new["metadata"] |= {"uid": "b", "finalizers": ["x/y"]}
    causes = told_of_update(POD, new, old)
    assert 'metadata.uid: Invalid value: "b": field is immutable' in causes
    assert any(cause.startswith("metadata.finalizers: Forbidden: no new final") for cause in causes)
    two = [{"apiVersion": "v1", "kind": "A", "name": "b", "uid": "c", "controller": True}] * 2
    old["metadata"]["ownerReferences"] = two
    assert any(
        "Only one reference can have Controller set to true" in each for each in told(POD, old)
    )
