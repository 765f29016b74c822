"""The report as one HTML file that opens anywhere: no request leaves it. Pure.

Does: renders the report with its pictures; light and dark; prints well.
Holds: whatever an application can choose (names, bodies, messages) is escaped by the template.
"""

from pathlib import Path

import jinja2
from markupsafe import Markup

from seatrial.findings.model import Verdict
from seatrial.findings.registry import by_code
from seatrial.findings.render.text import figure_text
from seatrial.trials.report.model import Chapter, Report
from seatrial.trials.report.timeline import render_svg
from seatrial.trials.report.words import when_text

TEMPLATE = Path(__file__).with_name("report.html.j2")
# Figures that the summary and the picture show already.
QUIET_FIGURES = frozenset({"sent", "lost", "levels_s", "levels_lost"})


def render_html(report: Report) -> str:
    """The whole page."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        report=report,
        when=when_text(report.began),
        chapters=[_chapter(chapter) for chapter in report.chapters],
        practices=by_code(),
        verdicts=_verdicts(report),
        figure_text=figure_text,
        quiet=QUIET_FIGURES,
    )


def _chapter(chapter: Chapter) -> dict[str, object]:
    # The picture escapes its own texts.
    svg = render_svg(chapter.world, chapter.subject) if chapter.world and chapter.subject else ""
    levels = [level for finding in chapter.findings for level in _levels(finding.figures)]
    return {"chapter": chapter, "svg": Markup(svg), "levels": levels}


def _levels(figures: object) -> list[tuple[float, int]]:
    """Delay and lost requests of each clone, by delay."""
    if not isinstance(figures, dict) or "levels_s" not in figures:
        return []
    pairs = zip(figures["levels_s"], figures["levels_lost"], strict=True)
    return sorted((float(delay), int(lost)) for delay, lost in pairs)


def _verdicts(report: Report) -> list[tuple[str, int]]:
    counted = [
        (verdict.name, sum(finding.verdict is verdict for finding in report.findings))
        for verdict in reversed(Verdict)
    ]
    return [(name, count) for name, count in counted if count]
