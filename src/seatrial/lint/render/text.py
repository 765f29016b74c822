"""For people: what, where, the lines themselves, and what to do. Styles are names `rich` knows."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from rich.text import Text

from seatrial.findings.model import Severity
from seatrial.kit.text import plural
from seatrial.lint.manifest import Source
from seatrial.lint.model import LintFinding
from seatrial.lint.result import Result

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
LINES_AROUND = 1
EXCERPT_WIDTH_MAX = 140


def result_lines(result: Result) -> Iterator[Text]:
    """Every finding, then one line of figures. Good habits are told in two lines each."""
    for each in result.findings:
        told = finding_lines(each)
        yield from islice(told, 2) if each.severity is Severity.INFO else told
        yield Text()
    yield summary_line(result)


def finding_lines(finding: LintFinding) -> Iterator[Text]:
    """Headline, place, excerpt, advice."""
    head = Text(finding.severity.word, STYLES[finding.severity])
    yield head.append(f"[{finding.code}]", "bold").append(
        f" {_visible(finding.message)}", "not bold default"
    )
    where = Text("  --> ", "blue").append(str(finding.place), "default")
    yield where.append(_visible(f"  {finding.object}  {finding.field}".rstrip()), "dim")
    yield from _excerpt(finding)
    mends = "  (--fix mends it)" if finding.edits else ""
    advised = Text("   = ", "blue").append(f"{finding.rule}: ", "dim")
    yield advised.append(_visible(finding.advice), "default").append(mends, "green")


def summary_line(result: Result) -> Text:
    """`2 errors, 1 warning in 14 objects of 3 files; 1 silenced`."""
    looked = f"{plural(result.objects, 'object')} of {plural(result.files, 'file')}"
    counts = [(severity, result.count(severity)) for severity in reversed(Severity)]
    said = [(plural(count, severity.word), STYLES[severity]) for severity, count in counts if count]
    line = Text()
    for place, (words, style) in enumerate(said):
        line.append(", " if place else "").append(words, style)
    line.append(f" in {looked}" if said else f"nothing found in {looked}")
    notes = [(result.silenced, "silenced"), (result.known, "in the baseline")]
    for count, word in notes:
        line.append(f"; {count} {word}" if count else "")
    fixable = result.summary["fixable"]
    return line.append(f"; --fix mends {fixable}" if fixable else "")


def _excerpt(finding: LintFinding) -> Iterator[Text]:
    """The line with its neighbours, and a mark below the place."""
    if not finding.place.line:
        return
    lines = _lines(finding.manifest.source)
    first = max(1, finding.place.line - LINES_AROUND)
    last = min(len(lines), finding.place.line + LINES_AROUND)
    width = len(str(last))
    for number in range(first, last + 1):
        shown = lines[number - 1].replace("\t", " ")[:EXCERPT_WIDTH_MAX]
        is_it = number == finding.place.line
        line = Text(f"{number:>{width + 3}} | ", "blue")
        yield line.append(shown, "default" if is_it else "dim")
        if is_it:
            mark = " " * (finding.place.column - 1) + "^" * _mark_width(finding, shown)
            yield Text(" " * (width + 3) + " | ", "blue").append(mark, STYLES[finding.severity])


def _visible(text: str) -> str:
    """Without what would steer a terminal: names and values are whatever a file's author wrote."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


@lru_cache(maxsize=1)
def _lines(source: Source) -> list[str]:
    """Kept from one finding to the next: a file of a thousand objects has thousands of them."""
    return source.text.splitlines()


def _mark_width(finding: LintFinding, line: str) -> int:
    rest = len(line.rstrip()) - finding.place.column + 1
    return max(1, min(finding.span.end - finding.span.start, rest))
