"""Reading pods and Services."""

from typing import Any

import pytest

from seatrial.api import pods, services
from seatrial.api.requests import effective_limits, effective_requests

READY_AT = "1970-01-01T00:01:40Z"  # 100 s


def pod(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a"}]} | spec}


def ready(status: str = "True") -> dict[str, Any]:
    condition = {"type": "Ready", "status": status, "lastTransitionTime": READY_AT}
    return pod() | {"status": {"conditions": [condition], "phase": "Running"}}


def test_readiness_and_availability() -> None:
    assert pods.is_pod_ready(ready())
    assert not pods.is_pod_ready(ready("False"))
    assert pods.ready_since_s(ready()) == 100.0
    assert pods.ready_since_s(pod()) is None
    assert pods.is_pod_available(ready(), 0, 100)
    assert not pods.is_pod_available(ready(), 10, 109)
    assert pods.is_pod_available(ready(), 10, 110)
    assert not pods.is_pod_available(ready("False"), 0, 1000)
    assert pods.available_in_s(ready(), 10, 104) == 6.0
    assert pods.available_in_s(pod(), 10, 104) is None


def test_grace() -> None:
    assert pods.grace_period_s(pod()) == 30
    assert pods.grace_period_s(pod(terminationGracePeriodSeconds=0)) == 0
    dying = pod(terminationGracePeriodSeconds=60)
    dying["metadata"]["deletionGracePeriodSeconds"] = 5
    assert pods.grace_period_s(dying) == 5


def test_small_questions() -> None:
    whole = pod(initContainers=[{"name": "i"}, {"name": "s", "restartPolicy": "Always"}])
    whole["status"] = {
        "phase": "Succeeded",
        "podIP": "10.0.0.1",
        "containerStatuses": [{"name": "a", "restartCount": 2}],
        "initContainerStatuses": [{"name": "i"}],
    }
    assert [each["name"] for each in pods.sidecars_of(whole)] == ["s"]
    assert set(pods.status_by_container(whole)) == {"a", "i"}
    assert pods.restarts_of(whole) == 2
    assert pods.pod_ips(whole) == ["10.0.0.1"]
    assert pods.pod_ips(pod()) == []
    assert pods.is_terminal(whole)
    assert not pods.is_active(whole)
    assert pods.is_active(pod())
    assert pods.phase_of(pod()) == "Pending"


def test_who_goes_first() -> None:
    def made(name: str, **more: Any) -> dict[str, Any]:
        made = ready()
        made["metadata"] = {"name": name, "creationTimestamp": READY_AT} | more
        made["spec"]["nodeName"] = "n"
        return made

    unassigned, unready, cheap = made("unassigned"), made("unready"), made("cheap")
    del unassigned["spec"]["nodeName"]
    unready["status"]["conditions"][0]["status"] = "False"
    cheap["metadata"]["annotations"] = {pods.DELETION_COST: "-5"}
    crowded, young, old = made("crowded"), made("young"), made("old")
    young["metadata"]["creationTimestamp"] = "1970-01-01T00:03:00Z"
    order = pods.deletion_order(lambda each: int(each["metadata"]["name"] == "crowded"))
    everyone = [old, young, crowded, cheap, unready, unassigned]
    names = [each["metadata"]["name"] for each in sorted(everyone, key=order)]
    assert names == ["unassigned", "unready", "cheap", "crowded", "young", "old"]


@pytest.mark.parametrize(
    ("text", "cost"), [("7", 7), ("-7", -7), ("", 0), ("x", 0), ("01", 0), ("9999999999", 0)]
)
def test_deletion_cost(text: str, cost: int) -> None:
    priced = {"metadata": {"annotations": {pods.DELETION_COST: text}}}
    assert pods.deletion_cost(priced) == cost


@pytest.mark.parametrize(
    ("resources", "qos"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1"}}, "Guaranteed"),
        ({"limits": {"cpu": "1", "memory": "2"}, "requests": {"memory": "1"}}, "Burstable"),
    ],
)
def test_quality_of_service(resources: dict[str, Any], qos: str) -> None:
    assert pods.qos_class(pod(containers=[{"name": "a", "resources": resources}])) == qos


def asks(name: str, cpu: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "resources": {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}}} | more


def test_effective_requests() -> None:
    main = [asks("a", "1"), asks("b", "500m"), {"name": "c"}]
    assert str(effective_requests(pod(containers=main))["cpu"]) == "1500m"
    init = [asks("i", "4"), asks("s", "1", restartPolicy="Always"), asks("j", "2")]
    assert str(effective_requests(pod(containers=main, initContainers=init))["cpu"]) == "4"
    late = [asks("s", "3", restartPolicy="Always"), asks("j", "2")]
    assert str(effective_limits(pod(containers=main, initContainers=late))["cpu"]) == "5"
    overhead = effective_requests(pod(containers=main, overhead={"cpu": "1", "memory": "1Mi"}))
    assert {name: str(amount) for name, amount in overhead.items()} == {
        "cpu": "2500m", "memory": "1Mi"
    }  # fmt: skip
    asked = effective_requests(pod(containers=main, resources={"requests": {"cpu": "9"}}))
    assert str(asked["cpu"]) == "9"
    assert effective_requests(pod()) == {}


def test_services() -> None:
    web = pod(
        containers=[{"name": "a", "ports": [{"name": "http", "containerPort": 8080}]}],
        initContainers=[
            {"name": "s", "restartPolicy": "Always", "ports": [{"name": "m", "containerPort": 9}]},
            {"name": "i", "ports": [{"name": "lost", "containerPort": 1}]},
        ],
    )
    assert services.target_port({"port": 80, "targetPort": "http"}, web) == 8080
    assert services.target_port({"port": 80, "targetPort": "m"}, web) == 9
    assert services.target_port({"port": 80, "targetPort": "lost"}, web) is None
    assert services.target_port({"port": 80, "targetPort": "http", "protocol": "UDP"}, web) is None
    assert services.target_port({"port": 80, "targetPort": 8081}, web) == 8081
    assert services.target_port({"port": 80}, web) == 80
    assert services.target_port({}, web) is None
    headless = {"spec": {"clusterIP": "None", "publishNotReadyAddresses": True}}
    assert services.is_headless(headless)
    assert services.publishes_not_ready(headless)
    assert services.cluster_ip(headless) == ""
    plain = {"spec": {"clusterIP": "10.0.0.1", "selector": {"a": "b"}, "ports": [{"port": 1}]}}
    assert services.cluster_ip(plain) == "10.0.0.1"
    assert services.selector_of(plain) == {"a": "b"}
    assert services.ports_of(plain) == [{"port": 1}]
