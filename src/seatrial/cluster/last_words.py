"""The end of a process's log, for a message about its end: the file may be gone when it is read."""

from pathlib import Path

LINES_SHOWN = 5


def last_words(log: Path) -> str:
    """Its last lines, one below the other, after its name; only the name when there are none."""
    lines = log.read_text(errors="replace").splitlines()[-LINES_SHOWN:] if log.exists() else []
    return f"its log says why: {log}" + "".join(f"\n    {line}" for line in lines)
