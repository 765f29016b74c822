"""Every way to lose a request has its own explanation, with figures."""

import pytest

from seatrial.findings.model import Cause
from seatrial.testing.stories import Story
from seatrial.trials.checks.lost_requests import account
from seatrial.trials.explain import explain_each, gather
from seatrial.trials.sentences import SENTENCES, Reason, seconds, tell
from seatrial.trials.subject import Subject

A, B = "10.244.0.10", "10.244.0.11"


def running(story: Story, name: str = "web-a", ip: str = A) -> None:
    """A pod that has long been serving."""
    story.pod(0.1, name, ip)
    story.start(0.2, name)
    story.ready(0.3, name)
    story.rules(0.4, [ip])
    story.ask(0.9, ip)
    story.step(1.0, "measure")


def causes(story: Story) -> tuple[Cause, ...]:
    world = story.world
    return gather(explain_each(world, world.requests))


def test_refused_before_the_server_listened(story: Story) -> None:
    running(story)
    story.pod(2.0, "web-b", B)
    story.start(2.1, "web-b")
    story.ready(2.11, "web-b")
    story.rules(2.2, [A, B])
    story.ask(2.3, B, "refused")
    story.ask(2.6, B, "refused")
    story.ask(2.9, B)
    (cause,) = causes(story)
    assert cause.key == "before-listening"
    assert (cause.outcome, cause.connection, cause.count) == ("refused", "new", 2)
    assert "pod web-b" in cause.cause
    assert "0.20 s to 0.50 s after the container had started" in cause.cause
    assert "up to 0.60 s before its server first took a connection" in cause.cause
    assert "no readiness probe" in cause.cause


def test_a_probe_that_passes_too_early_is_named() -> None:
    story = Story(probe=True)
    running(story)
    story.pod(2.0, "web-b", B)
    story.start(2.1, "web-b")
    story.ask(2.3, B, "refused")
    story.ask(2.9, B)
    (cause,) = causes(story)
    assert cause.key == "before-listening-probed"


def test_refused_after_the_listener_closed_while_still_in_the_rules(story: Story) -> None:
    running(story)
    story.delete(3.0, "web-a")
    story.signal(3.01, "web-a")
    story.close(3.013, "web-a")
    story.exit(3.02, "web-a")
    story.ask(3.2, A, "refused")
    story.ask(3.9, A, "refused")
    story.rules(4.033, [])
    (cause,) = causes(story)
    assert cause.key == "stopped-before-rules"
    assert cause.count == 2
    assert "the listener closed 3 ms later" in cause.cause
    assert "went on sending there for 1.02 s more" in cause.cause


def test_cut_in_flight_when_the_process_ended(story: Story) -> None:
    running(story)
    story.ask(2.99, A, "reset", took_s=0.03, established=True)
    story.delete(3.0, "web-a")
    story.signal(3.01, "web-a")
    story.exit(3.02, "web-a")
    (cause,) = causes(story)
    assert cause.key == "cut-at-exit"
    assert "(10 ms after SIGTERM)" in cause.cause


def test_cut_while_the_process_was_still_shutting_down(story: Story) -> None:
    running(story)
    story.delete(3.0, "web-a")
    story.signal(3.0, "web-a")
    story.ask(3.1, A, "EOF", established=True)
    story.exit(5.0, "web-a")
    (cause,) = causes(story)
    assert cause.key == "cut-while-stopping"


def test_cut_by_sigkill_at_the_end_of_the_grace_period(story: Story) -> None:
    running(story)
    story.delete(3.0, "web-a", grace_s=5)
    story.signal(3.0, "web-a")
    story.ask(7.9, A, "EOF", took_s=0.12, established=True)
    story.signal(8.0, "web-a", "SIGKILL")
    story.exit(8.01, "web-a", 137)
    (cause,) = causes(story)
    assert cause.key == "cut-by-kill"


def test_a_kept_alive_connection_is_known_by_the_port_it_was_opened_on(story: Story) -> None:
    running(story)
    story.ask(2.0, A, port=33_333)
    story.delete(3.0, "web-a")
    story.signal(3.0, "web-a")
    story.ask(3.0, A, "reset", took_s=0.01, connection="kept-alive", established=True, port=33_333)
    story.exit(3.01, "web-a")
    (cause,) = causes(story)
    assert (cause.connection, cause.key) == ("kept-alive", "cut-at-exit")
    assert "pod web-a" in cause.cause


