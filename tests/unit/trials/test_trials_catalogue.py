"""Each trial judges a book: the verdict, the figures, and UNKNOWN where nothing can be said."""

from dataclasses import replace

import pytest

from seatrial.findings.model import Verdict, worst
from seatrial.findings.registry import PRACTICES, by_code
from seatrial.kit.errors import UsageError
from seatrial.testing.stories import Story
from seatrial.trials.catalogue.crash import CRASH
from seatrial.trials.catalogue.drain_tolerance import DRAIN_TOLERANCE
from seatrial.trials.catalogue.grace_budget import GRACE_BUDGET
from seatrial.trials.catalogue.registry import TRIALS, choose
from seatrial.trials.catalogue.rollout import ROLLOUT
from seatrial.trials.catalogue.scale_up import SCALE_UP
from seatrial.trials.catalogue.sigterm import SIGTERM
from seatrial.trials.checks.drain_levels import Bracket, Level, bracket_of, read_levels, refine
from seatrial.trials.scenario import Delay, Delete, clone_name
from seatrial.trials.subject import Subject
from seatrial.trials.verdict import judge_safely
from seatrial.trials.world import World

A, B = "10.244.0.10", "10.244.0.11"


def serving(story: Story) -> None:
    for name, ip in (("web-a", A), ("web-b", B)):
        story.pod(0.1, name, ip)
        story.start(0.2, name)
        story.ready(0.3, name)
    story.rules(0.4, [A, B])
    story.ask(0.8, A)
    story.ask(0.9, B)
    story.step(1.0, "measure")


def test_every_trial_has_its_practice_and_its_own_name() -> None:
    codes = by_code()
    order = [practice.code for practice in PRACTICES]
    assert [trial.code for trial in TRIALS] == sorted(
        (trial.code for trial in TRIALS), key=order.index
    )
    assert all(trial.code in codes for trial in TRIALS)
    assert len({trial.name for trial in TRIALS}) == len(TRIALS)


def test_trials_are_chosen_by_name_or_code() -> None:
    assert choose() == TRIALS
    assert choose(("crash", "SEA101")) == (SCALE_UP, CRASH)
    with pytest.raises(UsageError, match="no trial is named 'clash'"):
        choose(("clash",))


def test_the_worst_verdict_wins_and_nothing_judged_is_unknown() -> None:
    assert worst([Verdict.PASS, Verdict.UNKNOWN]) is Verdict.UNKNOWN
    assert worst([Verdict.UNKNOWN, Verdict.FAIL]) is Verdict.FAIL
    assert worst([]) is Verdict.UNKNOWN


def test_a_check_that_breaks_knows_nothing(subject: Subject) -> None:
    def broken(_subject: Subject, _world: World) -> None:
        raise KeyError("boom")

    trial = replace(SCALE_UP, judge=broken)  # type: ignore[arg-type]
    finding = judge_safely(trial, subject, World())
    assert finding.verdict is Verdict.UNKNOWN
    assert "boom" in finding.summary


def test_scale_up_fails_with_the_age_of_the_pod(story: Story, subject: Subject) -> None:
    serving(story)
    story.step(1.5, "scale", replicas=3)
    story.pod(2.0, "web-c", "10.244.0.12")
    story.start(2.1, "web-c")
    story.ask(2.5, "10.244.0.12", "refused")
    story.ask(3.0, "10.244.0.12")
    finding = SCALE_UP.judge(subject, story.world)
    assert finding.verdict is Verdict.FAIL
    assert (finding.figures["sent"], finding.figures["lost"]) == (2, 1)
    assert finding.figures["oldest_refusing_s"] == pytest.approx(0.402, abs=0.0005)
    assert "readinessProbe" in finding.advice[0].patch


def test_traffic_that_lost_nothing_passes_and_none_at_all_is_unknown(
    story: Story, subject: Subject
) -> None:
    serving(story)
    assert ROLLOUT.judge(subject, story.world).verdict is Verdict.UNKNOWN
    story.ask(2.0, A)
    finding = ROLLOUT.judge(subject, story.world)
    assert finding.verdict is Verdict.PASS
    assert finding.causes == ()


def drained(story: Story, lossy_from_s: float) -> None:
    """One deletion; clones whose delay is that or longer lose a request."""
    serving(story)
    levels = [0.0, 0.5, 1.0, 2.0, 5.0, 10.0]
    services = [clone_name("web", number) for number in range(6)]
    story.step(2.0, "delay", levels_s=levels, services=services)
    story.step(2.1, "delete", pod="web-a")
    story.delete(2.1, "web-a")
    story.signal(2.11, "web-a")
    story.close(2.12, "web-a")
    for level, service in zip(levels, services, strict=True):
        story.ask(2.05, A, target=service)
        outcome = "refused" if level >= lossy_from_s else "ok"
        story.ask(2.3, A if outcome == "refused" else B, outcome, target=service)
    story.step(15.0, "end")


@pytest.mark.parametrize(
    ("lossy_from_s", "tolerated_s", "verdict"),
    [
        (0.0, 0.0, Verdict.FAIL),
        (1.0, 0.5, Verdict.FAIL),
        (10.0, 5.0, Verdict.PASS),
        (99.0, 10.0, Verdict.PASS),
    ],
)
def test_the_largest_delay_without_loss(
    story: Story, subject: Subject, lossy_from_s: float, tolerated_s: float, verdict: Verdict
) -> None:
    drained(story, lossy_from_s)
    finding = DRAIN_TOLERANCE.judge(subject, story.world)
    assert finding.figures["tolerated_s"] == tolerated_s
    assert finding.verdict is verdict
    assert ("preStop" in finding.advice[0].patch) if finding.advice else verdict is Verdict.PASS


