"""Findings: verdicts have an order, codes are never used twice, figures read well."""

import pytest

from seatrial.findings.model import Figure
from seatrial.findings.registry import PRACTICES, by_code
from seatrial.findings.render.text import figure_text


def test_a_code_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="SEA101 is registered twice"):
        by_code((PRACTICES[0], PRACTICES[0]))


def test_every_practice_says_what_and_why() -> None:
    for practice in PRACTICES:
        assert practice.title
        assert practice.why.endswith(".")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("tolerated_s", 0.5, "tolerated 0.5 s"),
        ("exit_code", 137, "exit code 137"),
        ("killed", True, "killed yes"),
        ("term_to_exit_s", None, "term to exit not seen"),
        ("backoff_s", (0.04, 10.01), "backoff 0.04, 10.01 s"),
        ("start_ms", 12, "start 12 ms"),
    ],
)
def test_figures_for_people(name: str, value: Figure, text: str) -> None:
    assert figure_text(name, value) == text
