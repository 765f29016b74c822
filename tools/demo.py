"""The main job, end to end: two fortune servers go on trial, a naive one and a seaworthy one.

Exits 0 when both come out as they should: the naive one is found out, the seaworthy one passes.
Leaves build/demo/{naive,seaworthy}.{html,json}.
"""

import json
import subprocess
import sys
from pathlib import Path

BUILD = Path("build/demo")
EXPECTED = {"naive": "FAIL", "seaworthy": "PASS"}


def main() -> int:
    BUILD.mkdir(parents=True, exist_ok=True)
    verdicts = {name: verify(name) for name in EXPECTED}
    print()
    for name, verdict in verdicts.items():
        sign = "as expected" if verdict == EXPECTED[name] else f"expected {EXPECTED[name]}"
        print(f"{name:10} {verdict:8} ({sign})  {BUILD / name}.html")
    return 0 if verdicts == EXPECTED else 1


def verify(name: str) -> str:
    """Run one verify as a user would; its verdict, or what went wrong."""
    print(f"\n$ seatrial verify examples/fortune/{name}", flush=True)
    reports = {kind: BUILD / f"{name}.{kind}" for kind in ("html", "json")}
    for report in reports.values():
        report.unlink(missing_ok=True)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("seatrial")), "verify", f"examples/fortune/{name}",
         *(f"--report={kind}={report}" for kind, report in reports.items())],
        check=False,
    )  # fmt: skip
    if not reports["json"].exists():
        return f"no report (exit code {done.returncode})"
    return str(json.loads(reports["json"].read_text())["verdict"])


if __name__ == "__main__":
    sys.exit(main())
