"""One line an event: in words, in JSON, and as fields for those who format by themselves."""

import json
import logging

import pytest

from seatrial_app.record import INFO, WARNING, Event, Recorder, render_json, render_words


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "drain"),
        ({"window_s": 5.0, "in_flight": 2}, "drain window_s=5 in_flight=2"),
        ({"work": ("a", "b")}, "drain work=a,b"),
        ({"reason": "time is up"}, "drain reason='time is up'"),
        ({"reason": "", "x": "a=b"}, "drain reason='' x='a=b'"),
    ],
)
def test_words(fields: dict[str, object], line: str) -> None:
    assert render_words(Event("drain", fields)) == line


def test_json_has_the_event_first_and_any_value() -> None:
    line = render_json(Event("drain", {"work": ("a",), "error": ValueError("x")}))
    assert line.startswith('{"event": "drain"')
    assert json.loads(line) == {"event": "drain", "work": ["a"], "error": "x"}


def test_one_log_record_an_event_with_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    record = Recorder()
    with caplog.at_level(INFO, logger="seatrial_app"):
        record.info("drain", window_s=5.0)
        record.warning("leave", work=("report",))
    seen = [(r.levelno, r.getMessage(), vars(r)["event"]) for r in caplog.records]
    assert seen == [(INFO, "drain window_s=5", "drain"), (WARNING, "leave work=report", "leave")]
    assert vars(caplog.records[0])["fields"] == {"window_s": 5.0}


def test_a_log_handler_that_fails_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("disk full")

    logger = logging.Logger("broken")
    logger.addHandler(Broken())
    heard: list[str] = []
    record = Recorder(logger=logger)
    record.add_hook(lambda event: heard.append(event.name))
    record.info("drain")
    assert heard == ["drain"]
    assert capsys.readouterr().err == "drain (its log handler failed)\n"
