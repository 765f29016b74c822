"""What is put to trial, and the traffic that is derived from Services and probes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from seatrial.trials.advice import advise
from seatrial.trials.errors import SettingsError
from seatrial.trials.settings import DriverProgram, TrafficSettings
from seatrial.trials.subject import Subject, derive_target
from seatrial.trials.traffic.plan import (
    ANY_STATUS,
    driver_config_map,
    driver_grace_s,
    driver_pod,
    in_flight_lanes,
    lanes_of,
    target_wire,
)


def deployment(**container: Any) -> dict[str, Any]:
    labels = {"app": "web", "tier": "front"}
    sidecar = {"name": "log"}
    web = {"name": "web", "ports": [{"name": "http", "containerPort": 8080}], **container}
    spec = {"containers": [sidecar, web]}
    return {
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": spec}},
    }


def service(**spec: Any) -> dict[str, Any]:
    whole = {
        "selector": {"app": "web"},
        "ports": [
            {"port": 53, "protocol": "UDP"},
            {"name": "web", "port": 80, "targetPort": "http"},
            {"name": "admin", "port": 81, "targetPort": 8081},
        ],
        **spec,
    }
    return {"kind": "Service", "metadata": {"name": "web"}, "spec": whole}


def test_the_first_tcp_port_and_the_readiness_path() -> None:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}}
    target = derive_target(deployment(readinessProbe=probe), [service()], ())
    assert target is not None
    assert (target.service, target.port, target.path) == ("web", 80, "/healthz")
    assert target.status_below == 400


def test_without_a_probe_any_answer_below_500_is_well() -> None:
    target = derive_target(deployment(), [service()], ())
    assert target is not None
    assert (target.path, target.status_below) == ("/", 500)
    wire = target_wire(target, "web", "10.96.0.7", lanes_of(target))
    assert wire["expect_status"] == list(ANY_STATUS)


def test_the_liveness_path_is_the_second_choice() -> None:
    probe = {"httpGet": {"path": "/live", "port": 8080}}
    target = derive_target(deployment(livenessProbe=probe), [service()], ())
    assert target is not None
    assert target.path == "/live"


def test_settings_come_first() -> None:
    settings = TrafficSettings(service="web", port="admin", path="/a", expect_status=(204,))
    target = derive_target(deployment(), [service()], (settings,))
    assert target is not None
    assert (target.port, target.path) == (81, "/a")
    assert target_wire(target, "web", "h", ())["expect_status"] == [204]


def test_a_port_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingsError, match="is no TCP port of Service web"):
        derive_target(deployment(), [service()], (TrafficSettings(port=99),))


@pytest.mark.parametrize("spec", [{"selector": {"app": "other"}}, {"selector": {}}, {"ports": []}])
def test_no_service_that_selects_it_means_no_traffic(spec: dict[str, Any]) -> None:
    assert derive_target(deployment(), [service(**spec)], ()) is None


def test_the_rate_is_shared_between_new_and_kept_alive_connections() -> None:
    target = derive_target(deployment(), [service()], (TrafficSettings(rate_per_s=40),))
    assert target is not None
    assert lanes_of(target) == [
        {"kind": "new", "rate_per_s": 30.0},
        {"kind": "kept-alive", "rate_per_s": 10.0, "connections": 6},
    ]


def test_many_requests_need_many_kept_connections() -> None:
    target = derive_target(
        deployment(), [service()], (TrafficSettings(rate_per_s=700, kept_alive_share=0.5),)
    )
    assert target is not None
    assert lanes_of(target)[1] == {"kind": "kept-alive", "rate_per_s": 350.0, "connections": 35}


def test_what_is_under_way_for_long_is_what_was_declared() -> None:
    for settings, kinds in (
        (TrafficSettings(), ["new", "kept-alive", "silent", "half-sent"]),
        (
            TrafficSettings(slow_path="/s"),
            ["new", "kept-alive", "silent", "half-sent", "in-flight"],
        ),
        (
            TrafficSettings(upload_path="/u"),
            ["new", "kept-alive", "silent", "half-sent", "slow-body"],
        ),
    ):
        target = derive_target(deployment(), [service()], (settings,))
        assert target is not None
        assert [lane["kind"] for lane in in_flight_lanes(target)] == kinds


def test_a_driver_of_ones_own_runs_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import driver\n")
    own = DriverProgram(("/opt/python",), tmp_path / "mine.py")
    data = driver_config_map([], 5.0, own)["data"]
    assert data["mine.py"] == "import driver\n"
    assert "class Driver" in data["driver.py"]
    (container,) = driver_pod("image:1", own=own)["spec"]["containers"]
    assert container["command"] == ["/opt/python", "/seatrial/mine.py", "/seatrial/plan.json"]
    (container,) = driver_pod("image:1")["spec"]["containers"]
    assert container["command"] == ["python3", "/seatrial/driver.py", "/seatrial/plan.json"]


def test_the_driver_may_end_as_late_as_its_most_patient_request() -> None:
    assert driver_grace_s([{"rate_per_s": 1}]) == 10
    assert driver_grace_s([{"rate_per_s": 1}, {"rate_per_s": 1, "timeout_s": 60.0}]) == 65


def test_a_missing_probe_is_advised_as_a_patch(subject: Subject) -> None:
    (advice,) = advise(("before-listening", "before-listening-again"), subject)
    patch = yaml.safe_load(advice.patch)
    (container,) = patch["spec"]["template"]["spec"]["containers"]
    assert container["name"] == "web"
    assert container["readinessProbe"]["httpGet"] == {"path": "/", "port": 8080}


def test_a_drain_window_is_advised_with_grace_that_holds_it(subject: Subject) -> None:
    slow = replace(subject, budgets=replace(subject.budgets, needed_drain_s=25.0))
    (advice,) = advise(("stopped-before-rules",), slow)
    spec = yaml.safe_load(advice.patch)["spec"]["template"]["spec"]
    assert spec["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": 28}}}
    assert spec["terminationGracePeriodSeconds"] == 38
    (fits,) = advise(("stopped-before-rules",), subject)
    assert "terminationGracePeriodSeconds" not in fits.patch


def test_causes_that_nobody_can_mend_get_no_advice(subject: Subject) -> None:
    assert advise(("unexplained", "crash-window"), subject) == ()
