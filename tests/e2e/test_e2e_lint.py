"""`seatrial lint` from outside, as its users run it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.e2e

NAIVE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app.kubernetes.io/name: web
    app.kubernetes.io/part-of: shop
spec:
  replicas: 2  # while it is small
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: web:1.0
        resources: {requests: {cpu: 10m, memory: 32Mi}, limits: {memory: 64Mi}}
        ports:
        - name: http
          containerPort: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - port: 80
    targetPort: htpp  # a misspelt name
"""


def lint(
    *arguments: str, cwd: Path, stdin: str = "", expect: int | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "seatrial", "lint", *arguments], cwd=cwd, input=stdin, text=True,
        capture_output=True, timeout=60, check=False, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout
    if expect is not None:
        assert done.returncode == expect, done.stdout + done.stderr
    return done


def found(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    wire: dict[str, Any] = json.loads(done.stdout)
    return {each["rule"]: each for each in wire["findings"]}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "web.yaml").write_text(NAIVE)
    return tmp_path


def test_json_has_what_was_promised(shop: Path) -> None:
    wire = json.loads(lint("--format", "json", "shop", cwd=shop, expect=1).stdout)
    names = {"code", "severity", "file", "line", "column", "object", "field", "message", "advice"}
    assert all(names <= each.keys() for each in wire["findings"])
    assert wire["summary"]["objects"] == 2
    one = {each["rule"]: each for each in wire["findings"]}["service-port-unserved"]
    assert (one["code"], one["severity"], one["file"], one["line"], one["column"]) == (
        "SEA808", "error", "shop/web.yaml", 32, 5,
    )  # fmt: skip
    assert (one["object"], one["field"]) == ("Service/web", "spec.ports[0].targetPort")


def test_standard_input_and_text(shop: Path) -> None:
    done = lint("-", cwd=shop, stdin=NAIVE, expect=1)
    assert "error[SEA808]" in done.stdout
    assert "<stdin>:32:5" in done.stdout


def test_fix_shows_first_and_then_mends_keeping_comments(shop: Path) -> None:
    file = shop / "shop" / "web.yaml"
    shown = lint("shop", "--rule", "service-port-unserved", "--fix", "--dry-run", cwd=shop)
    assert "-    targetPort: htpp  # a misspelt name" in shown.stdout
    assert "+    targetPort: http  # a misspelt name" in shown.stdout
    assert file.read_text() == NAIVE
    lint("shop", "--rule", "service-port-unserved", "--fix", cwd=shop, expect=0)
    assert file.read_text() == NAIVE.replace("htpp", "http")


def test_everything_that_can_be_mended_stays_what_kubernetes_takes(shop: Path) -> None:
    file = shop / "shop" / "web.yaml"
    lint("shop", "--fix", cwd=shop)
    mended = file.read_text()
    assert [each["kind"] for each in yaml.safe_load_all(mended)] == ["Deployment", "Service"]
    assert "replicas: 2  # while it is small" in mended
    again = lint("shop", "--fix", cwd=shop)
    assert file.read_text() == mended
    assert "0 findings mended" in again.stderr


def test_a_baseline_lets_only_what_is_new_fail(shop: Path) -> None:
    lint("shop", "--write-baseline", "known.json", cwd=shop, expect=1)
    lint("shop", "--baseline", "known.json", cwd=shop, expect=0)
    (shop / "shop" / "new.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: once}\nspec: {containers: []}\n"
    )
    done = lint("shop", "--baseline", "known.json", "--format", "json", cwd=shop, expect=1)
    assert {each["object"] for each in json.loads(done.stdout)["findings"]} == {"Pod/once"}


def test_settings_and_rules_of_ones_own(shop: Path) -> None:
    (shop / "seatrial.toml").write_text(
        """
[lint]
disable = ["service-port-unserved", "SEA101"]
[[lint.custom]]
code = "ACME001"
name = "team-label"
kinds = ["Deployment"]
expression = "'team' in object.metadata.labels"
message = "no team owns it"
field = "metadata.labels"
severity = "error"
"""
    )
    rules = found(lint("shop", "--format", "json", cwd=shop, expect=1))
    assert rules["team-label"]["line"] == 5
    assert not {"service-port-unserved", "readiness-probe-missing"} & rules.keys()
    verify = subprocess.run(
        [sys.executable, "-c", "import sys; from pathlib import Path;"
         "from seatrial.trials.settings import read_settings; read_settings(Path(sys.argv[1]))",
         "seatrial.toml"], cwd=shop, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert verify.returncode == 0, verify.stderr  # trials leave the linter's table alone


def test_reports_beside_the_output(shop: Path) -> None:
    lint(
        "shop", "--report", "sarif=lint.sarif", "--report", "junit=lint.xml", "--report",
        "json=lint.json", cwd=shop, expect=1,
    )  # fmt: skip
    assert json.loads((shop / "lint.sarif").read_text())["version"] == "2.1.0"
    assert (shop / "lint.xml").read_text().startswith("<?xml")
    assert json.loads((shop / "lint.json").read_text())["findings"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none",), "none"),
        ((), "no PATH is given"),
        (("shop", "--rule", "SEA999"), "there is no lint rule SEA999"),
        (("shop", "--dry-run"), "--fix"),
        (("shop", "--kubernetes-version", "1.12"), "1.25 to 1.37"),
        (("shop", "--baseline", "none.json"), "none.json"),
        (("shop", "--report", "sarif=no/dir"), "there is no directory no"),
    ],
)
def test_wrong_usage_is_one_clear_line(shop: Path, arguments: tuple[str, ...], said: str) -> None:
    done = lint(*arguments, cwd=shop, expect=2)
    assert said in done.stderr


def test_rules_are_listed_and_explained(shop: Path) -> None:
    assert "readiness-probe-missing" in lint("--list", cwd=shop, expect=0).stdout
    done = subprocess.run(
        [sys.executable, "-m", "seatrial", "explain", "service-port-unserved"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "why it hurts" in done.stdout
    names = lint("--list", cwd=shop, expect=0).stdout
    assert "ephemeral-storage-limit-missing" in names  # whole, in the narrowest pipe


def test_a_misspelt_rule_is_explained_by_the_nearest() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "seatrial", "explain", "service-port-unservd"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "did you mean service-port-unserved?" in done.stderr


def test_output_that_has_few_letters_and_input_that_is_closed(shop: Path) -> None:
    (shop / "ü.yaml").write_text(NAIVE.replace("name: web\n", "name: büro\n", 1))
    narrow = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "seatrial", "lint"]
    shown = subprocess.run([*command, "."], cwd=shop, env=narrow, capture_output=True, check=False)
    assert shown.returncode == 1
    assert b"b\\xfcro" in shown.stdout
    assert shown.stderr == b""
    closed = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command, "-"], capture_output=True, check=False
    )
    assert (closed.returncode, closed.stderr.splitlines()[0]) == (2, b"error: <stdin>: is closed")


def test_a_report_to_standard_output_stands_behind_what_is_printed(shop: Path) -> None:
    done = lint(".", "--report", "json=/dev/stdout", cwd=shop)
    text, brace, report = done.stdout.partition("{\n")
    assert "readiness-probe-missing" in text
    assert json.loads(brace + report)["findings"]
