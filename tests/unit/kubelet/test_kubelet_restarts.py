"""Restart policies and back-offs: the delays themselves, and a crash loop in exact virtual time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from kubelet_world import pod, running_world

from seatrial.kubelet.aftermath import after_end, after_refusal
from seatrial.kubelet.containers import ContainerShape, ContainerState, Role, Termination
from seatrial.kubelet.durations import go_duration
from seatrial.kubelet.errors import ImageRefusal
from seatrial.kubelet.restarts import restarts
from seatrial.testing.fakes.runtime import Behaviour

POD = {"metadata": {"name": "web", "namespace": "shop", "uid": "u-1"}}


def shape(policy: str = "Always", **wire: Any) -> ContainerShape:
    return ContainerShape("web", Role.MAIN, policy, {"name": "web", "image": "web:1", **wire})


@pytest.mark.parametrize(
    ("policy", "code", "wanted"),
    [
        ("Always", 0, True),
        ("Always", 1, True),
        ("OnFailure", 0, False),
        ("OnFailure", 1, True),
        ("Never", 1, False),
    ],
)
def test_restart_policies(policy: str, code: int, wanted: bool) -> None:
    assert restarts(shape(policy), code) is wanted


def test_restart_policy_rules_come_before_the_policy() -> None:
    rule = {"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}
    ruled = shape("Never", restartPolicyRules=[rule])
    assert restarts(ruled, 42)
    assert not restarts(ruled, 1)


def test_the_back_off_doubles_to_five_minutes_and_is_forgotten_after_ten() -> None:
    state, now, delays = ContainerState(), 1000.0, []
    for ran_s in (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 601.0, 1.0):
        now += ran_s
        ended = Termination(1, "Error", started_at=now - ran_s, finished_at=now)
        aftermath = after_end(POD, shape(), state, ended, again=True)
        retry_at = aftermath.fields["retry_at"]
        delays.append(retry_at - now if retry_at else 0.0)
        state = ContainerState(crashes=aftermath.fields["crashes"])
    assert delays == [0, 10, 20, 40, 80, 160, 300, 300, 0, 10]


def test_the_words_of_a_back_off() -> None:
    ended = Termination(1, "Error", started_at=1.0, finished_at=2.0)
    got = after_end(POD, shape(), ContainerState(crashes=4), ended, again=True)
    assert got.fields["waiting_reason"] == "CrashLoopBackOff"
    assert got.fields["waiting_message"] == (
        "back-off 1m20s restarting failed container=web pod=web_shop(u-1)"
    )
    assert got.events == (
        ("Warning", "BackOff", "Back-off restarting failed container web in pod web_shop(u-1)"),
    )


def test_a_pull_that_fails_is_shown_twice() -> None:
    refusal = ImageRefusal("no route", reason="ErrImagePull")
    got = after_refusal(shape(), ContainerState(image_failures=1), refusal, now=100.0)
    assert got.fields["waiting_reason"] == "ErrImagePull"
    assert got.fields["retry_at"] == 120.0
    assert got.later is not None
    assert got.later.reason == "ImagePullBackOff"
    assert got.later.message == 'Back-off pulling image "web:1": ErrImagePull: no route'


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.308, "308ms"), (1.5, "1.5s"), (10, "10s"), (80, "1m20s"), (300, "5m0s"),
     (3661, "1h1m1s")],
)  # fmt: skip
def test_durations_as_go_prints_them(seconds: float, text: str) -> None:
    assert go_duration(seconds) == text


async def test_a_crash_loop_keeps_its_times(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        world.runtime.behave("web", Behaviour(exits_after_s=0.0, exit_code=1))
        loop = asyncio.get_running_loop()
        begun_at = loop.time()
        times: list[int] = []

        def has_started_seven_times() -> bool:
            starts = sum(call.method == "start" for call in world.runtime.calls)
            while len(times) < starts:
                times.append(round(loop.time() - begun_at))
            return starts >= 7

        await world.create(pod())
        await world.api.until(has_started_seven_times)
        assert times == [0, 0, 10, 30, 70, 150, 310]
