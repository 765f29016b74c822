"""The report as JSON: the shape is a promise to other programs."""

import json
from typing import Any

from seatrial.findings.render.json import finding_wire
from seatrial.trials.report.model import Report


def report_wire(report: Report) -> dict[str, Any]:
    """The report as a mapping; times are epoch seconds and seconds."""
    return {
        "application": report.application,
        "verdict": report.verdict.name,
        "requests": {
            "sent": report.requests.sent,
            "ok": report.requests.ok,
            "lost": report.requests.lost,
            "excused": report.requests.excused,
        },
        "findings": [finding_wire(finding) for finding in report.findings],
        "notes": list(report.notes),
        "began": round(report.began, 3),
        "took_s": round(report.took_s, 2),
    }


def render_json(report: Report) -> str:
    """The report as text, indented, ending on a newline."""
    return json.dumps(report_wire(report), indent=2, ensure_ascii=False) + "\n"
