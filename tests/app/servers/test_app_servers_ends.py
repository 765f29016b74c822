"""With seatrial-app no server outlives its limit, a second SIGTERM is obeyed, Ctrl-C is quick.

The in-flight request takes a minute; whoever waits for it is found out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import pytest
from judge_court import Court
from judge_ends import Ended, judge_end
from judge_subjects import ENVIRONMENT, SUBJECTS, Speaks, Subject

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

LONG_WINDOW_S: Final = 12.0
GRACE_S: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A way to end. ``before_s``: by then it has to be over."""

    name: str
    environment: tuple[tuple[str, str], ...]
    before_s: float
    is_busy: bool = True
    is_hurried: bool = False


ENDINGS: Final = (
    Ending(
        name="limit",
        environment=(
            ("SEATRIAL_DRAIN_WINDOW", "500ms"),
            ("SEATRIAL_GRACE_PERIOD", f"{GRACE_S:g}s"),
        ),
        before_s=GRACE_S,
    ),
    Ending(
        name="second-term",
        environment=(("SEATRIAL_DRAIN_WINDOW", f"{LONG_WINDOW_S:g}s"),),
        before_s=LONG_WINDOW_S,
        is_hurried=True,
    ),
    Ending(
        name="no-kubernetes",
        environment=(
            ("SEATRIAL_DRAIN_WINDOW", f"{LONG_WINDOW_S:g}s"),
            ("KUBERNETES_SERVICE_HOST", ""),
        ),
        before_s=LONG_WINDOW_S,
        is_busy=False,
    ),
)
FRAMEWORKS: Final = {"django", "flask", "fastapi", "starlette"}
"""They run in servers that are tried by themselves."""
DEAF: Final = {("uvicorn-workers", "second-term")}
"""uvicorn's parent of several workers passes no second signal on; they end at the limit."""

Trial = tuple[Subject, Ending]
TRIALS: Final = [
    (subject, ending)
    for subject in SUBJECTS
    for ending in ENDINGS
    if subject.speaks is Speaks.HTTP
    and subject.key not in FRAMEWORKS
    and (subject.key, ending.name) not in DEAF
]
IDS: Final = [f"{subject.key}-{ending.name}" for subject, ending in TRIALS]


def end(subject: Subject, ending: Ending) -> Ended:
    assert subject.with_app is not None
    return asyncio.run(
        judge_end(
            subject.with_app,
            environment=ENVIRONMENT | dict(ending.environment),
            workers=subject.workers,
            is_busy=ending.is_busy,
            is_hurried=ending.is_hurried,
        )
    )


@pytest.fixture(scope="session")
def endings(request: pytest.FixtureRequest) -> Iterator[Court[Trial, Ended]]:
    chosen = dict.fromkeys(trial for item in request.session.items if (trial := _trial(item)))
    present = [trial for trial in chosen if trial[0].absent() is None]
    with Court({trial: partial(end, *trial) for trial in present}) as court:
        yield court


def _trial(item: pytest.Item) -> Trial | None:
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get("trial")


@pytest.mark.parametrize("trial", TRIALS, ids=IDS)
def test_a_server_is_gone_in_time_and_leaves_nobody(
    trial: Trial, endings: Court[Trial, Ended]
) -> None:
    subject, ending = trial
    reason = subject.absent()
    if reason is not None:
        pytest.skip(f"{subject.title}: {reason}")
    ended = endings.result(trial)
    assert ended.exit_s < ending.before_s, ended
    assert ended.left_behind == ()
    if not ending.is_busy:
        assert ended.exit_code == 0
