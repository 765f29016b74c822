"""examples/servers and what was verified of them belong together."""

import json
import tomllib
from pathlib import Path

import pytest

from seatrial.trials.application import load_application
from seatrial.trials.subject import find_subjects

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples/servers"
SERVERS = tomllib.loads((EXAMPLES / "servers.toml").read_text())
VERIFIED = json.loads((ROOT / "docs/explanation/servers-verified.json").read_text())["servers"]
REQUESTS = 20_000


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_was_verified_and_lost_nothing(name: str) -> None:
    seen = VERIFIED[name]
    assert (seen["verdict"], seen["lost"]) == ("PASS", 0)
    assert set(seen["exit_codes"]) == {0}
    assert seen["requests"] >= REQUESTS
    assert seen["tolerated_s"] >= 10
    assert seen["exit_s"] < seen["grace_s"]
    assert all(seen["kinds"].values())


@pytest.mark.parametrize("name", SERVERS)
def test_every_program_of_a_command_is_there(name: str) -> None:
    words = [*SERVERS[name]["command"], *SERVERS[name].get("traffic", {}).get("driver", [])]
    assert [word for word in words if word.endswith(".py") and not (EXAMPLES / word).exists()] == []


def test_the_page_shows_what_was_verified() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs/explanation/trials.md").read_text().splitlines()
        if line.startswith("| ") and " s of 30 s |" in line
    ]
    assert [row[:2] for row in rows] == [[name, VERIFIED[name]["version"]] for name in SERVERS]
    for row in rows:
        assert sum(int(cell.replace(",", "")) for cell in row[2:8]) >= REQUESTS


def test_the_one_manifest_is_an_application() -> None:
    (subject,) = find_subjects(load_application([EXAMPLES / "server.yaml"]))
    assert subject.has_readiness_probe
    assert subject.target is not None
