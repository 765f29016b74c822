"""Rules of the user's own."""

from pathlib import Path

import pytest

from seatrial.findings.model import Severity
from seatrial.lint.custom.expressions import expression_rule
from seatrial.lint.custom.python import python_rules
from seatrial.lint.inventory import inventory_of
from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.model import LintFinding
from seatrial.lint.rule import Rule, World
from seatrial.lint.runner import run_all, run_rules
from seatrial.lint.settings import CustomRule, LintSettingsError

TEXT = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {team: shop}
spec:
  terminationGracePeriodSeconds: 5
"""


def found(rule: Rule, text: str = TEXT) -> list[LintFinding]:
    read = [each for each in read_text(Source("a.yaml", text)) if isinstance(each, Manifest)]
    return run_rules(World(inventory_of(read)), [rule])


def custom(expression: str, **more: object) -> CustomRule:
    return CustomRule("ACME001", "acme-rule", expression, "a team is named", **more)  # type: ignore[arg-type]


def test_true_is_well() -> None:
    assert found(expression_rule(custom("has(object.metadata.labels.team)"))) == []


def test_false_is_a_finding_at_the_field() -> None:
    rule = expression_rule(
        custom(
            "pod.spec.terminationGracePeriodSeconds >= 30",
            field="spec.terminationGracePeriodSeconds",
            advice="raise it",
            severity=Severity.ERROR,
        )
    )
    (finding,) = found(rule)
    assert (finding.code, finding.severity, finding.place.line) == ("ACME001", Severity.ERROR, 7)
    assert (finding.message, finding.advice) == ("a team is named", "raise it")


def test_kinds_are_kept_to() -> None:
    assert found(expression_rule(custom("false", kinds=("Deployment",)))) == []


def test_what_cannot_be_told_is_said() -> None:
    (finding,) = found(expression_rule(custom("object.metadata.labels.owner == 'me'")))
    assert "cannot be told" in finding.message


@pytest.mark.parametrize("expression", ["", "has(", "1 +", "object.", "'"])
def test_what_is_not_cel_is_refused_by_name(expression: str) -> None:
    with pytest.raises(LintSettingsError, match="acme-rule: the expression is not CEL"):
        expression_rule(custom(expression))


RULE_FILE = """\
from seatrial.lint.rule import INFO, Hit, Rule

def check(manifest, world):
    yield Hit(("metadata", "name"), f"{manifest.object} is there", "look at it")

RULE = Rule(code="ACME002", name="acme-there", severity=INFO, summary="it is there",
            check_manifest=check)
"""


def test_a_python_file_holds_a_rule(tmp_path: Path) -> None:
    path = tmp_path / "rules.py"
    path.write_text(RULE_FILE)
    (rule,) = python_rules(path)
    (finding,) = found(rule)
    assert finding.message == "Pod/web is there"


@pytest.mark.parametrize(
    ("text", "said"),
    [("x = 1", "has no rule"), ("RULE = 3", "is not a"), ("1/0", "ZeroDivisionError")],
)
def test_a_python_file_without_one_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rules.py"
    path.write_text(text)
    with pytest.raises(LintSettingsError, match=said):
        list(python_rules(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LintSettingsError, match="is not a Python file"):
        list(python_rules(tmp_path / "none.py"))


def rules_in(tmp_path: Path, text: str) -> list[Rule]:
    (tmp_path / "r.py").write_text(f"from seatrial.lint.rule import *\n{text}\n")
    return list(python_rules(tmp_path / "r.py"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; sys.exit(4)", "SystemExit: 4"),
        ("RULE = Rule('A1', 'mine', 'error', 's', check_manifest=print)", "the severity 'error'"),
        ("RULE = Rule('A1', 'mine', ERROR, 's')", "needs check_workload or check_manifest"),
        ("RULE = Rule('A1', '', ERROR, 's', check_manifest=print)", "needs a code and a name"),
    ],
)
def test_a_file_whose_rules_cannot_run_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LintSettingsError, match=said):
        rules_in(tmp_path, text)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise SystemExit(3)", "broke on Pod/web: SystemExit: 3"),
        ("raise ValueError('two\\nlines')", "broke on Pod/web: ValueError: two lines"),
        ("return [5]", "broke on Pod/web: AttributeError"),
        ("return check(manifest, world)", "broke on Pod/web: RecursionError"),
    ],
)
def test_a_rule_that_breaks_is_told_in_one_line(tmp_path: Path, body: str, said: str) -> None:
    text = f"def check(manifest, world):\n    {body}\n"
    rules = rules_in(tmp_path, text + "RULE = Rule('A1', 'mine', ERROR, 's', check_manifest=check)")
    read = [each for each in read_text(Source("a.yaml", TEXT)) if isinstance(each, Manifest)]
    (broken,) = run_all(World(inventory_of(read)), rules).broken
    assert said in str(broken)
    assert "\n" not in str(broken)
