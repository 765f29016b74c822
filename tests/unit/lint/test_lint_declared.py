"""What annotations declare, and what is said of those that cannot be read."""

import pytest

from seatrial.lint.declared import Declared, declared_by, problems, seconds_in
from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.workload import Workload, workload_of

TEXT = """\
kind: Deployment
metadata:
  name: web
  annotations:
    seatrial.dev/start-time: 1m30s
    seatrial.dev/drain-window: 9s
spec:
  template:
    metadata:
      annotations:
        seatrial.dev/longest-request: "20"
        seatrial.dev/drain-window: 500ms
        seatrial.dev/writable-paths: /data, /cache
        seatrial.dev/depends-on: Service/db
"""


def workload(text: str) -> Workload:
    (manifest,) = read_text(Source("x.yaml", text))
    assert isinstance(manifest, Manifest)
    found = workload_of(manifest)
    assert found is not None
    return found


def test_the_template_speaks_over_the_workload() -> None:
    assert declared_by(workload(TEXT)) == Declared(
        start_time_s=90,
        longest_request_s=20,
        drain_window_s=0.5,
        writable_paths=("/data", "/cache"),
        depends_on=("Service/db",),
    )
    assert list(problems(workload(TEXT))) == []


def test_nothing_is_declared_where_nothing_is_said() -> None:
    assert declared_by(workload("kind: Pod\nmetadata: {name: a}\n")) == Declared()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start-time", "soon"),
        ("longest-request", "-3s"),
        ("drain-window", ""),
        ("writable-paths", "data"),
        ("depends-on", "db"),
    ],
)
def test_what_cannot_be_read_is_absent_and_told(name: str, value: str) -> None:
    text = f"kind: Pod\nmetadata:\n  name: a\n  annotations:\n    seatrial.dev/{name}: '{value}'\n"
    assert declared_by(workload(text)) == Declared()
    (problem,) = problems(workload(text))
    assert problem.annotation == f"seatrial.dev/{name}"


@pytest.mark.parametrize("text", ["inf", "nan", "1e3", "s", "٣"])
def test_odd_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        seconds_in(text)
