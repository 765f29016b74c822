"""The proof that mending works: a server with seatrial-app loses none of 20,000 requests, and those
as they come are found out. Every other server: `tools/servers_verify.py`.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from e2e_machine import SEATRIAL

ROOT = Path(__file__).parents[2]
PYTHON = sys.executable
LIMIT_S = 180.0
AS_IT_COMES = {
    "uvicorn": ("-m", "uvicorn", "asgi_app:app", "--host", "0.0.0.0", "--port", "8080"),
    "hypercorn": ("-m", "hypercorn", "asgi_app:app", "-b", "0.0.0.0:8080"),
}


def tool(*words: str) -> str:
    """What tools/servers_verify.py prints; it has to succeed."""
    done = subprocess.run(
        [PYTHON, "tools/servers_verify.py", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def verified(directory: Path, *trials: str) -> dict[str, Any]:
    """The findings of `seatrial verify`, by trial; the notes of its report as "notes"."""
    report = directory.with_suffix(".json")
    subprocess.run(
        [SEATRIAL, "verify", str(directory), f"--report=json={report}",
         *(f"--trial={trial}" for trial in trials)],
        capture_output=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    wire = json.loads(report.read_text())
    return {**{each["trial"]: each for each in wire["findings"]}, "notes": wire["notes"]}


@pytest.fixture
def as_it_comes(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The manifests of a server without seatrial-app."""
    command = json.dumps([PYTHON, *AS_IT_COMES[request.param]])
    tool("--render", "--home", str(tmp_path), "uvicorn")
    directory = tmp_path / "uvicorn"
    (directory / "seatrial.toml").write_text(
        f'[images."server:1"]\nhost = {{ command = {command}, workdir = "." }}\n'
        '[traffic]\nslow_path = "/slow?s=6"\nupload_path = "/upload"\n'
        "[budgets]\nneeded_drain_s = 1\n"
    )
    return directory


def lost(finding: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Outcome, kind and cause of what was lost."""
    return {(each["outcome"], each["connection"], each["key"]) for each in finding["causes"]}


@pytest.mark.usefixtures("machine")
def test_uvicorn_with_seatrial_app_loses_none_of_20000(tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    results = tmp_path / "verified.json"
    tool("--home", str(tmp_path), "--results", str(results), "uvicorn")
    outcome = json.loads(results.read_text())["servers"]["uvicorn"]
    assert outcome["requests"] >= 20_000
    assert outcome["lost"] == 0
    assert outcome["tolerated_s"] >= 10
    assert set(outcome["exit_codes"]) == {0}
    assert outcome["exit_s"] < outcome["grace_s"]
    kinds = {"new", "kept_alive", "in_flight", "silent", "half_sent", "slow_body"}
    assert {name for name, count in outcome["kinds"].items() if count} == kinds


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("as_it_comes", ["uvicorn"], indirect=True)
def test_uvicorn_as_it_comes_does_not_read_what_was_begun(as_it_comes: Path) -> None:
    pytest.importorskip("uvicorn")
    found = verified(as_it_comes, "in-flight", "keep-alive")
    assert found["keep-alive"]["verdict"] == "FAIL"
    assert ("EOF", "idle", "idle-close-at-stop") in lost(found["keep-alive"])
    assert found["keep-alive"]["figures"]["told_to_close"] == 0
    assert found["in-flight"]["verdict"] == "FAIL"
    assert {"half-sent", "silent"} & {
        kind for _, kind, key in lost(found["in-flight"]) if key == "unread-at-stop"
    }
    assert found["in-flight"]["figures"]["in_flight_at_deletion"] > 0


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("as_it_comes", ["hypercorn"], indirect=True)
def test_hypercorn_as_it_comes_cuts_what_takes_long(as_it_comes: Path) -> None:
    pytest.importorskip("hypercorn")
    found = verified(as_it_comes, "in-flight")
    assert found["in-flight"]["verdict"] == "FAIL"
    cut = [(outcome, key) for outcome, kind, key in lost(found["in-flight"]) if kind == "in-flight"]
    assert cut
    assert {key for _, key in cut} <= {"cut-at-exit", "cut-while-stopping", "answered-at-stop"}


@pytest.mark.usefixtures("machine")
def test_in_flight_without_a_slow_path_is_unknown_where_it_was_asked_for(tmp_path: Path) -> None:
    directory = tmp_path / "fortune"
    directory.mkdir()
    for file in (ROOT / "examples/fortune/seaworthy").iterdir():
        (directory / file.name).write_text(file.read_text())
    found = verified(directory, "in-flight")
    assert found["in-flight"]["verdict"] == "UNKNOWN"
    assert "no slow_path is declared" in found["in-flight"]["summary"]
