"""The table is the one that was measured, and the judge's own parts do what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from judge_book import Side, exit_name, read, write
from judge_cells import PROBES, Measured
from judge_http import is_whole, parse_head, says_close
from judge_page import BEGIN, END, PAGE, render, replaced
from judge_subjects import SUBJECTS
from judge_verified import render_verified

RUN = Measured(cells={"idle": "EOF", "half": "200"}, exit_code=-15, exit_s=2.94)


def test_the_page_shows_what_was_measured() -> None:
    page = PAGE.read_text()
    assert replaced(page, render(read())) == page


def test_every_subject_was_measured() -> None:
    assert set(read()) == {subject.key for subject in SUBJECTS}


def test_with_the_library_nothing_was_lost_in_any_recorded_run() -> None:
    for key, row in read().items():
        for probe in PROBES:
            for value in row.with_app.cells.get(probe.key, ()):
                assert not Measured(cells={key: value}, exit_code=0, exit_s=0).lost()
        assert row.with_app.exits == ("0",)


def test_a_side_keeps_every_value_that_a_cell_was_seen_with() -> None:
    other = Measured(cells={"idle": "RST", "half": "200"}, exit_code=0, exit_s=1.0)
    side = Side().with_run(RUN).with_run(other)
    assert side.cells == {"idle": ("EOF", "RST"), "half": ("200",)}
    assert side.exits == ("0", "SIGTERM")
    assert side.exit_s == 2.9


def test_a_difference_names_the_cell_unless_it_varies() -> None:
    side = Side().with_run(RUN)
    now = Measured(cells={"idle": "RST", "half": "200"}, exit_code=0, exit_s=1.0)
    assert side.differences(now, frozenset()) == [
        "idle: RST, recorded EOF",
        "exit: 0, recorded SIGTERM",
    ]
    assert side.differences(now, frozenset({"idle", "exit"})) == []
    assert side.differences(RUN, frozenset()) == []


def test_the_book_reads_what_it_wrote(tmp_path: Path) -> None:
    rows = read()
    path = tmp_path / "measured.json"
    write(rows, path)
    assert read(path) == rows


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    made = replaced(page, render({}))
    assert made.startswith("before\n")
    assert made.endswith("after\n")
    assert "old" not in made
    with pytest.raises(ValueError, match="no markers"):
        replaced("a page without", "")


def test_what_was_verified_becomes_a_row(tmp_path: Path) -> None:
    path = tmp_path / "verified.json"
    assert render_verified(path) == ""
    seen = {
        "version": "uvicorn 0.54.0",
        "requests": 22269,
        "kinds": {"new": 10940, "kept_alive": 10988, "in_flight": 62, "silent": 93},
        "lost": 0,
        "tolerated_s": 10.0,
        "exit_codes": [0, 0],
        "exit_s": 13.444,
    }
    path.write_text(json.dumps({"servers": {"uvicorn": seen}}))
    assert render_verified(path).splitlines()[-1] == (
        "| uvicorn | 0.54.0 | 22,269 | 10,940 | 10,988 | 155 | 0 | 10.0 s | 0 | 13.4 s |"
    )


def test_exit_codes_have_names() -> None:
    assert [exit_name(code) for code in (0, 3, -15, None)] == ["0", "3", "SIGTERM", "killed"]


def test_the_end_of_a_response_is_known_by_length_chunks_or_close() -> None:
    status, headers = parse_head(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: Close")
    assert (status, says_close(headers)) == (200, True)
    assert not is_whole(headers, b"ab")
    assert is_whole(headers, b"abc")
    assert is_whole({"transfer-encoding": "chunked"}, b"1\r\na\r\n0\r\n\r\n")
    assert not is_whole({"transfer-encoding": "chunked"}, b"1\r\na\r\n")
    assert not is_whole({}, b"until the connection ends")
