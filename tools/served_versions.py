"""Writes src/seatrial/lint/schema/served.json: which kinds are served in which API versions.

From the schemas of the package kubernetes-validate, after each of its releases. With --check: says
whether the file is stale.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seatrial.api.schema.builtin import load_definitions
from seatrial.lint.schema.standing import NEWEST, OLDEST

TABLE = Path("src/seatrial/lint/schema/served.json")
Span = list[int]


def kinds_in(definitions: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(apiVersion, kind) of what can be created or read; not lists and forms of requests."""
    for schema in definitions.values():
        names = schema.get("x-kubernetes-group-version-kind", ())
        # A kind of its own has one name; DeleteOptions and the like are in every group.
        if len(names) == 1 and "metadata" in schema.get("properties", {}):
            (name,) = names
            if "items" not in schema["properties"]:
                yield f"{name['group']}/{name['version']}".removeprefix("/"), name["kind"]


def table() -> dict[str, dict[str, Span]]:
    """apiVersion → kind → first and last minor version."""
    spans: dict[str, dict[str, Span]] = defaultdict(dict)
    for minor in range(OLDEST, NEWEST + 1):
        for api_version, kind in kinds_in(load_definitions(f"1.{minor}.0")):
            first, _ = spans[api_version].get(kind, (minor, minor))
            spans[api_version][kind] = [first, minor]
    return spans


def render(spans: dict[str, dict[str, Span]]) -> str:
    """One line a kind, sorted."""
    groups = (
        f" {json.dumps(api_version)}: {{\n"
        + ",\n".join(f"  {json.dumps(kind)}: {span}" for kind, span in sorted(kinds.items()))
        + "\n }"
        for api_version, kinds in sorted(spans.items())
    )
    return "{\n" + ",\n".join(groups) + "\n}\n"


def main() -> int:
    text = render(table())
    if "--check" not in sys.argv[1:]:
        TABLE.write_text(text, encoding="utf-8")
        return 0
    if TABLE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{TABLE} is stale: run python -m tools.served_versions")
    return 1


if __name__ == "__main__":
    sys.exit(main())
