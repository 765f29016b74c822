"""measured.json: what each server did in every run that was recorded.

Does: reads and writes it, adds a run to it, and says in which cells a new run differs.
Does not: run anything (judge_court.py), render anything (judge_page.py).
Holds: a cell keeps every value it was seen with: some depend on a race, and the page says so.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from judge_cells import Measured

MEASURED: Final = Path(__file__).with_name("measured.json")
KILLED: Final = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A server as it comes, or with seatrial-app: every value seen, and the longest exit."""

    cells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exits: tuple[str, ...] = ()
    exit_s: float = 0.0

    def with_run(self, run: Measured) -> Side:
        cells = {key: _with(self.cells.get(key, ()), value) for key, value in run.cells.items()}
        exits = _with(self.exits, exit_name(run.exit_code))
        return Side(cells=cells, exits=exits, exit_s=max(self.exit_s, round(run.exit_s, 1)))

    def differences(self, run: Measured, varies: frozenset[str]) -> list[str]:
        """One line for each cell of ``run`` that was never seen so, but for those that vary."""
        seen = {**self.cells, "exit": self.exits}
        now = {**run.cells, "exit": exit_name(run.exit_code)}
        return [
            f"{key}: {value}, recorded {' or '.join(seen.get(key, ())) or 'nothing'}"
            for key, value in now.items()
            if key not in varies and value not in seen.get(key, ())
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One server."""

    version: str
    as_it_comes: Side
    with_app: Side


def exit_name(code: int | None) -> str:
    """An exit code in words: ``0``, ``SIGTERM``, ``killed`` when it would not end."""
    if code is None:
        return KILLED
    return signal.Signals(-code).name if code < 0 else str(code)


def read(path: Path = MEASURED) -> dict[str, Row]:
    if not path.exists():
        return {}
    rows: dict[str, dict[str, Any]] = json.loads(path.read_text())
    return {key: _row(row) for key, row in rows.items()}


def write(rows: Mapping[str, Row], path: Path = MEASURED) -> None:
    plain = {key: asdict(row) for key, row in rows.items()}
    path.write_text(json.dumps(plain, indent=1) + "\n")


def _row(row: dict[str, Any]) -> Row:
    return Row(
        version=row["version"],
        as_it_comes=_side(row["as_it_comes"]),
        with_app=_side(row["with_app"]),
    )


def _side(side: dict[str, Any]) -> Side:
    cells = {key: tuple(values) for key, values in side["cells"].items()}
    return Side(cells=cells, exits=tuple(side["exits"]), exit_s=side["exit_s"])


def _with(seen: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(sorted({*seen, value}))