def test_what_dies_with_a_killed_process_is_not_blamed(subject: Subject) -> None:
    story = Story(probe=True)
    running(story)
    story.step(3.0, "kill", pod="web-a", restarts=0)
    story.ask(2.998, A, "reset", took_s=0.01, established=True)
    story.exit(3.005, "web-a", 137)
    story.ask(3.1, A, "refused")
    story.ready(3.02, "web-a", is_ready=False)
    story.start(3.03, "web-a", restarts=1)
    story.ask(3.4, A, "refused")
    story.rules(3.9, [])
    story.ask(4.5, A)
    losses = account(story.world, subject)
    assert losses.counts.lost == 0
    assert losses.counts.excused == 3
    assert {cause.key for cause in losses.causes} == {"crash-in-flight", "crash-window"}


def test_what_is_lost_after_a_restart_is_blamed(story: Story, subject: Subject) -> None:
    running(story)
    story.step(3.0, "kill", pod="web-a", restarts=0)
    story.exit(3.005, "web-a", 137)
    story.ready(3.006, "web-a", is_ready=False)
    story.start(3.03, "web-a", restarts=1)
    story.ready(3.04, "web-a")
    story.ask(3.4, A, "refused")
    story.ask(4.5, A)
    losses = account(story.world, subject)
    assert losses.counts.lost == 1
    assert losses.keys == ("before-listening-again",)


def test_nobody_to_send_it_to(story: Story) -> None:
    running(story)
    story.ready(3.0, "web-a", is_ready=False)
    story.rules(3.1, [])
    story.ask(3.2, "", "refused")
    (cause,) = causes(story)
    assert cause.key == "no-endpoints"
    assert "1 pod not Ready" in cause.cause


def test_a_wrong_answer_names_the_state_of_its_pod(story: Story) -> None:
    running(story)
    story.ask(2.0, A, "5xx", established=True, detail="status 503", status=503)
    (cause,) = causes(story)
    assert cause.key == "answered"
    assert "status 503 while the pod was Ready" in cause.cause


def test_a_crash_by_itself(story: Story) -> None:
    running(story)
    story.exit(3.0, "web-a", 1)
    story.ask(3.2, A, "refused")
    (cause,) = causes(story)
    assert cause.key == "down"
    assert "exit code 1" in cause.cause


def test_an_idle_close_that_crosses_a_request(story: Story) -> None:
    running(story)
    story.ask(2.0, A, port=33_333)
    story.ask(3.0, A, "EOF", connection="kept-alive", established=True, port=33_333)
    (cause,) = causes(story)
    assert cause.key == "idle-close"


def test_patience_that_ended(story: Story) -> None:
    running(story)
    story.ask(2.0, A, "timeout", took_s=5.0, established=True)
    (cause,) = causes(story)
    assert cause.key == "no-answer"
    assert "no answer within 5.00 s while the pod was Ready" in cause.cause


def test_without_a_journal_the_time_tells_what_it_can() -> None:
    story = Story(journal=False)
    running(story)
    story.delete(3.0, "web-a")
    story.ask(3.1, "", "refused")
    (cause,) = causes(story)
    assert cause.key == "near-stop"
    assert "nobody saw which pod" in cause.cause
    assert "web-a" in cause.cause


def test_what_nothing_explains_is_said_to_be_unexplained() -> None:
    story = Story(journal=False)
    running(story)
    story.ask(9.0, "", "refused")
    (cause,) = causes(story)
    assert cause.key == "unexplained"


@pytest.mark.parametrize("key", SENTENCES)
def test_every_sentence_stands_even_when_little_was_seen(key: str) -> None:
    text = tell(key, [Reason(key, ("web-a",), words="words")])
    assert text
    assert "  " not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 ms"), (0.0042, "4 ms"), (0.0999, "0.10 s"), (1.018, "1.02 s"), (12.34, "12.3 s")],
)
def test_seconds_for_people(value: float, text: str) -> None:
    assert seconds(value) == text


def test_a_connection_that_knocked_for_seconds_met_the_pod_at_its_last_knock(
    story: Story, subject: Subject
) -> None:
    running(story)
    story.step(3.0, "kill", pod="web-a", restarts=0)
    story.exit(3.005, "web-a", 137)
    story.ready(3.01, "web-a", is_ready=False)
    story.rules(3.02, [])
    story.ask(9.5, A, "refused", took_s=3.7)
    story.start(13.0, "web-a", restarts=1)
    story.ready(13.01, "web-a")
    story.rules(13.1, [A])
    story.ask(14.0, A)
    losses = account(story.world, subject)
    assert losses.keys == ("before-listening-again",)
    assert losses.counts.excused == 0
