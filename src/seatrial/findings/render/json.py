"""Findings as mappings for JSON; the names are a promise to other programs."""

from typing import Any

from seatrial.findings.model import Cause, Finding


def finding_wire(finding: Finding) -> dict[str, Any]:
    """One finding; `advice` is text, `patches` the YAML of those changes that can be one."""
    return {
        "code": finding.code,
        "verdict": finding.verdict.name,
        "trial": finding.trial,
        "object": finding.object,
        "place": finding.place,
        "summary": finding.summary,
        "figures": dict(finding.figures),
        "causes": [cause_wire(cause) for cause in finding.causes],
        "advice": "\n".join(advice.text for advice in finding.advice),
        "patches": [advice.patch for advice in finding.advice if advice.patch],
    }


def cause_wire(cause: Cause) -> dict[str, Any]:
    """One group of lost requests."""
    return {
        "outcome": cause.outcome,
        "connection": cause.connection,
        "count": cause.count,
        "cause": cause.cause,
        "excused": cause.is_excused,
        "key": cause.key,
        "requests": list(cause.requests),
    }
