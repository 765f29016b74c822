"""Events: counted, folded, never a flood, and written although the API stumbles."""

import asyncio
import logging

import pytest

from seatrial.api.kinds import EVENT
from seatrial.api.objects import Object
from seatrial.api.status import forbidden
from seatrial.client.client import ApiClient
from seatrial.client.correlation import BURST_EVENTS, SIMILAR_MAX
from seatrial.client.errors import TransportError, error_from
from seatrial.client.recorder import EventRecorder
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.testing.virtual_time import run_virtual


def pod(name: str = "web") -> Object:
    meta = {"name": name, "namespace": "x", "uid": f"uid-{name}", "resourceVersion": "7"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta}


def events_of(
    messages: list[str], *, transport: ScriptedTransport | None = None, pause_s: float = 1.0
) -> list[Object]:
    """The events after a pod had these happenings."""

    async def story() -> list[Object]:
        reached = transport or ScriptedTransport()
        recorder = EventRecorder(ApiClient(reached), "kubelet", host="n1")
        for message in messages:
            recorder.event(pod(), "Warning", "BackOff", message, field_path="spec.containers{c}")
            await asyncio.sleep(pause_s)
        await recorder.aclose()
        await reached.aclose()
        return reached.api.objects(EVENT)

    return run_virtual(story())


def test_an_event_as_kubectl_describes_it() -> None:
    (event,) = events_of(["Back-off"])
    assert event["involvedObject"] == {
        "apiVersion": "v1", "kind": "Pod", "namespace": "x", "name": "web", "uid": "uid-web",
        "resourceVersion": "7", "fieldPath": "spec.containers{c}",
    }  # fmt: skip
    assert event["source"] == {"component": "kubelet", "host": "n1"}
    assert (event["type"], event["reason"], event["message"]) == ("Warning", "BackOff", "Back-off")
    assert event["metadata"]["name"].startswith("web.")
    assert event["firstTimestamp"] == event["lastTimestamp"] == "2026-01-02T03:04:05Z"


def test_the_same_again_is_counted() -> None:
    (event,) = events_of(["Back-off"] * 3)
    assert event["count"] == 3
    assert event["firstTimestamp"] == "2026-01-02T03:04:05Z"
    assert event["lastTimestamp"] == "2026-01-02T03:04:07Z"


def test_an_event_that_was_swept_away_is_told_anew() -> None:
    async def story() -> list[Object]:
        transport = ScriptedTransport()
        recorder = EventRecorder(ApiClient(transport), "kubelet")
        recorder.event(pod(), "Normal", "Started", "Started container c")
        await asyncio.sleep(1)
        name = transport.api.objects(EVENT)[0]["metadata"]["name"]
        transport.api.remove(EVENT, f"x/{name}")
        recorder.event(pod(), "Normal", "Started", "Started container c")
        await recorder.aclose()
        await transport.aclose()
        return transport.api.objects(EVENT)

    assert [event["count"] for event in run_virtual(story())] == [1]


def test_many_that_differ_in_words_only_are_folded() -> None:
    events = events_of([f"failure {number}" for number in range(SIMILAR_MAX + 4)])
    assert len(events) == SIMILAR_MAX
    folded = [event for event in events if event["message"].startswith("(combined from")]
    assert [event["count"] for event in folded] == [5]


def test_a_flood_is_stopped_and_let_go_on_slowly() -> None:
    (event,) = events_of(["Back-off"] * 100, pause_s=0)
    assert event["count"] == BURST_EVENTS
    (event,) = events_of(["Back-off"] * (BURST_EVENTS + 3), pause_s=300)
    assert event["count"] == BURST_EVENTS + 3


def test_a_server_that_stumbles_gets_it_later() -> None:
    transport = ScriptedTransport()
    for _ in range(3):
        transport.fail_next(TransportError("reset"))
    assert len(events_of(["Back-off"], transport=transport)) == 1


def test_a_refusal_is_said_in_our_own_log(caplog: pytest.LogCaptureFixture) -> None:
    transport = ScriptedTransport()
    transport.fail_next(error_from(forbidden(EVENT, "web", "namespace is being terminated")))
    with caplog.at_level(logging.WARNING, logger="seatrial"):
        assert events_of(["Back-off"], transport=transport) == []
    assert [each.getMessage() for each in caplog.records] == ["event.dropped"]
