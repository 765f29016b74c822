"""Every server of the table, as it comes and with seatrial-app, before the raw-socket judge.

A new release that behaves otherwise fails here with the cell that changed. If the change is right:
`tools/servers_table.py` measures anew and renders docs/explanation/servers.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final, cast

import pytest
from judge_book import exit_name, read
from judge_cells import Measured
from judge_court import Case, Court, Version, measure
from judge_subjects import GRACE_S, SUBJECTS, Subject

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

CASES: Final = [
    (subject, version)
    for subject in SUBJECTS
    for version in Version
    if version.command(subject) is not None
]
IDS: Final = [f"{subject.key}-{version.name.lower()}" for subject, version in CASES]


@pytest.fixture(scope="session")
def court(request: pytest.FixtureRequest) -> Iterator[Court[Case, Measured]]:
    """All selected cases, measured a few at a time from the first test on."""
    chosen = dict.fromkeys(case for item in request.session.items if (case := _case(item)))
    present = [case for case in chosen if case[0].absent() is None]
    with Court({case: partial(measure, *case) for case in present}) as sitting:
        yield sitting


def _case(item: pytest.Item) -> Case | None:
    """Of this file's test: others may call a parameter `case` too."""
    if not isinstance(item, pytest.Function) or item.function is not test_every_cell_is_as_recorded:
        return None
    return cast("Case", item.callspec.params["case"])


@pytest.fixture
def run(court: Court[Case, Measured], case: Case) -> Measured:
    subject, _version = case
    reason = subject.absent()
    if reason is not None:
        pytest.skip(f"{subject.title}: {reason}")
    return court.result(case)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_every_cell_is_as_recorded(case: Case, run: Measured) -> None:
    subject, version = case
    row = read()[subject.key]
    side = row.as_it_comes if version is Version.AS_IT_COMES else row.with_app
    if version is Version.WITH_APP:
        _assert_nothing_lost(subject, run)
    assert not side.differences(run, subject.varies)


def _assert_nothing_lost(subject: Subject, run: Measured) -> None:
    """Also where a cell varies: between answers, never between an answer and none."""
    assert not run.lost(), f"{subject.title} lost {run.lost()}"
    assert exit_name(run.exit_code) == "0"
    assert run.exit_s < GRACE_S
