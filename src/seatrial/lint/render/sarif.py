"""SARIF 2.1.0 (OASIS), as code hosts and editors read it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from seatrial.findings.model import Place, Severity
from seatrial.findings.registry import by_code
from seatrial.lint.model import BadInput, LintFinding
from seatrial.lint.result import Result
from seatrial.lint.rule import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render_sarif(result: Result, rules: Sequence[Rule], version: str) -> str:
    """One run with its rules, results and what could not be read."""
    used = {each.rule for each in result.findings}
    told = [rule for rule in rules if rule.name in used]
    index = {rule.name: place for place, rule in enumerate(told)}
    run = {
        "tool": {
            "driver": {
                "name": "seatrial",
                "semanticVersion": version,
                "rules": [_rule(rule) for rule in told],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, index) for each in result.findings],
        "invocations": [
            {
                "executionSuccessful": not result.bad_input,
                "toolExecutionNotifications": [_notice(each) for each in result.bad_input],
            }
        ],
    }
    wire = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(wire, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    practice = by_code().get(rule.code)
    return {
        "id": f"{rule.code}/{rule.name}",
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": practice.why if practice else rule.summary},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.code]},
    }


def _result(finding: LintFinding, index: dict[str, int]) -> dict[str, Any]:
    wire: dict[str, Any] = {
        "ruleId": f"{finding.code}/{finding.rule}",
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.object}: {finding.message}. {_sentence(finding.advice)}"},
        "locations": [
            _location(finding.place)
            | {"logicalLocations": [{"name": finding.field, "fullyQualifiedName": _full(finding)}]}
        ],
        "partialFingerprints": {"objectField/v1": _fingerprint(finding)},
    }
    if finding.rule in index:
        wire["ruleIndex"] = index[finding.rule]
    return wire


def _notice(bad: BadInput) -> dict[str, Any]:
    return {"level": "error", "message": {"text": bad.message}, "locations": [_location(bad.place)]}


def _location(place: Place) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line:
        physical["region"] = {"startLine": place.line, "startColumn": max(1, place.column)}
    return {"physicalLocation": physical}


def _uri(file: str) -> str:
    """Relative as the user named it, so that a code host finds it in its checkout."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _full(finding: LintFinding) -> str:
    return _joined((finding.namespace, finding.object, finding.field))


def _fingerprint(finding: LintFinding) -> str:
    said = _joined((finding.rule, finding.place.file, _full(finding)))
    return hashlib.blake2s(said.encode(), digest_size=16).hexdigest()


def _joined(words: Iterable[str]) -> str:
    return "/".join(word for word in words if word)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
