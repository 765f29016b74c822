"""Every server of examples/servers under `seatrial verify`, with seatrial-app: 0 of 20,000 lost.

    servers_verify.py [NAME...]               all servers, or these
    servers_verify.py --requests 2000 NAME    sooner
    servers_verify.py --render NAME           only write build/servers/NAME
    servers_verify.py --home DIR --results FILE NAME    write elsewhere

Prints a table; writes what came out to docs/explanation/servers-verified.json, where only the
servers that were tried are replaced. Exit code 0: every one of them lost nothing and ended with 0.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples/servers"
BUILD = ROOT / "build/servers"
VERIFIED = ROOT / "docs/explanation/servers-verified.json"
TRIALS = ("drain-tolerance", "in-flight", "keep-alive", "sigterm", "grace-budget")
REQUESTS = 20_000
DELAY_S = 10
LIMIT_S = 240.0  # for one server; it takes less than a minute

TRAFFIC = {
    "path": "/",
    "slow_path": "/slow?s=3",
    "upload_path": "/upload",
    "expect_status": [200],
    "expect_body": "fair winds",
    "rate_per_s": 700,
    "kept_alive_share": 0.5,
}


@dataclass(frozen=True, slots=True)
class Server:
    """One table of servers.toml."""

    name: str
    command: tuple[str, ...]
    package: str = ""
    app: str = ""
    traffic: Mapping[str, Any] = field(default_factory=dict)
    probe: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """`uvicorn 0.54.0, fastapi 0.165.0`; raises PackageNotFoundError."""
        named = [name for name in (self.app, self.package) if name]
        python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        return ", ".join(f"{name} {version(name)}" for name in named) or python


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out for one server; None where it was not seen."""

    server: str
    version: str
    verdict: str
    requests: int = 0
    lost: int = 0
    kinds: dict[str, int] | None = None  # requests of `in-flight`, by kind
    tolerated_s: float | None = None
    exit_code: int | None = None
    exit_s: float | None = None  # from SIGTERM
    grace_s: float | None = None

    @property
    def is_proven(self) -> bool:
        """Nothing lost, all delays survived, and a clean end inside the grace period?"""
        return self.verdict == "PASS" and not self.lost and self.exit_code == 0


def read_servers() -> dict[str, Server]:
    """All of servers.toml, by name."""
    tables = tomllib.loads((EXAMPLES / "servers.toml").read_text())
    return {
        name: Server(name, **{**table, "command": tuple(table["command"])})
        for name, table in tables.items()
    }


def render(server: Server, home: Path, *, requests: int = REQUESTS) -> Path:
    """Write manifests, programs and settings of one server below `home`; its directory."""
    directory = home / server.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for file in EXAMPLES.glob("*.py"):
        shutil.copy(file, directory)
    (directory / "server.yaml").write_text(manifest(server))
    (directory / "seatrial.toml").write_text(settings(server, requests))
    return directory


def manifest(server: Server) -> str:
    """The one manifest, with the server's own probe and environment where it has some."""
    text = (EXAMPLES / "server.yaml").read_text()
    if not server.probe and not server.env:
        return text
    deployment, service = yaml.safe_load_all(text)
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    container["readinessProbe"] = server.probe or container["readinessProbe"]
    env = {**{each["name"]: each["value"] for each in container["env"]}, **server.env}
    container["env"] = [{"name": name, "value": value} for name, value in env.items()]
    return yaml.safe_dump_all([deployment, service], sort_keys=False)


def settings(server: Server, requests: int) -> str:
    """What seatrial.toml says; JSON's words and lists are TOML's, too."""
    traffic = {**TRAFFIC, "requests_min": requests, **server.traffic}
    lines = [
        '[images."server:1"]',
        f'host = {{ command = {json.dumps(server.command)}, workdir = "." }}',
        "",
        "[traffic]",
        *(f"{key} = {json.dumps(value)}" for key, value in traffic.items()),
        "",
        "[budgets]",
        f"needed_drain_s = {DELAY_S}",
    ]
    text = "\n".join(lines) + "\n"
    return text.replace("{python}", sys.executable)


