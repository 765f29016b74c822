"""Pods and jobs: what the API server's objects and refusals say."""

from typing import Any

import pytest

from seatrial.waiter.objects import (
    WatchEnded,
    judge_event,
    judge_job,
    judge_list,
    judge_pod,
    judge_status,
    list_path,
    watch_path,
)
from seatrial.waiter.targets import Object
from seatrial.waiter.verdicts import READY, Verdict, never, not_yet

POD = Object("pod/db-0", "pod", "shop", "db-0")
JOB = Object("job/migrate", "job", "shop", "migrate")


def conditions(**states: str) -> list[dict[str, str]]:
    return [{"type": name, "status": status} for name, status in states.items()]


@pytest.mark.parametrize(
    ("pod", "verdict"),
    [
        ({"status": {"phase": "Running", "conditions": conditions(Ready="True")}}, READY),
        ({}, not_yet("Pending")),
        ({"status": {"phase": "Running", "conditions": conditions(Ready="False")}},
         not_yet("Running")),
        ({"status": {"phase": "Running", "conditions": [
            {"type": "Ready", "status": "False", "message": "containers with unready status: [m]"}],
            "containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}] * 2}},
         not_yet("Running, CrashLoopBackOff: containers with unready status: [m]")),
        ({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"},
          "status": {"phase": "Running", "conditions": conditions(Ready="True")}},
         not_yet("it is being deleted")),
        ({"status": {"phase": "Succeeded"}}, never("it has ended (Succeeded)")),
        ({"metadata": {"ownerReferences": [{"kind": "StatefulSet"}]},
          "status": {"phase": "Failed"}}, not_yet("it has ended (Failed)")),
    ],
)  # fmt: skip
def test_a_pod_says(pod: dict[str, Any], verdict: Verdict) -> None:
    assert judge_pod(pod) == verdict


@pytest.mark.parametrize(
    ("job", "verdict"),
    [
        ({"status": {"conditions": conditions(Complete="True")}}, READY),
        ({"status": {"conditions": conditions(SuccessCriteriaMet="True"), "succeeded": 1}},
         not_yet("pods: active 0, succeeded 1, failed 0")),
        ({"status": {"active": 1}}, not_yet("pods: active 1, succeeded 0, failed 0")),
        ({"status": {"conditions": [{"type": "Failed", "status": "True",
                                     "message": "backoff limit reached"}]}},
         never("it has failed: backoff limit reached")),
        ({"spec": {"suspend": True}}, not_yet("it is suspended")),
        ({}, not_yet("pods: active 0, succeeded 0, failed 0")),
    ],
)  # fmt: skip
def test_a_job_says(job: dict[str, Any], verdict: Verdict) -> None:
    assert judge_job(job) == verdict


def test_one_object_is_listed_and_watched() -> None:
    listed = "/apis/batch/v1/namespaces/shop/jobs?fieldSelector=metadata.name%3Dmigrate"
    assert list_path(JOB) == listed
    assert watch_path(JOB, "7") == f"{listed}&watch=1&resourceVersion=7&timeoutSeconds=120"


def test_a_list_without_the_object_says_so() -> None:
    found = {"metadata": {"resourceVersion": "7"}, "items": []}
    assert judge_list(POD, found) == (not_yet("there is no such pod in namespace shop"), "7")


def test_a_watch_event_says() -> None:
    ready = {"status": {"conditions": conditions(Ready="True")}}
    assert judge_event(POD, {"type": "MODIFIED", "object": ready}) == READY
    assert judge_event(POD, {"type": "DELETED", "object": ready}) == not_yet("it was deleted")
    with pytest.raises(WatchEnded, match="too old"):
        judge_event(POD, {"type": "ERROR", "object": {"code": 410, "message": "too old"}})


def test_a_refusal_names_the_role_that_is_missing() -> None:
    verdict = judge_status(JOB, 403, {"message": "jobs.batch is forbidden"})
    assert verdict == not_yet(
        "jobs.batch is forbidden; it needs a Role in namespace shop with apiGroups ['batch'], "
        "resources [jobs], resourceNames [migrate], verbs [list, watch] "
        "(`seatrial wait --manifest` prints it)"
    )


def test_other_refusals_say_what_the_server_says() -> None:
    assert judge_status(JOB, 404, {}) == not_yet("the API server has no jobs (/apis/batch/v1)")
    assert judge_status(POD, 401, {"message": "Unauthorized"}) == not_yet("Unauthorized")
    assert judge_status(POD, 500, {}) == not_yet("the API server answers with status 500")
