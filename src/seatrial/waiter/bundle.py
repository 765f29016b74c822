"""The waiter as one text: what a bundle and a ConfigMap hold.

Does: puts the modules one after the other, leaves out their imports of one another.
Does not: hold itself or `manifest`: whoever wants them has the whole of seatrial.
Holds: the same bytes on every machine, nothing but ASCII; signals are heard before the rest is
imported; no two modules use one name for two things (a test looks).
"""

from __future__ import annotations

import ast
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "seatrial.waiter"
# Those that are needed stand before those that need them.
MODULES = (
    "verdicts", "durations", "urls", "expression", "backoff", "options", "targets", "postgres",
    "redis", "http1", "objects", "connection", "cluster", "attempts", "schedule", "progress",
    "waiting", "world", "command",
)  # fmt: skip
HEAD = '''\
#!/usr/bin/env python3
"""`seatrial wait` {version} in one file: needs Python 3.9 or later and nothing else.

Generated: the modules of seatrial.waiter, one after the other.
"""

from __future__ import annotations
'''
SHEBANG = b"#!/usr/bin/env python3\n"
# Set back, so that archives made twice are equal.
DATE = (1980, 1, 1, 0, 0, 0)
UNIX = 3
EXECUTABLE = 0o755


def write_bundle(path: str) -> int:
    """Write the archive that `python3 PATH` runs; its size in bytes. Raises OSError."""
    data = bundle_bytes()
    Path(path).write_bytes(data)
    os.chmod(path, EXECUTABLE)
    return len(data)


def bundle_bytes() -> bytes:
    """A zipapp: a first line for the kernel, then an archive with `__main__.py`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo("__main__.py", DATE)
        entry.create_system = UNIX
        entry.external_attr = 0o100644 << 16
        archive.writestr(entry, merged_source())
    return SHEBANG + packed.getvalue()


def merged_source() -> str:
    """The text of the whole."""
    from seatrial import __version__

    first, last = split_ending(read_module("__main__"))
    parts = [HEAD.format(version=__version__), without_imports(first)]
    parts.extend(
        f"# {PACKAGE}.{module}\n{without_imports(read_module(module))}" for module in MODULES
    )
    return "\n\n\n".join(part.strip("\n") for part in [*parts, last]) + "\n"


def read_module(module: str) -> str:
    """A module's source."""
    return (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8")


def split_ending(source: str) -> tuple[str, str]:
    """A module up to its last statement, and that statement."""
    lines = source.splitlines(keepends=True)
    start = ast.parse(source).body[-1].lineno - 1
    return "".join(lines[:start]), "".join(lines[start:])


def without_imports(source: str) -> str:
    """The same without what is imported from modules that stand in the same file."""
    dropped = {line for lines in import_lines(ast.parse(source)) for line in lines}
    lines = enumerate(source.splitlines(keepends=True), start=1)
    return "".join(text for number, text in lines if number not in dropped)


def import_lines(tree: ast.Module) -> Iterator[range]:
    """Where the imports stand that have no place in one file."""
    ours = {f"{PACKAGE}.{module}" for module in MODULES} | {"__future__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ours:
            yield range(node.lineno, (node.end_lineno or node.lineno) + 1)
