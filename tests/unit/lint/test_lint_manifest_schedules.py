"""Schedules of CronJobs, as Kubernetes reads them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lint_workloads import found, message

from seatrial.lint.cron import FIELDS, BadSchedule, check_schedule, never_comes

CRON = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: %s}\nspec: {schedule: %r}\n"


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *", "*/5 * * * *", "0 4 * * 0", "0 4 1,15 * mon-fri", "5/10 * * * *",
        "0 0 ? JAN ?", "0-30/10 8-18 * * *", "@daily", "@every 1h30m", "@hourly", "  0 0 * * *  ",
    ],
)  # fmt: skip
def test_what_is_read(text: str) -> None:
    check_schedule(text)
    assert not found("cron-job-refused", CRON % ("a", text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 4 * * 7", "day of week '7' is not between 0 and 6"),
        ("60 * * * *", "minute '60' is not between 0 and 59"),
        ("0 24 * * *", "hour '24'"),
        ("0 0 0 * *", "day of month '0' is not between 1 and 31"),
        ("0 0 * foo *", "month 'foo'"),
        ("0 0 * * * *", "has 6 fields, and a schedule has 5"),
        ("", "has 0 fields"),
        ("*/0 * * * *", "minute has a step of '0'"),
        ("*/x * * * *", "minute has a step of 'x'"),
        ("30-10 * * * *", "minute '30-10' ends before it begins"),
        ("1,,2 * * * *", "minute ''"),
        ("0 0 L * *", "day of month 'L'"),
        ("@reboot", "'@reboot' is none of @annually"),
        ("@every morning", "'@every morning' names no duration"),
        ("٣ * * * *", "minute"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadSchedule, match=re.escape(said)):
        check_schedule(text)
    assert said in message("cron-job-refused", CRON % ("a", text))


def test_a_schedule_that_is_no_text_is_for_the_schema() -> None:
    text = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: 5}\n"
    assert not found("cron-job-refused", text)
    assert not found("cron-job-never-runs", text)


def test_a_time_zone_has_a_field_of_its_own() -> None:
    (finding,) = found("cron-job-refused", CRON % ("a", "CRON_TZ=UTC 0 4 * * *"))
    assert finding.advice == "say it in spec.timeZone"


def test_a_name_leaves_room_for_that_of_its_jobs() -> None:
    assert not found("cron-job-refused", CRON % ("a" * 52, "@daily"))
    assert message("cron-job-refused", CRON % ("a" * 53, "@daily")) == (
        "the name has 53 characters, and that of a CronJob has 52 at most"
    )


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("0 0 30 2 *", True),
        ("0 0 29 2 *", False),  # each leap year
        ("0 0 31 4,6,9,11 *", True),
        ("0 0 31 4,5 *", False),
        ("0 0 30 2 mon", False),  # either of the two is enough
        ("0 0 30 2 */2", False),  # so it is with a step
        ("@yearly", False),
        ("0 0 32 2 *", False),  # refused, which is another rule
    ],
)
def test_what_never_comes_round(text: str, *, never: bool) -> None:
    assert never_comes(text) is never
    assert bool(found("cron-job-never-runs", CRON % ("a", text))) is never


@given(st.tuples(*(st.integers(each.least, each.most) for each in FIELDS)))
def test_each_number_of_a_field_is_read(numbers: tuple[int, ...]) -> None:
    check_schedule(" ".join(map(str, numbers)))
