"""What is under way when SIGTERM comes: judged by `in-flight` and `keep-alive`, and explained."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.findings.model import Verdict
from seatrial.testing.stories import Story
from seatrial.trials.catalogue.in_flight import IN_FLIGHT
from seatrial.trials.catalogue.keep_alive import KEEP_ALIVE
from seatrial.trials.catalogue.registry import choose
from seatrial.trials.catalogue.sigterm import SIGTERM
from seatrial.trials.checks.drain_levels import levels_for
from seatrial.trials.explain import explain_each, gather
from seatrial.trials.scenario import AwaitGone, Delete, HoldBack
from seatrial.trials.subject import Subject
from seatrial.trials.verify import is_tried, left_out

A, B = "10.244.0.10", "10.244.0.11"


def serving(story: Story) -> None:
    """Two pods that have long been serving; web-a is deleted at 3.0, SIGTERM follows at 3.01."""
    for name, ip in (("web-a", A), ("web-b", B)):
        story.pod(0.1, name, ip)
        story.start(0.2, name)
        story.ready(0.3, name)
    story.rules(0.4, [A, B])
    story.ask(0.8, A)
    story.step(1.0, "measure")


def deleted(story: Story, *, exit_at: float = 5.0, code: int = 0) -> None:
    story.step(3.0, "delete", pod="web-a")
    story.delete(3.0, "web-a")
    story.signal(3.01, "web-a")
    story.exit(exit_at, "web-a", code)
    story.gone(exit_at + 0.05, "web-a")


def keys(story: Story) -> list[tuple[str, str]]:
    world = story.world
    causes = gather(explain_each(world, world.requests))
    return [(cause.key, cause.connection) for cause in causes]


def declared(subject: Subject, **settings: Any) -> Subject:
    assert subject.target is not None
    traffic = replace(subject.target.traffic, slow_path="/slow", **settings)
    return replace(subject, target=replace(subject.target, traffic=traffic))


@pytest.mark.parametrize("kind", ["silent", "half-sent", "slow-body"])
@pytest.mark.parametrize("outcome", ["EOF", "reset"])
def test_a_request_that_had_not_wholly_come(story: Story, kind: str, outcome: str) -> None:
    serving(story)
    story.ask(2.9, A, outcome, took_s=0.4, connection=kind, established=True)
    deleted(story)
    assert keys(story) == [("unread-at-stop", kind)]


def test_a_slow_answer_that_was_cut_is_in_flight(story: Story) -> None:
    serving(story)
    story.ask(2.0, A, "EOF", took_s=2.9, connection="in-flight", established=True)
    story.ask(2.0, A, "partial", took_s=3.0, connection="in-flight", established=True)
    deleted(story)
    assert sorted(keys(story)) == [
        ("cut-at-exit", "in-flight"),
        ("cut-while-stopping", "in-flight"),
    ]


def test_a_slow_answer_that_was_given_up_says_so(story: Story, subject: Subject) -> None:
    serving(story)
    story.ask(2.0, A, "5xx", took_s=2.9, connection="in-flight", status=500, established=True)
    deleted(story)
    finding = IN_FLIGHT.judge(declared(subject), story.world)
    assert [cause.key for cause in finding.causes] == ["answered-at-stop"]
    assert "finishing the requests in flight" in finding.advice[0].text


def test_an_idle_connection_that_was_closed_without_a_word(story: Story) -> None:
    serving(story)
    story.ask(2.5, A, port=33_333)
    deleted(story)
    story.ask(3.5, A, "EOF", connection="idle", established=True, port=33_333)
    (cause,) = gather(explain_each(story.world, story.world.requests))
    assert (cause.key, cause.connection) == ("idle-close-at-stop", "idle")
    assert "0.50 s after the deletion" in cause.cause
    assert "without having said `Connection: close`" in cause.cause


def test_an_idle_connection_that_was_closed_in_calm_weather(story: Story) -> None:
    serving(story)
    story.ask(1.5, A, port=33_333)
    story.ask(2.5, A, "EOF", connection="idle", established=True, port=33_333)
    assert keys(story) == [("idle-close", "idle")]


def test_what_waits_in_the_backlog_until_it_is_reset(story: Story) -> None:
    serving(story)
    story.ask(3.5, A, "reset", took_s=1.5, established=True)
    story.ask(3.6, A, "reset", took_s=1.3, connection="half-sent", established=True)
    deleted(story)
    story.close(4.9, "web-a")
    (cause,) = gather(explain_each(story.world, story.world.requests))
    assert (cause.key, cause.connection, cause.count) == ("left-in-backlog", "backlog", 2)
    assert "never accepted" in cause.cause
    assert "closed, 1.89 s after SIGTERM" in cause.cause


def test_in_flight_passes_when_all_of_it_is_answered(story: Story, subject: Subject) -> None:
    serving(story)
    story.ask(2.5, A, took_s=1.5, connection="in-flight")
    story.ask(2.9, B, took_s=1.5, connection="in-flight")
    story.ask(3.5, B)
    deleted(story)
    finding = IN_FLIGHT.judge(declared(subject), story.world)
    assert finding.verdict is Verdict.PASS
    assert finding.summary == "lost 0 of 3 requests; 1 in flight at a deletion"
    expected = {"sent": 3, "lost": 0, "in_flight_at_deletion": 1, "in_flight": 2, "new": 1}
    assert expected.items() <= finding.figures.items()
    assert finding.figures["exit_codes"] == (0.0,)
    assert finding.figures["slowest_exit_s"] == pytest.approx(1.99)


def test_in_flight_fails_when_some_of_it_is_cut(story: Story, subject: Subject) -> None:
    serving(story)
    story.ask(2.5, A, "EOF", took_s=0.6, connection="in-flight", established=True)
    deleted(story)
    finding = IN_FLIGHT.judge(declared(subject), story.world)
    assert finding.verdict is Verdict.FAIL
    assert "finishing the requests in flight" in finding.advice[0].text


@pytest.mark.parametrize(("requests_min", "told"), [(0, "none in flight"), (9, "; 9 were wanted")])
def test_in_flight_knows_nothing_when_nothing_was_under_way_or_too_little_asked(
    story: Story, subject: Subject, requests_min: int, told: str
) -> None:
    serving(story)
    story.ask(2.0, B)
    if requests_min:
        story.ask(2.5, A, took_s=1.5, connection="in-flight")
    deleted(story)
    finding = IN_FLIGHT.judge(declared(subject, requests_min=requests_min), story.world)
    assert finding.verdict is Verdict.UNKNOWN
    assert told in finding.summary


def test_pods_are_deleted_until_enough_was_asked(story: Story, subject: Subject) -> None:
    asking = declared(subject, requests_min=2)
    serving(story)
    first = IN_FLIGHT.scenario.next_steps(asking, story.world, 0)
    assert HoldBack(subject.budgets.needed_drain_s) in first
    assert Delete() in first
    assert AwaitGone(subject.grace_period_s + 15) in first
    story.ask(2.0, A)
    second = IN_FLIGHT.scenario.next_steps(asking, story.world, 1)
    assert Delete() in second
    assert not any(isinstance(step, HoldBack) for step in second)
    story.ask(2.5, A)
    assert IN_FLIGHT.scenario.next_steps(asking, story.world, 2) == ()


def test_in_flight_is_left_out_without_a_slow_path_unless_it_was_asked_for(
    subject: Subject,
) -> None:
    (asked,) = choose(("in-flight",))
    assert not is_tried(IN_FLIGHT, subject)
    assert is_tried(IN_FLIGHT, declared(subject))
    assert is_tried(asked, subject)
    (note,) = left_out((IN_FLIGHT, KEEP_ALIVE), subject)
    assert note.startswith("in-flight SEA302 was left out for Deployment/web: no slow_path")
    assert left_out((asked, KEEP_ALIVE), subject) == []


def kept(story: Story, after: str, *, closing: bool = True) -> None:
    """Two kept connections; the next request on that to the deleted pod comes out as `after`."""
    serving(story)
    story.ask(1.5, A, port=33_331)
    story.ask(1.6, B, port=33_332)
    story.ask(2.5, A, connection="idle", port=33_331)
    story.ask(2.6, B, connection="idle", port=33_332)
    deleted(story)
    is_closing = closing and after == "ok"
    story.ask(3.5, A, after, connection="idle", established=True, port=33_331, closing=is_closing)
    story.ask(3.6, B, connection="idle", port=33_332)


def test_a_connection_that_is_told_to_close_is_polite(story: Story, subject: Subject) -> None:
    kept(story, "ok")
    finding = KEEP_ALIVE.judge(subject, story.world)
    assert finding.verdict is Verdict.PASS
    assert finding.summary == (
        "lost 0 of 6 requests; 1 kept connection at the deletion, 1 told to close"
    )


def test_a_connection_that_is_just_closed_is_not(story: Story, subject: Subject) -> None:
    kept(story, "EOF")
    finding = KEEP_ALIVE.judge(subject, story.world)
    assert finding.verdict is Verdict.FAIL
    assert (finding.figures["kept_at_deletion"], finding.figures["told_to_close"]) == (1, 0)
    assert "Connection: close" in finding.advice[0].text


def test_what_new_connections_lose_is_left_to_other_trials(story: Story, subject: Subject) -> None:
    serving(story)
    story.book[-1] = replace(
        story.book[-1], facts={"step": "measure", "judged": list(KEEP_ALIVE.scenario.judged)}
    )
    story.ask(1.5, A, port=33_331)
    story.ask(2.5, A, connection="idle", port=33_331)
    deleted(story)
    story.ask(3.3, A, "refused")
    story.ask(3.5, A, connection="idle", port=33_331, closing=True)
    finding = KEEP_ALIVE.judge(subject, story.world)
    assert finding.verdict is Verdict.PASS
    assert finding.summary.startswith("lost 0 of 3 requests, 1 more excused")
    (cause,) = finding.causes
    assert cause.is_excused


def test_a_server_that_keeps_no_connection_has_none_to_close(
    story: Story, subject: Subject
) -> None:
    serving(story)
    story.ask(2.5, A)
    deleted(story)
    finding = KEEP_ALIVE.judge(subject, story.world)
    assert finding.verdict is Verdict.PASS
    assert "keeps no connection alive" in finding.summary


def test_what_a_pre_stop_hook_let_end_before_the_signal_counts(
    story: Story, subject: Subject
) -> None:
    serving(story)
    story.ask(2.0, A, took_s=1.5, connection="in-flight")
    story.ask(2.1, A, port=33_331)
    story.step(3.0, "delete", pod="web-a")
    story.delete(3.0, "web-a")
    story.ask(3.2, A, connection="idle", port=33_331, closing=True)
    story.signal(9.0, "web-a")
    story.exit(9.1, "web-a")
    assert IN_FLIGHT.judge(declared(subject), story.world).verdict is Verdict.PASS
    assert KEEP_ALIVE.judge(subject, story.world).verdict is Verdict.PASS


def test_without_a_journal_and_a_header_any_request_may_have_met_the_pod(
    subject: Subject,
) -> None:
    story = Story(journal=False)
    serving(story)
    story.ask(2.0, took_s=1.5, connection="in-flight")
    story.ask(2.1, port=33_331)
    story.ask(3.2, connection="idle", port=33_331, closing=True)
    deleted(story)
    assert IN_FLIGHT.judge(declared(subject), story.world).verdict is Verdict.PASS
    assert KEEP_ALIVE.judge(subject, story.world).verdict is Verdict.PASS


def test_no_kept_connection_to_the_deleted_pod_proves_nothing(
    story: Story, subject: Subject
) -> None:
    serving(story)
    story.ask(1.6, B, port=33_332)
    story.ask(2.6, B, connection="idle", port=33_332)
    deleted(story)
    assert KEEP_ALIVE.judge(subject, story.world).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("code", "verdict"), [(0, Verdict.PASS), (143, Verdict.PASS), (1, Verdict.FAIL)]
)
def test_an_end_that_is_no_clean_one_fails(
    story: Story, subject: Subject, code: int, verdict: Verdict
) -> None:
    serving(story)
    deleted(story, code=code)
    finding = SIGTERM.judge(subject, story.world)
    assert finding.verdict is verdict
    assert finding.summary.endswith(f"with code {code}")
    assert bool(finding.advice) == (verdict is Verdict.FAIL)


@pytest.mark.parametrize(("needed_s", "longest_s"), [(5.0, 10.0), (10.0, 10.0), (25.0, 25.0)])
def test_the_delays_reach_what_is_needed(needed_s: float, longest_s: float) -> None:
    levels = levels_for(needed_s)
    assert len(levels) == 6
    assert levels[-1] == longest_s
    assert list(levels) == sorted(levels)
