"""Words that several readers of the report share. Pure."""

from datetime import UTC, datetime

from seatrial.findings.model import Verdict
from seatrial.kit.text import plural
from seatrial.trials.report.model import Report

HEADLINES = {
    Verdict.PASS: "seaworthy",
    Verdict.UNKNOWN: "not everything could be tried",
    Verdict.FAIL: "not seaworthy yet",
}


def when_text(at: float) -> str:
    """`2026-01-02 03:04 UTC`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def headline(report: Report) -> str:
    """`fortune: not seaworthy yet`."""
    return f"{report.application}: {HEADLINES[report.verdict]}"


def requests_text(report: Report) -> str:
    """`1,204 requests, 1,180 well answered, 24 lost`."""
    counts = report.requests
    if not counts.sent:
        return "no requests"
    parts = [
        f"{counts.sent:,} request{'' if counts.sent == 1 else 's'}",
        f"{counts.ok:,} well answered",
        f"{counts.lost:,} lost",
    ]
    aside = f"; {counts.excused:,} more excused" if counts.excused else ""
    return ", ".join(parts) + aside


def trials_text(report: Report) -> str:
    """`6 trials in 24 s`."""
    return f"{plural(len(report.findings), 'trial')} in {report.took_s:.0f} s"
