"""One result, said in five ways."""

import json
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import fromstring

from lint_examples import RULE, findings

from seatrial.findings.model import Place, Severity
from seatrial.lint.model import BadInput, LintFinding
from seatrial.lint.render.github import render_github
from seatrial.lint.render.json import render_json
from seatrial.lint.render.junit import render_junit
from seatrial.lint.render.sarif import render_sarif
from seatrial.lint.render.text import result_lines
from seatrial.lint.result import Result

BAD = BadInput(Place("b, c.yaml", 3, 7), "a tab: 100%")
RESULT = Result(tuple(findings()), (BAD,), files=2, objects=1, silenced=4, known=5)


def with_severity(severity: Severity) -> list[LintFinding]:
    return findings(rules=[replace(RULE, severity=severity)])


def text_of(result: Result) -> str:
    return "".join(f"{line.plain}\n" for line in result_lines(result))


def test_text_shows_the_lines_and_marks_the_place() -> None:
    assert text_of(RESULT) == (
        """\
error[SEA305] nobody owns it
  --> a.yaml:3:1  Pod/web  metadata.labels.owner
   2 | kind: Pod
   3 | metadata:
     | ^^^^^^^^
   4 |   name: web
   = grace-is-five: say who does

error[SEA305] grace is 5: too <little>
  --> a.yaml:6:3  Pod/web  spec.grace
   5 | spec:
   6 |   grace: 5
     |   ^^^^^
   = grace-is-five: raise it, please  (--fix mends it)

2 errors in 1 object of 2 files; 4 silenced; 5 in the baseline; --fix mends 1
"""
    )


def test_text_of_nothing() -> None:
    assert text_of(Result((), files=1, objects=3)) == "nothing found in 3 objects of 1 file\n"


def test_text_does_not_steer_the_terminal() -> None:
    (hostile, *_) = findings()
    found = replace(hostile, object="Pod/\x1b[2Jü", message="it is\x07 \u202e so")
    text = text_of(replace(RESULT, findings=(found,)))
    assert "Pod/\\x1b[2Jü" in text
    assert "it is\\x07 \\u202e so" in text


def test_json_has_the_promised_names() -> None:
    wire = json.loads(render_json(RESULT))
    assert wire["findings"][1] == {
        "code": "SEA305", "rule": "grace-is-five", "severity": "error", "file": "a.yaml", "line": 6,
        "column": 3, "object": "Pod/web", "namespace": "", "field": "spec.grace",
        "message": "grace is 5: too <little>", "advice": "raise it, please", "fixable": True,
    }  # fmt: skip
    assert wire["summary"] == {
        "files": 2, "objects": 1, "findings": 2, "errors": 2, "warnings": 0, "infos": 0,
        "silenced": 4, "baseline": 5, "fixable": 1, "unreadable": 1,
    }  # fmt: skip
    assert wire["bad_input"] == [
        {"file": "b, c.yaml", "line": 3, "column": 7, "message": "a tab: 100%", "remedy": ""}
    ]


def test_github_escapes_what_its_commands_are_made_of() -> None:
    bad, first, _ = render_github(RESULT).splitlines()
    assert bad == ("::error file=b%2C c.yaml,line=3,col=7,title=cannot be linted::a tab: 100%25")
    assert first == (
        "::error file=a.yaml,line=3,col=1,title=SEA305 grace-is-five::"
        "Pod/web: nobody owns it%0Asay who does"
    )


def test_junit_counts_failures_and_errors() -> None:
    root = fromstring(render_junit(RESULT).partition("\n")[2])
    assert {key: root.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "3", "failures": "2", "errors": "1",
    }  # fmt: skip
    failures = root.findall("./testsuite[@name='a.yaml']/testcase/failure")
    assert [each.get("message") for each in failures] == [
        "nobody owns it", "grace is 5: too <little>",
    ]  # fmt: skip
    assert root.find("./testsuite[@name='b, c.yaml']/testcase/error") is not None


def test_junit_fails_only_from_the_level_asked_for() -> None:
    low = with_severity(Severity.INFO)
    root = fromstring(render_junit(Result(tuple(low))).partition("\n")[2])
    assert root.get("failures") == "0"
    assert len(root.findall("./testsuite/testcase/system-out")) == len(low)


def test_junit_of_nothing_is_one_test_that_passed() -> None:
    root = fromstring(render_junit(Result(())).partition("\n")[2])
    assert (root.get("tests"), root.get("failures")) == ("1", "0")


def test_sarif_places_results_and_names_rules() -> None:
    run = json.loads(render_sarif(RESULT, [RULE], "1.2.3"))["runs"][0]
    driver = run["tool"]["driver"]
    assert [each["id"] for each in driver["rules"]] == ["SEA305/grace-is-five"]
    assert driver["semanticVersion"] == "1.2.3"
    result: dict[str, Any] = run["results"][1]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == (
        "SEA305/grace-is-five", 0, "error",
    )  # fmt: skip
    place = result["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "a.yaml"}, "region": {"startLine": 6, "startColumn": 3},
    }  # fmt: skip
    notice = run["invocations"][0]["toolExecutionNotifications"][0]
    assert not run["invocations"][0]["executionSuccessful"]
    assert notice["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "b%2C%20c.yaml"


def test_sarif_fingerprints_outlive_other_lines() -> None:
    moved = Result(tuple(findings("# a comment\n" + findings()[0].manifest.source.text)))

    def prints(result: Result) -> list[str]:
        results = json.loads(render_sarif(result, [RULE], "1"))["runs"][0]["results"]
        return [each["partialFingerprints"]["objectField/v1"] for each in results]

    assert prints(moved) == prints(RESULT)
    assert len(set(prints(RESULT))) == 2


def test_exit_codes() -> None:
    assert Result(()).exit_code == 0
    assert Result(tuple(findings())).exit_code == 1
    assert Result((), (BAD,)).exit_code == 2
    info = Result(tuple(with_severity(Severity.INFO)))
    assert info.exit_code == 0
    assert Result(info.findings, fail_on=Severity.INFO).exit_code == 1
