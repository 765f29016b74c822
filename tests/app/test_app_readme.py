"""The README tells of every knob and server there is, and what it shows is true."""

import inspect
from pathlib import Path

import pytest

import seatrial_app
from seatrial_app import servers
from seatrial_app.budget import GRACE_VARIABLE, KUBERNETES_VARIABLE, WINDOW_VARIABLE, share
from seatrial_app.lifecycle import PROBE_PORT_VARIABLE
from seatrial_app.record import FORMAT_VARIABLE

README = Path(__file__).resolve().parents[2] / "app" / "README.md"

pytestmark = pytest.mark.skipif(not README.exists(), reason="installed without its README")

FOR_TESTS = {"self", "environ", "pace", "leave_process"}


def text() -> str:
    return README.read_text(encoding="utf-8")


def code_with(word: str) -> str:
    blocks = [block.split("```")[0] for block in text().split("```python\n")[1:]]
    return next(block for block in blocks if word in block)


def test_every_setting_has_its_row() -> None:
    settings = set(inspect.signature(seatrial_app.Lifecycle.__init__).parameters) - FOR_TESTS
    assert [name for name in sorted(settings) if f"`{name}`" not in text()] == []


@pytest.mark.parametrize(
    "variable",
    [WINDOW_VARIABLE, GRACE_VARIABLE, KUBERNETES_VARIABLE, PROBE_PORT_VARIABLE, FORMAT_VARIABLE],
)
def test_every_variable_is_told(variable: str) -> None:
    assert variable in text()


def test_every_server_has_its_line() -> None:
    assert [name for name in sorted(servers.NAMES) if f"servers.{name}" not in text()] == []


def test_the_arithmetic_of_the_manifest_is_ours() -> None:
    budget = share(30, 5)
    told = f"window {budget.window_s:g} + longest request {round(budget.limit_s, 3):g}"
    assert f"{told} + margin {budget.margin_s:g}" in text()


def test_what_it_shows_of_testing_runs() -> None:
    exec(code_with("ManualPace"), {})
