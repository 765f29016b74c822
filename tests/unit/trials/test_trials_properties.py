"""Whatever happened: nothing lost goes untold, and nothing is told twice."""

from hypothesis import given
from hypothesis import strategies as st

from seatrial.findings.model import Verdict
from seatrial.testing.stories import Story
from seatrial.trials.catalogue.in_flight import IN_FLIGHT
from seatrial.trials.catalogue.keep_alive import KEEP_ALIVE
from seatrial.trials.checks.drain_levels import Level, bracket_of, refine
from seatrial.trials.checks.lost_requests import account
from seatrial.trials.settings import Budgets
from seatrial.trials.subject import Subject
from seatrial.trials.traffic.outcome import PAUSED

A, B = "10.244.0.10", "10.244.0.11"
SUBJECT = Subject("shop", {"metadata": {"name": "web"}}, "", None, Budgets())

moments = st.floats(1.0, 20.0, allow_nan=False)
outcomes = st.sampled_from(["ok", "refused", "reset", "EOF", "partial", "5xx", "timeout", "dns"])
kinds = st.sampled_from(["new", "kept-alive", "idle", "in-flight", *PAUSED])
asks = st.tuples(moments, st.sampled_from([A, B, ""]), outcomes, st.booleans(), kinds)
events = st.tuples(
    moments,
    st.sampled_from(["ready", "delete", "signal", "close", "exit", "start", "gone", "empty"]),
    st.sampled_from(["web-a", "web-b"]),
)
levels = st.lists(
    st.builds(
        Level,
        delay_s=st.floats(0, 10, allow_nan=False),
        sent=st.just(9),
        lost=st.integers(0, 3),
    ),
    max_size=12,
)


def told(story: Story, happened: list[tuple[float, str, str]]) -> None:
    story.pod(0.1, "web-a", A)
    story.pod(0.1, "web-b", B)
    story.step(0.5, "measure")
    for at, event, pod in sorted(happened):
        if event == "empty":
            story.rules(at, [])
        else:
            getattr(story, event)(at, pod)


@given(
    happened=st.lists(events, max_size=15), asked=st.lists(asks, max_size=25), seen=st.booleans()
)
def test_every_lost_request_is_in_exactly_one_cause(
    happened: list[tuple[float, str, str]],
    asked: list[tuple[float, str, str, bool, str]],
    seen: bool,
) -> None:
    story = Story(journal=seen)
    told(story, happened)
    for at, ip, outcome, established, kind in asked:
        story.ask(at, ip, outcome, established=established, connection=kind)
    losses = account(story.world, SUBJECT)
    lost = sum(outcome != "ok" for _, _, outcome, _, _ in asked)
    counts = losses.counts
    assert counts.sent == counts.ok + counts.lost == len(asked) - counts.excused
    assert sum(cause.count for cause in losses.causes) == lost == counts.lost + counts.excused
    assert all(cause.cause.strip() for cause in losses.causes)
    # Nothing was killed on purpose and nothing held back, so nothing is excused.
    assert counts.excused == 0
    for trial in (IN_FLIGHT, KEEP_ALIVE):
        finding = trial.judge(SUBJECT, story.world)
        assert (finding.verdict is Verdict.FAIL) == bool(lost)
        assert sum(cause.count for cause in finding.causes) == lost


@given(levels)
def test_a_bracket_holds_what_was_seen(seen: list[Level]) -> None:
    bracket = bracket_of(seen)
    if bracket.lossy_s is None:
        assert all(level.lost == 0 for level in seen)
    else:
        assert bracket.tolerated_s <= bracket.lossy_s
        assert all(level.delay_s >= bracket.lossy_s for level in seen if level.lost)


@given(levels)
def test_a_search_stays_inside_and_ends(seen: list[Level]) -> None:
    bracket = bracket_of(seen)
    finer = refine(bracket)
    assert list(finer) == sorted(finer)
    if finer:
        assert bracket.lossy_s is not None
        assert bracket.tolerated_s < finer[0]
        assert finer[-1] < bracket.lossy_s
        narrower = bracket_of([*seen, *(Level(each, 9, 1) for each in finer)])
        assert narrower.resolution_s < bracket.resolution_s
