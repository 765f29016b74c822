"""For other programs; the names are a promise."""

import json
from typing import Any

from seatrial.lint.model import BadInput, LintFinding
from seatrial.lint.result import Result


def render_json(result: Result) -> str:
    """`{"findings": [...], "summary": {...}, "bad_input": [...]}`."""
    wire = {
        "findings": [finding_wire(each) for each in result.findings],
        "summary": result.summary,
        "bad_input": [bad_wire(each) for each in result.bad_input],
    }
    return json.dumps(wire, indent=2, ensure_ascii=False) + "\n"


def finding_wire(finding: LintFinding) -> dict[str, Any]:
    """One finding."""
    return {
        "code": finding.code,
        "rule": finding.rule,
        "severity": finding.severity.word,
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "object": finding.object,
        "namespace": finding.namespace,
        "field": finding.field,
        "message": finding.message,
        "advice": finding.advice,
        "fixable": bool(finding.edits),
    }


def bad_wire(bad: BadInput) -> dict[str, Any]:
    """One thing that could not be read."""
    return {
        "file": bad.place.file,
        "line": bad.place.line,
        "column": bad.place.column,
        "message": bad.message,
        "remedy": bad.remedy,
    }
