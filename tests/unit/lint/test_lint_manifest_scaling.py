"""Autoscalers, quotas and ranges: the sums that the API server and the controllers do."""

import pytest
from lint_workloads import deployment, found, mended, message

AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: %s, name: %s}
  minReplicas: 2
  maxReplicas: 5
  behavior: {scaleDown: {stabilizationWindowSeconds: 300}}
"""
FIRST = """\
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 5
"""
CPU = "resources: {requests: {cpu: 100m}}"
LACKING = "autoscaler-without-requests"


def autoscaler(kind: str = "Deployment", name: str = "web", metrics: str = "") -> str:
    return AUTOSCALER % (kind, name) + (f"  metrics: [{metrics}]\n" if metrics else "")


def resource(name: str, target: str = "type: Utilization, averageUtilization: 70") -> str:
    return f"{{type: Resource, resource: {{name: {name}, target: {{{target}}}}}}}"


def of_container(container: str) -> str:
    return (
        f"{{type: ContainerResource, containerResource: {{name: cpu, container: {container},"
        " target: {type: Utilization, averageUtilization: 70}}}"
    )


@pytest.mark.parametrize(
    ("metrics", "is_found"),
    [
        ("", True),  # 80 % of the requested CPU is the default
        (resource("cpu"), True),
        (resource("memory"), True),
        (resource("cpu", "type: AverageValue, averageValue: 500m"), False),
        ("{type: Pods, pods: {metric: {name: rate}, target: {type: AverageValue}}}", False),
        (of_container("web"), True),
        (of_container("proxy"), False),
    ],
)
def test_utilization_is_a_share_of_what_is_requested(metrics: str, *, is_found: bool) -> None:
    assert bool(found(LACKING, deployment(), autoscaler(metrics=metrics))) is is_found


def test_requests_may_come_from_limits_pods_and_ranges() -> None:
    by_cpu = autoscaler(metrics=resource("cpu"))
    assert not found(LACKING, deployment(CPU), by_cpu)
    assert not found(LACKING, deployment("resources: {limits: {cpu: 1}}"), by_cpu)
    assert not found(LACKING, deployment(pod="resources: {requests: {cpu: 1}}"), by_cpu)
    assert found(LACKING, deployment(pod="resources: {requests: {memory: 1Gi}}"), by_cpu)
    assert not found(LACKING, deployment(), by_cpu, limit_range("defaultRequest: {cpu: 100m}"))
    assert found(LACKING, deployment(), by_cpu, limit_range("defaultRequest: {memory: 1Mi}"))


def test_a_sidecar_counts_as_the_autoscaler_counts_it() -> None:
    sidecar = "initContainers: [{name: proxy, image: 'proxy:1', restartPolicy: Always}]"
    assert message(LACKING, deployment(CPU, pod=sidecar), autoscaler()) == (
        "it goes by the utilization of cpu, and Deployment/web requests none for proxy"
    )
    once = sidecar.replace(", restartPolicy: Always", "")
    assert not found(LACKING, deployment(CPU, pod=once), autoscaler())


def test_the_first_version_of_autoscalers_too() -> None:
    assert found(LACKING, deployment(), FIRST)
    assert not found(LACKING, deployment(CPU), FIRST)
    assert found("autoscaler-range-empty", deployment(), FIRST.replace("5", "1"))
    assert not found("autoscaler-range-refused", deployment(), FIRST.replace("5", "1"))
    assert found("autoscaler-range-refused", deployment(), FIRST.replace("5", "0"))


def test_a_percentage_of_the_first_version_is_told_in_its_place() -> None:
    text = FIRST + "  targetCPUUtilizationPercentage: 70\n"
    (finding,) = found(LACKING, deployment(), text)
    assert finding.field == "spec.targetCPUUtilizationPercentage"


def test_the_target() -> None:
    missing = "autoscaler-target-missing"
    assert not found(missing, deployment(), autoscaler())
    assert not found(missing, autoscaler(name="shop"))  # linted alone
    assert not found(LACKING, autoscaler(name="shop"))
    assert not found(missing, deployment(), autoscaler("Rollout", "shop"))
    fixed = mended(missing, deployment(), autoscaler(name="wbe"))
    assert fixed["spec"]["scaleTargetRef"]["name"] == "web"
    (finding,) = found(missing, deployment(), autoscaler(name="shop"))
    assert finding.edits == ()


def test_the_target_is_of_another_kind() -> None:
    web = deployment(kind="StatefulSet")
    assert message("autoscaler-target-missing", web, autoscaler()) == (
        "there is no Deployment web among the manifests: web is a StatefulSet"
    )
    assert not found("autoscaler-target-missing", web, autoscaler("StatefulSet"))


def test_replicas_are_left_to_the_autoscaler_by_hand() -> None:
    three = deployment(spec="replicas: 3")
    (finding,) = found("replicas-beside-autoscaler", three, autoscaler())
    assert finding.edits == ()  # taken away by `kubectl apply`, replicas would be 1
    assert not found("replicas-beside-autoscaler", deployment(), autoscaler())
    other = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec: {}\n"
    assert not found("replicas-beside-autoscaler", three, other)
    keda = (
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: web}\n"
        "spec: {scaleTargetRef: {name: web}, triggers: []}\n"
    )
    assert found("replicas-beside-autoscaler", three, keda)
    assert message("autoscaler-twice", deployment(), autoscaler(), keda) == (
        "HorizontalPodAutoscaler/web already scales Deployment/web"
    )


def test_an_overlay_of_an_autoscaler_is_no_second_one() -> None:
    assert not found("autoscaler-twice", deployment(), autoscaler(), autoscaler())


# Quotas and ranges


def quota(hard: str, spec: str = "") -> str:
    return (
        "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: all}\n"
        f"spec:\n  hard: {{{hard}}}\n{spec and '  ' + spec}\n"
    )


def limit_range(limits: str) -> str:
    return (
        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: all}\n"
        f"spec:\n  limits: [{{type: Container, {limits}}}]\n"
    )


def claim(name: str) -> str:
    return (
        f"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\n"
        "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}\n"
    )


def service(name: str, kind: str) -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        f"spec: {{type: {kind}, ports: [{{port: 80}}]}}\n"
    )


TEMPLATES = (
    "serviceName: web\nreplicas: 3\nvolumeClaimTemplates:\n"
    "- {metadata: {name: data}, spec: {resources: {requests: {storage: 10Gi}}}}\n"
)


@pytest.mark.parametrize(
    ("texts", "hard", "asked"),
    [
        ([deployment(spec="replicas: 3")], "pods: 2", "3"),
        ([deployment(spec="replicas: 0")], "pods: 0", ""),
        ([deployment(spec="replicas: 9"), autoscaler()], "pods: 2", ""),
        ([deployment(kind="DaemonSet")], "pods: 0", "1"),
        ([deployment(CPU, spec="replicas: 3")], "cpu: 200m", "300m"),
        ([deployment(CPU, spec="replicas: 3")], "requests.cpu: 300m", ""),
        ([deployment("resources: {limits: {memory: 1Gi}}")], "limits.memory: 512Mi", "1Gi"),
        ([deployment("resources: {limits: {memory: 1Gi}}")], "requests.memory: 512Mi", "1Gi"),
        ([deployment(CPU, pod="resources: {requests: {cpu: 2}}")], "cpu: 1", "2"),
        ([deployment(), limit_range("default: {memory: 1Gi}")], "limits.memory: 1Mi", "1Gi"),
        ([service("a", "ClusterIP"), service("b", "NodePort")], "services: 1", "2"),
        ([service("a", "ClusterIP"), service("b", "NodePort")], "services.nodeports: 0", "1"),
        ([service("a", "LoadBalancer")], "services.loadbalancers: 0", "1"),
        ([service("a", "ClusterIP")], "services.loadbalancers: 0", ""),
        ([deployment(), deployment()], "count/deployments.apps: 0", "1"),
        ([claim("a"), claim("b")], "persistentvolumeclaims: 1", "2"),
        ([claim("a"), deployment(kind="StatefulSet", spec=TEMPLATES)],
         "requests.storage: 30Gi", "40Gi"),
        ([deployment()], "count/widgets.example.com: 0", ""),
        ([deployment()], "pods: many", ""),
    ],
)  # fmt: skip
def test_what_a_namespace_asks_for(texts: list[str], hard: str, asked: str) -> None:
    findings = found("quota-exceeded", *texts, quota(hard))
    assert [each.message.split(" ask for ")[1].split(" of ")[0] for each in findings] == (
        [asked] if asked else []
    )


def test_a_quota_of_a_scope_counts_some_of_the_pods_and_nobody_knows_which() -> None:
    scoped = quota("pods: 0", "scopes: [BestEffort]")
    assert not found("quota-exceeded", deployment(), scoped)
    assert not found("quota-needs-resources", deployment(), quota("cpu: 1", "scopes: [BestEffort]"))


def test_what_a_quota_counts_must_be_said() -> None:
    needs, init = "quota-needs-resources", "initContainers: [{name: init, image: 'init:1'}]"
    assert message(needs, deployment(), quota("requests.cpu: 4")) == (
        "container web has no requests.cpu, and ResourceQuota/all counts it: its pods are refused"
    )
    assert not found(needs, deployment(CPU), quota("cpu: 4"))
    assert found(needs, deployment(CPU), quota("limits.cpu: 4"))
    assert found(needs, deployment(CPU, pod=init), quota("cpu: 4"))
    assert not found(needs, deployment(), quota("pods: 4"))
    assert not found(needs, deployment(), quota("cpu: 4"), limit_range("max: {cpu: 1}"))
    assert not found(needs, deployment(pod="resources: {limits: {cpu: 1}}"), quota("cpu: 4"))


@pytest.mark.parametrize(
    ("spec", "hard", "is_stuck"),
    [
        ("replicas: 3", "cpu: 300m", True),  # 25 % of 3 rounds down to 0
        ("replicas: 3", "cpu: 400m", False),
        ("replicas: 3", "pods: 3", True),
        ("replicas: 4", "cpu: 400m", False),  # one may go first
        ("replicas: 4", "cpu: 399m", False),  # that is exceeded, which is another rule
        ("replicas: 3\nstrategy: {type: Recreate}", "cpu: 300m", False),
        ("replicas: 3\nstrategy: {rollingUpdate: {maxUnavailable: 1}}", "cpu: 300m", False),
        ("replicas: 9\nstrategy: {rollingUpdate: {maxUnavailable: 0}}", "cpu: 900m", True),
        ("replicas: 3", "services: 0", False),
        ("replicas: 3\nserviceName: web", "pods: 3", False),
    ],
)
def test_a_rollout_needs_room_for_its_first_new_pod(
    spec: str, hard: str, *, is_stuck: bool
) -> None:
    kind = "StatefulSet" if "serviceName" in spec else "Deployment"
    web = deployment(CPU, spec=spec, kind=kind)
    assert bool(found("quota-without-surge", web, quota(hard))) is is_stuck
    assert not found("quota-without-surge", web, quota(hard, "scopes: [NotBestEffort]"))


def test_the_room_is_told_in_figures() -> None:
    (finding,) = found(
        "quota-without-surge", deployment(CPU, spec="replicas: 3"), quota("cpu: 350m")
    )
    assert finding.message == (
        "a rollout of Deployment/web needs 100m of cpu for its first new pod, and 50m of 350m are"
        " left"
    )
    assert finding.advice.startswith("raise it to 400m")


@pytest.mark.parametrize(
    ("hard", "said"),
    [
        ("cpu: 400m", "with the 5 replicas that HorizontalPodAutoscaler/web may ask for, 500m of"
                      " cpu are needed, and there are 400m"),
        ("cpu: 500m", ""),
        ("cpu: 100m", ""),  # that is exceeded already
        ("pods: 4", "with the 5 replicas that HorizontalPodAutoscaler/web may ask for, 5 of pods"
                    " are needed, and there are 4"),
        ("services: 0", ""),
    ],
)  # fmt: skip
def test_an_autoscaler_grows_as_far_as_the_quota(hard: str, said: str) -> None:
    rule = "quota-below-autoscaler"
    messages = [each.message for each in found(rule, deployment(CPU), autoscaler(), quota(hard))]
    assert messages == ([said] if said else [])
    assert not found(rule, deployment(CPU, spec="replicas: 9"), quota(hard))
    scoped = quota(hard, "scopes: [NotBestEffort]")
    assert not found(rule, deployment(CPU), autoscaler(), scoped)


@pytest.mark.parametrize(
    ("limits", "resources", "is_found"),
    [
        ("max: {cpu: 1}", "limits: {cpu: 2}", True),
        ("max: {cpu: 1}", "requests: {cpu: 2}", True),
        ("min: {cpu: 100m}", "requests: {cpu: 50m}", True),
        ("min: {cpu: 100m}", "limits: {cpu: 50m}", True),
        ("min: {cpu: 100m}, max: {cpu: 1}", "requests: {cpu: 100m}, limits: {cpu: 1}", False),
        ("default: {memory: 512Mi}", "requests: {memory: 1Gi}", True),
        ("default: {memory: 512Mi}", "requests: {memory: 1Gi}, limits: {memory: 2Gi}", False),
        ("default: {memory: 2Gi}", "requests: {memory: 1Gi}", False),
        ("max: {cpu: 1}", "limits: {cpu: a lot}", False),
    ],
)
def test_ranges(limits: str, resources: str, *, is_found: bool) -> None:
    web = deployment(f"resources: {{{resources}}}")
    assert bool(found("outside-limit-range", web, limit_range(limits))) is is_found


def test_a_range_of_another_namespace_or_of_claims_says_nothing_of_containers() -> None:
    web = deployment("resources: {limits: {cpu: 2}}")
    bounds = limit_range("max: {cpu: 1}")
    assert found("outside-limit-range", web, bounds)
    elsewhere = bounds.replace("name: all", "name: all, namespace: other")
    assert not found("outside-limit-range", web, elsewhere)
    assert not found("outside-limit-range", web, bounds.replace("Container", "Pod"))


def test_requests_that_somebody_else_sets_are_not_missing() -> None:
    missing, init = "requests-missing", "initContainers: [{name: init, image: 'init:1'}]"
    full = "resources: {requests: {cpu: 1, memory: 1Gi}}"
    assert message(missing, deployment(CPU)) == "container web requests no memory"
    assert not found(missing, deployment(full, pod=init))
    assert not found(missing, deployment(), limit_range("defaultRequest: {cpu: 1, memory: 1Mi}"))
    assert found(missing, deployment(), limit_range("defaultRequest: {cpu: 1}"))
    vertical = (
        "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: web}\n"
        "spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}%s}\n"
    )
    assert not found(missing, deployment(), vertical % "")
    assert found(missing, deployment(), vertical % ", updatePolicy: {updateMode: 'Off'}")