def test_what_new_pods_lose_is_not_held_against_the_drain(story: Story, subject: Subject) -> None:
    drained(story, 99.0)
    story.pod(2.2, "web-c", "10.244.0.12")
    story.start(2.3, "web-c")
    story.ask(2.4, "10.244.0.12", "refused", target=clone_name("web", 0))
    assert DRAIN_TOLERANCE.judge(subject, story.world).figures["tolerated_s"] == 10.0


def test_a_second_deletion_searches_inside_the_bracket(story: Story, subject: Subject) -> None:
    drained(story, 10.0)
    steps = DRAIN_TOLERANCE.scenario.next_steps(subject, story.world, 1)
    delays = [step for step in steps if isinstance(step, Delay)]
    assert delays[0].levels_s == (0.0,) * 6
    assert all(5.0 < level < 10.0 for level in delays[1].levels_s)
    assert any(isinstance(step, Delete) for step in steps)
    assert DRAIN_TOLERANCE.scenario.next_steps(subject, story.world, 2) == ()


def test_a_search_ends_when_there_is_nothing_to_find() -> None:
    assert refine(Bracket(10.0, None)) == ()
    assert refine(Bracket(0.0, 0.0)) == ()
    assert refine(Bracket(1.0, 1.2)) == ()
    assert refine(Bracket(0.0, 0.5), count=4) == (0.1, 0.2, 0.3, 0.4)


def test_a_level_above_a_lossy_one_counts_for_nothing() -> None:
    levels = [Level(0.0, 9, 0), Level(0.5, 9, 1), Level(1.0, 9, 0)]
    assert bracket_of(levels) == Bracket(0.0, 0.5)


def test_no_clone_was_asked(subject: Subject, story: Story) -> None:
    serving(story)
    assert read_levels(story.world) == ()
    assert DRAIN_TOLERANCE.judge(subject, story.world).verdict is Verdict.UNKNOWN


def stopped(story: Story, *, after_s: float, code: int, kill: bool = False) -> None:
    serving(story)
    story.step(2.0, "delete", pod="web-a")
    story.delete(2.0, "web-a")
    story.signal(2.01, "web-a")
    if kill:
        story.signal(2.01 + after_s, "web-a", "SIGKILL")
    story.exit(2.01 + after_s, "web-a", code)
    story.gone(2.05 + after_s, "web-a")


def test_a_process_that_hears_sigterm(story: Story, subject: Subject) -> None:
    stopped(story, after_s=7.0, code=0)
    sigterm = SIGTERM.judge(subject, story.world)
    assert sigterm.verdict is Verdict.PASS
    assert sigterm.figures["exit_code"] == 0
    assert sigterm.figures["term_to_exit_s"] == pytest.approx(7.0)
    budget = GRACE_BUDGET.judge(subject, story.world)
    assert budget.verdict is Verdict.PASS
    assert budget.figures["used_s"] == pytest.approx(7.01)
    assert budget.figures["given_s"] == 30


def test_a_process_that_needs_sigkill(story: Story, subject: Subject) -> None:
    stopped(story, after_s=30.0, code=137, kill=True)
    sigterm = SIGTERM.judge(subject, story.world)
    assert sigterm.verdict is Verdict.FAIL
    assert "PID 1" in sigterm.advice[0].text
    assert GRACE_BUDGET.judge(subject, story.world).verdict is Verdict.FAIL


def test_without_a_journal_the_statuses_tell(subject: Subject) -> None:
    story = Story(journal=False)
    stopped(story, after_s=1.0, code=0)
    assert SIGTERM.judge(subject, story.world).figures["exit_code"] == 0
    assert SIGTERM.judge(subject, story.world).verdict is Verdict.PASS


def test_an_end_that_nobody_saw_is_unknown(story: Story, subject: Subject) -> None:
    serving(story)
    assert SIGTERM.judge(subject, story.world).verdict is Verdict.UNKNOWN
    assert GRACE_BUDGET.judge(subject, story.world).verdict is Verdict.UNKNOWN


def crashed(story: Story, *, back: bool) -> None:
    serving(story)
    story.ask(1.5, B)
    for restarts, at in ((0, 2.0), (1, 5.0)):
        story.step(at, "kill", pod="web-a", restarts=restarts)
        story.exit(at + 0.01, "web-a", 137)
        story.ready(at + 0.02, "web-a", is_ready=False)
        story.ask(at + 0.1, A, "refused")
        if back:
            story.start(at + 0.5, "web-a", restarts=restarts + 1)
            story.ready(at + 1.5, "web-a")


def test_a_crash_that_costs_little(story: Story, subject: Subject) -> None:
    crashed(story, back=True)
    finding = CRASH.judge(subject, story.world)
    assert finding.verdict is Verdict.PASS
    assert finding.figures["excused"] == 2
    assert finding.figures["restart_to_ready_s"] == (1.0, 1.0)
    assert finding.figures["backoff_s"] == (0.49, 0.49)


def test_a_pod_that_does_not_come_back(story: Story, subject: Subject) -> None:
    crashed(story, back=False)
    assert CRASH.judge(subject, story.world).verdict is Verdict.FAIL
