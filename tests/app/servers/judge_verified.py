"""The second table of docs/explanation/servers.md: what `seatrial verify` saw of each server.

Does: renders docs/explanation/servers-verified.json, which tools/servers_verify.py writes.
Does not: run a cluster.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

VERIFIED: Final = Path(__file__).parents[3] / "docs/explanation/servers-verified.json"
BEGIN: Final = "<!-- verified: tools/servers_table.py --render writes what follows -->"
END: Final = "<!-- end of what was verified -->"
HEAD: Final = (
    "version",
    "requests",
    "on new connections",
    "on kept-alive ones",
    "begun before SIGTERM",
    "lost",
    "delay tolerated",
    "exit",
    "after at most",
)
BEFORE_SIGTERM: Final = ("in_flight", "silent", "half_sent", "slow_body")


def render_verified(path: Path = VERIFIED) -> str:
    """The table; empty where nothing was verified."""
    if not path.exists():
        return ""
    servers: dict[str, dict[str, Any]] = json.loads(path.read_text())["servers"]
    lines = [_line(("server", *HEAD)), _line(("---",) * (len(HEAD) + 1))]
    lines += [_line((name, *_cells(seen))) for name, seen in servers.items()]
    return "\n".join(lines) + "\n"


def _cells(seen: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = seen["kinds"]
    return (
        str(seen["version"]).partition(" ")[2],
        f"{seen['requests']:,}",
        f"{kinds.get('new', 0):,}",
        f"{kinds.get('kept_alive', 0):,}",
        f"{sum(kinds.get(kind, 0) for kind in BEFORE_SIGTERM):,}",
        str(seen["lost"]),
        _seconds(seen["tolerated_s"]),
        ", ".join(sorted({str(code) for code in seen["exit_codes"]})),
        _seconds(seen["exit_s"]),
    )


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
