"""A voyage against an API server in memory: what it makes, what it cannot have, what it leaves."""

from dataclasses import replace

from seatrial.api.kinds import ENDPOINT_PROPAGATION_DELAY, NAMESPACE
from seatrial.client.client import ApiClient
from seatrial.client.transport.scripted import ScriptedTransport
from seatrial.kit.tasks import Tasks
from seatrial.trials.application import Application
from seatrial.trials.deck import Waters
from seatrial.trials.evidence.sources import Journals
from seatrial.trials.runner import Voyage
from seatrial.trials.scenario import HoldBack, Scenario, in_order
from seatrial.trials.settings import Settings
from seatrial.trials.subject import Subject

SCENARIO = Scenario(name="calm", next_steps=in_order(HoldBack(5.0)), judged=("idle",))


async def test_a_cluster_that_cannot_hold_back_is_sailed_without(subject: Subject) -> None:
    client, tasks = ApiClient(ScriptedTransport()), Tasks("test")
    said: list[str] = []
    voyage = Voyage(
        Waters(client, Journals(client, tasks), "driver:1"),
        Application("shop", (), Settings()),
        subject=replace(subject, target=None),
        scenario=SCENARIO,
        tell=lambda words, _sent, _lost: said.append(words),
    )
    await voyage.sail()
    assert said == ["start the application", "delay endpoint propagation by 5 s"]
    (note,) = [entry.facts["text"] for entry in voyage.book.entries if entry.kind == "note"]
    assert note == (
        f"calm went without a delay: this cluster has no {ENDPOINT_PROPAGATION_DELAY.plural}"
    )
    steps = [entry.facts for entry in voyage.book.entries if entry.kind == "step"]
    assert [step["step"] for step in steps] == ["measure", "end"]
    assert steps[0]["judged"] == ["idle"]
    assert (await client.list(NAMESPACE)).items == []
    await client.aclose()
