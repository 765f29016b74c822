"""Measures every server around SIGTERM and renders the table of docs/explanation/servers.md.

    .venv/bin/python tools/servers_table.py            measure all, two runs each, and render
    .venv/bin/python tools/servers_table.py granian-asgi uvicorn-h11   only these
    .venv/bin/python tools/servers_table.py --render   only render what was measured

Rows measured anew forget what was seen before; `--add` keeps it, for cells that depend on a race.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/app/servers"))

import judge_book
import judge_page
import judge_verified
from judge_cells import Measured
from judge_court import Case, Court, Version, measure
from judge_subjects import SUBJECTS, Subject
from judge_verified import BEGIN, END


def main(arguments: Sequence[str] | None = None) -> None:
    told = _parser().parse_args(arguments)
    if not told.render:
        chosen = [one for one in SUBJECTS if not told.keys or one.key in told.keys]
        judge_book.write(measured(chosen, runs=told.runs, add=told.add))
    page = judge_page.PAGE.read_text()
    page = judge_page.replaced(page, judge_page.render(judge_book.read()))
    judge_page.PAGE.write_text(
        judge_page.replaced(page, judge_verified.render_verified(), begin=BEGIN, end=END)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("keys", nargs="*", metavar="SERVER")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--add", action="store_true")
    parser.add_argument("--render", action="store_true")
    return parser


def measured(chosen: Sequence[Subject], *, runs: int, add: bool) -> dict[str, judge_book.Row]:
    """The book with these subjects measured, in the order of the table."""
    rows = judge_book.read()
    present = [subject for subject in chosen if _is_present(subject)]
    if not add:
        rows = {key: row for key, row in rows.items() if key not in {one.key for one in present}}
    for _ in range(runs):
        cases = [(subject, version) for subject in present for version in Version]
        with Court(
            {case: partial(measure, *case) for case in cases if _has_command(case)}
        ) as court:
            for subject in present:
                rows[subject.key] = _with_run(rows.get(subject.key), subject, court)
                print(f"{subject.key}: measured", flush=True)
    return {subject.key: rows[subject.key] for subject in SUBJECTS if subject.key in rows}


def _has_command(case: Case) -> bool:
    subject, version = case
    return version.command(subject) is not None


def _is_present(subject: Subject) -> bool:
    reason = subject.absent()
    if reason is not None:
        print(f"{subject.key}: left out, {reason}")
    return reason is None


def _with_run(
    row: judge_book.Row | None, subject: Subject, court: Court[Case, Measured]
) -> judge_book.Row:
    row = row or judge_book.Row(
        version="", as_it_comes=judge_book.Side(), with_app=judge_book.Side()
    )
    sides = {Version.AS_IT_COMES: row.as_it_comes, Version.WITH_APP: row.with_app}
    for version, side in sides.items():
        if version.command(subject) is not None:
            sides[version] = side.with_run(court.result((subject, version)))
    return judge_book.Row(
        version=subject.version(),
        as_it_comes=sides[Version.AS_IT_COMES],
        with_app=sides[Version.WITH_APP],
    )


if __name__ == "__main__":
    main()
