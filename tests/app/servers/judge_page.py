"""The table of docs/explanation/servers.md, rendered from measured.json between two markers.

Does: text from values.
Does not: measure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from judge_book import Row, Side
from judge_cells import ANSWERED, PROBES
from judge_subjects import SUBJECTS, Subject

PAGE: Final = Path(__file__).parents[3] / "docs/explanation/servers.md"
BEGIN: Final = "<!-- measured: tools/servers_table.py writes what follows -->"
END: Final = "<!-- end of what was measured -->"
NOT_ASKED: Final = "–"


def replaced(page: str, table: str, *, begin: str = BEGIN, end: str = END) -> str:
    """``page`` with ``table`` between its markers; ValueError without markers."""
    before, has_begin, rest = page.partition(begin)
    _, has_end, after = rest.partition(end)
    if not has_begin or not has_end:
        raise ValueError(f"page has no markers {begin!r} and {end!r}")
    return f"{before}{begin}\n\n{table}\n{end}{after}"


def render(rows: Mapping[str, Row]) -> str:
    head = ["server", "version", "", *(probe.title for probe in PROBES), "exit", "after"]
    lines = [_line(head), _line(["---"] * len(head))]
    for subject in SUBJECTS:
        if subject.key in rows:
            lines.extend(_rows(subject, rows[subject.key]))
    return "\n".join(lines) + "\n"


def _rows(subject: Subject, row: Row) -> Iterator[str]:
    names = [subject.title, row.version]
    if row.as_it_comes.cells:
        yield _line([*names, "as it comes", *_cells(row.as_it_comes)])
        names = ["", ""]
    yield _line([*names, "**with seatrial-app**", *_cells(row.with_app)])


def _cells(side: Side) -> Iterator[str]:
    for probe in PROBES:
        yield _values(side.cells.get(probe.key, ()))
    yield " or ".join(side.exits)
    yield f"{side.exit_s:.1f} s"


def _values(seen: tuple[str, ...]) -> str:
    """Lost ones stand out."""
    words = (value if value in ANSWERED else f"**{value}**" for value in seen)
    return " or ".join(words) or NOT_ASKED


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
