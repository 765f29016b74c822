"""The report for a terminal: live progress while trials run, then verdicts, causes and advice.

Does: prints with rich to a console it is given; without a terminal, plain lines.
Does not: decide anything.
"""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.spinner import Spinner
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from seatrial.findings.model import Advice, Finding, Verdict
from seatrial.findings.render.text import figure_text
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.report.html import QUIET_FIGURES
from seatrial.trials.report.model import Report
from seatrial.trials.report.words import headline, requests_text, trials_text
from seatrial.trials.verify import Progress

STYLES = {Verdict.PASS: "bold green", Verdict.UNKNOWN: "bold yellow", Verdict.FAIL: "bold red"}
REFRESH_PER_S = 8
# A patch that several findings advise is printed once.
INDENT = 4


class LiveProgress:
    """What every trial is doing right now; a listener for `verify`, and a context."""

    def __init__(self, console: Console, trials: Sequence[Trial]) -> None:
        self._console = console
        self._rows: dict[tuple[str, str], Progress] = {}
        self._waiting = [trial.name for trial in trials]
        self._spinner = Spinner("dots")
        self._live = Live(
            console=console,
            refresh_per_second=REFRESH_PER_S,
            get_renderable=self._render,
            transient=True,
        )

    def __enter__(self) -> "LiveProgress":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def __call__(self, progress: Progress) -> None:
        """Take the news."""
        key = (progress.trial, progress.object)
        known = self._rows.get(key)
        if known and not progress.words:
            progress = Progress(
                progress.trial, progress.object, known.words, progress.sent, progress.lost
            )
        self._rows[key] = progress
        if not self._console.is_terminal and (known is None or known.words != progress.words):
            verdict = f"{progress.finding.verdict.name}: " if progress.finding else ""
            self._console.print(
                f"{progress.trial:<16} {verdict}{progress.words}", highlight=False, markup=False
            )

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        seen = {trial for trial, _ in self._rows}
        for progress in self._rows.values():
            table.add_row(self._sign(progress), progress.trial, self._doing(progress))
        for name in self._waiting:
            if name not in seen:
                table.add_row("·", Text(name, style="dim"), Text("waiting", style="dim"))
        return table

    def _sign(self, progress: Progress) -> RenderableType:
        if progress.finding is None:
            return self._spinner
        return verdict_text(progress.finding.verdict)

    def _doing(self, progress: Progress) -> Text:
        text = Text(progress.words)
        if progress.sent and progress.finding is None:
            text.append(f"  {progress.sent} sent", style="dim")
            if progress.lost:
                text.append(f", {progress.lost} lost", style="red")
        return text


def render_text(report: Report, console: Console) -> None:
    """Everything a reader at a terminal wants, the verdict last."""
    console.print()
    console.print(_overview(report), soft_wrap=False)
    shown: set[str] = set()
    for finding in report.findings:
        if _has_story(finding, shown):
            console.print(_story(finding, shown), soft_wrap=False)
    for note in report.notes:
        console.print(Text(f"note: {note}", style="dim"), soft_wrap=False)
    console.print(_ending(report), soft_wrap=False)


def _has_story(finding: Finding, shown: set[str]) -> bool:
    """More than its line in the overview, and not only what others have said."""
    fresh = any(advice.text not in shown for advice in finding.advice)
    return bool(finding.causes) or finding.verdict is Verdict.FAIL or fresh


def verdict_text(verdict: Verdict) -> Text:
    """The verdict in its colour."""
    return Text(verdict.name, style=STYLES[verdict])


def _overview(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("verdict")
    table.add_column("trial", no_wrap=True)
    table.add_column("", style="dim", no_wrap=True)
    table.add_column("what came out")
    are_many = len({finding.object for finding in report.findings}) > 1
    for finding in report.findings:
        told = f"{finding.object}: {finding.summary}" if are_many else finding.summary
        table.add_row(verdict_text(finding.verdict), finding.trial, finding.code, told)
    return table


def _story(finding: Finding, shown: set[str]) -> RenderableType:
    title = verdict_text(finding.verdict)
    title.append(f"  {finding.trial} {finding.code}", style="bold")
    title.append(f"  {finding.object}  {finding.place}", style="dim")
    figures = ", ".join(
        figure_text(name, value)
        for name, value in finding.figures.items()
        if name not in QUIET_FIGURES
    )
    parts: list[RenderableType] = [Text(), title]
    if figures:
        parts.append(Padding(Text(figures, style="dim"), (0, 0, 0, 2)))
    if finding.causes:
        parts.append(Padding(_causes(finding), (0, 0, 0, 2)))
    for advice in finding.advice:
        parts.extend(_advice(advice, shown))
    return Group(*parts)


def _causes(finding: Finding) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="bold")
    table.add_column(no_wrap=True)
    table.add_column()
    for cause in finding.causes:
        style = "dim" if cause.is_excused else ""
        table.add_row(
            str(cause.count),
            Text(f"{cause.outcome}, {cause.connection}", style=style or "red"),
            Text(cause.cause, style=style),
        )
    return table


def _advice(advice: Advice, shown: set[str]) -> list[RenderableType]:
    parts: list[RenderableType] = [
        Padding(Text("→ ", style="cyan").append(advice.text, style=""), (0, 0, 0, 2))
    ]
    shown.add(advice.text)
    if advice.patch and advice.patch not in shown:
        shown.add(advice.patch)
        syntax = Syntax(advice.patch.rstrip(), "yaml", background_color="default")
        parts.append(Padding(syntax, (0, 0, 0, INDENT)))
    return parts


def _ending(report: Report) -> Panel:
    text = Text(headline(report), style=STYLES[report.verdict])
    text.append(f"\n{requests_text(report)}; {trials_text(report)}", style="default not bold")
    return Panel(text, title=verdict_text(report.verdict), title_align="left", expand=False)
