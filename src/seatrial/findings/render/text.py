"""Findings as plain lines, for logs and for terminals without colour."""

from collections.abc import Iterator

from seatrial.findings.model import Figure, Finding


def finding_lines(finding: Finding) -> Iterator[str]:
    """A headline, then causes and advice, indented."""
    where = f" ({finding.place})" if finding.place else ""
    yield (
        f"{finding.verdict.name:<7} {finding.code} {finding.trial:<15} {finding.object}{where}:"
        f" {finding.summary}"
    )
    for cause in finding.causes:
        yield f"        {cause.count} x {cause.outcome}, {cause.connection}: {cause.cause}"
    for advice in finding.advice:
        yield f"        -> {advice.text}"


def figure_text(name: str, value: Figure) -> str:
    """`tolerated 0.5 s`, `exit code 137`: the unit is the name's last word where it is one."""
    words, _, unit = name.rpartition("_")
    if unit not in ("s", "ms"):
        words, unit = name, ""
    label = words.replace("_", " ")
    if value is None:
        return f"{label} not seen"
    if isinstance(value, tuple):
        text = ", ".join(f"{each:g}" for each in value)
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return f"{label} {text}{' ' + unit if unit else ''}"
