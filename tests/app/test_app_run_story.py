"""The small decisions of `seatrial-app run`: its command line, its timetable, its exit code."""

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial_app.budget import share
from seatrial_app.command.arguments import Arguments, parse_arguments
from seatrial_app.command.endpoint import Endpoint
from seatrial_app.command.voyage import exit_code, plan_timetable

TERM, INT, QUIT = signal.SIGTERM, signal.SIGINT, signal.SIGQUIT


def test_the_command_line_is_read() -> None:
    line = "--drain-window 2s --grace-period 1m --listen :80 --to unix:/s --stop-signal quit --tcp"
    assert parse_arguments([*line.split(), "--", "tini", "--", "server", "--to", "x"]) == Arguments(
        command=("tini", "--", "server", "--to", "x"),
        drain_window_s=2.0,
        grace_period_s=60.0,
        listen=Endpoint("", 80),
        to="/s",
        stop_signal=QUIT,
        tcp=True,
    )
    assert parse_arguments(["uvicorn", "m:app", "--port", "1"]) == Arguments(
        ("uvicorn", "m:app", "--port", "1"), None, None, None, None, TERM, False
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "the command to run is missing"),
        ("--", "the command to run is missing"),
        ("--drain-window soon -- x", "'soon' is not a number of seconds"),
        ("--listen h:p -- x", "'h:p' has no port"),
        ("--stop-signal NONE -- x", "there is no signal 'NONE'"),
        ("--nonsense -- x", "unrecognized arguments"),
    ],
)
def test_a_wrong_use_is_said_and_ends_with_2(
    line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parse_arguments(line.split())
    assert end.value.code == 2
    printed = capsys.readouterr().err
    assert said in printed or (line.startswith("--nonsense") and "usage:" in printed)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_timetable_fits_the_grace_period(grace_s: float, window_s: float) -> None:
    budget = share(grace_s, window_s)
    table = plan_timetable(budget)
    assert min(table.window_s, table.finish_s, table.child_s) >= 0
    assert table.window_s + table.finish_s + table.child_s + budget.margin_s <= grace_s * 1.0000001
    assert table.finish_s >= table.child_s


@pytest.mark.parametrize(
    ("code", "told", "asked", "left"),
    [
        (0, None, None, 0),
        (3, None, None, 3),
        (-9, None, None, 137),
        (-15, None, None, 143),  # TERM, but not ours
        (0, TERM, TERM, 0),
        (-15, TERM, TERM, 0),
        (143, TERM, TERM, 0),
        (-3, QUIT, TERM, 0),
        (-15, QUIT, TERM, 143),
        (1, TERM, TERM, 1),
        (-9, TERM, TERM, 137),
        (0, TERM, INT, 130),
        (-15, TERM, INT, 130),
        (7, TERM, INT, 7),
    ],
)
def test_a_child_that_our_signal_ended_is_clean(
    code: int, told: signal.Signals | None, asked: signal.Signals | None, left: int
) -> None:
    assert exit_code(code, told=told, asked=asked) == left