def verify(directory: Path, *, quiet: bool = True) -> dict[str, Any]:
    """The report of `seatrial verify`, {} when there is none."""
    report = directory.with_suffix(".json")  # beside it: what is in it are manifests
    report.unlink(missing_ok=True)
    subprocess.run(
        [str(Path(sys.executable).with_name("seatrial")), "verify", str(directory),
         *(f"--trial={trial}" for trial in TRIALS),
         f"--report=json={report}", f"--report=html={directory.with_suffix('.html')}"],
        stdout=subprocess.DEVNULL if quiet else None, stderr=subprocess.DEVNULL if quiet else None,
        check=False, timeout=LIMIT_S,
    )  # fmt: skip
    return dict(json.loads(report.read_text())) if report.exists() else {}


def read_outcome(server: Server, report: dict[str, Any]) -> Outcome:
    """What a report says of one server."""
    if not report:
        return Outcome(server.name, server.version, "no report")
    figures = {each["trial"]: each["figures"] for each in report["findings"]}
    flying = figures["in-flight"]
    kinds = {name: int(flying[name]) for name in KINDS if name in flying}
    return Outcome(
        server=server.name,
        version=server.version,
        verdict=report["verdict"],
        requests=report["requests"]["sent"],
        lost=report["requests"]["lost"],
        kinds=kinds,
        tolerated_s=figures["drain-tolerance"].get("tolerated_s"),
        exit_code=figures["sigterm"].get("exit_code"),
        exit_s=figures["sigterm"].get("term_to_exit_s"),
        grace_s=figures["grace-budget"].get("given_s"),
    )


KINDS = ("new", "kept_alive", "in_flight", "silent", "half_sent", "slow_body")
HEAD = ("server", "version", "verdict", "requests", "lost", "tolerated s", "exit", "after s")


def row(outcome: Outcome) -> tuple[str, ...]:
    """One line of the table."""
    return (
        outcome.server,
        outcome.version,
        outcome.verdict,
        f"{outcome.requests:,}",
        str(outcome.lost),
        _number(outcome.tolerated_s),
        "?" if outcome.exit_code is None else str(outcome.exit_code),
        _number(outcome.exit_s),
    )


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f}"


def line(cells: Sequence[str]) -> str:
    """Cells in columns."""
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


WIDTHS = (16, 34, 8, 9, 5, 11, 4, 7)


def remember(outcomes: Sequence[Outcome], file: Path) -> None:
    """Replace what is known of these servers; the others stay."""
    known = json.loads(file.read_text())["servers"] if file.exists() else {}
    fresh = {outcome.server: asdict(outcome) for outcome in outcomes}
    servers = {name: each for name, each in {**known, **fresh}.items() if name in read_servers()}
    order = list(read_servers())
    wire = {
        "delay_s": DELAY_S,
        "servers": {name: servers[name] for name in order if name in servers},
    }
    file.write_text(json.dumps(wire, indent=1) + "\n")


def main() -> int:
    servers = read_servers()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(servers))
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--render", action="store_true", help="write them and stop")
    parser.add_argument("--home", type=Path, default=BUILD)
    parser.add_argument("--results", type=Path, default=VERIFIED)
    parser.add_argument("--show", action="store_true", help="show each verify as it goes")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in servers]
    if unknown:
        parser.error(f"no server is named {unknown[0]!r}; there are {', '.join(servers)}")
    outcomes = []
    print(line(HEAD), flush=True)
    for name in options.names or servers:
        server = servers[name]
        try:
            told = server.version
        except PackageNotFoundError as error:
            print(f"{name:<16}  skipped: {error.name or error} is not installed")
            continue
        directory = render(server, options.home, requests=options.requests)
        if not options.render:
            if sys.stdout.isatty():
                print(line((name, told, "...", *[""] * 5)), end="\r", flush=True)
            outcomes.append(read_outcome(server, verify(directory, quiet=not options.show)))
            print(line(row(outcomes[-1])), flush=True)
    if options.requests >= REQUESTS and outcomes:
        remember(outcomes, options.results)
    return 0 if all(outcome.is_proven for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
