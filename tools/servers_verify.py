"""Every server of examples/servers under `seatrial verify`, with seatrial-app: 0 of 20,000 lost.

    servers_verify.py [NAME...]               all servers, or these
    servers_verify.py --requests 2000 NAME    sooner
    servers_verify.py --render NAME           only write build/servers/NAME
    servers_verify.py --home DIR --results FILE NAME    write elsewhere

Prints a table; writes what came out to docs/explanation/servers-verified.json, where only the
servers that were tried are replaced, and from there the table in docs/explanation/trials.md.
Exit code 0: every one of them lost nothing and ended with 0.
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
PAGE = ROOT / "docs/explanation/trials.md"
MARKS = ("<!-- verified: tools/servers_verify.py writes what follows -->", "<!-- /verified -->")
KINDS = ("new", "kept_alive", "in_flight", "silent", "half_sent", "slow_body")
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
    def packages(self) -> list[str]:
        """What must be installed."""
        return [name for name in (self.app, self.package) if name]

    @property
    def missing(self) -> str:
        """The first of them that is not; "" when all are."""
        return next((name for name in self.packages if not _is_installed(name)), "")

    @property
    def version(self) -> str:
        """`fastapi 0.165.0, uvicorn 0.54.0`."""
        python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        return ", ".join(f"{name} {version(name)}" for name in self.packages) or python


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out for one server; None where it was not seen."""

    server: str
    version: str
    verdict: str
    requests: int = 0  # of the trial `in-flight`, propagation delayed
    kinds: dict[str, int] | None = None  # the same, by kind
    lost: int = 0  # of all trials
    tolerated_s: float | None = None
    exit_codes: tuple[int, ...] = ()  # of every pod that was deleted under load, and of one at rest
    exit_s: float | None = None  # the slowest, from SIGTERM
    grace_s: float | None = None
    troubles: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Nothing lost, all delays survived, and code 0 inside the grace period each time?"""
        is_in_time = self.exit_s is not None and self.exit_s < (self.grace_s or 0)
        is_clean = bool(self.exit_codes) and not any(self.exit_codes)
        return self.verdict == "PASS" and not self.lost and is_clean and is_in_time


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
    flying, resting = figures["in-flight"], figures["sigterm"]
    codes = [*flying.get("exit_codes", ()), resting.get("exit_code")]
    exits = [flying.get("slowest_exit_s"), resting.get("term_to_exit_s")]
    return Outcome(
        server=server.name,
        version=server.version,
        verdict=report["verdict"],
        requests=int(flying.get("sent", 0)),
        lost=report["requests"]["lost"],
        kinds={name: int(flying[name]) for name in KINDS if name in flying},
        tolerated_s=figures["drain-tolerance"].get("tolerated_s"),
        exit_codes=tuple(int(code) for code in codes if code is not None),
        exit_s=max((took for took in exits if took is not None), default=None),
        grace_s=figures["grace-budget"].get("given_s"),
        troubles=tuple(
            f"{each['trial']} {each['verdict']}: {each['summary']}"
            for each in report["findings"]
            if each["verdict"] != "PASS"
        ),
    )


# -- what is told ---------------------------------------------------------------------------------

HEAD = ("server", "version", "verdict", "requests", "lost", "tolerated s", "exit", "after s")
WIDTHS = (16, 34, 8, 9, 5, 11, 4, 7)


def line(cells: Sequence[str]) -> str:
    """Cells in columns."""
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def row(outcome: Outcome) -> str:
    """The line of one server, and what is wrong with it below."""
    cells = (
        outcome.server,
        outcome.version,
        outcome.verdict,
        f"{outcome.requests:,}",
        str(outcome.lost),
        _number(outcome.tolerated_s),
        ",".join(str(code) for code in dict.fromkeys(outcome.exit_codes)) or "?",
        _number(outcome.exit_s),
    )
    return "\n".join((line(cells), *(f"    {trouble}" for trouble in outcome.troubles)))


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f}"


# -- what is remembered ----------------------------------------------------------------------------


def remember(outcome: Mapping[str, Any], order: Sequence[str], file: Path) -> None:
    """Replace what is known of this server; the others stay, in that order."""
    known = json.loads(file.read_text())["servers"] if file.exists() else {}
    known[outcome["server"]] = outcome
    servers = {name: known[name] for name in order if name in known}
    file.write_text(json.dumps({"servers": servers}, indent=1) + "\n")
    if file == VERIFIED:
        PAGE.write_text(with_table(PAGE.read_text(), servers))


def table(outcomes: Mapping[str, Mapping[str, Any]]) -> str:
    """What is remembered, as a table of Markdown."""
    head = ("server", "version", *(kind.replace("_", "-") for kind in KINDS))
    rows = [
        (name, each["version"], *(f"{each['kinds'].get(kind, 0):,}" for kind in KINDS),
         str(each["lost"]), f"{each['exit_s']:.1f} s of {each['grace_s']} s")
        for name, each in outcomes.items()
    ]  # fmt: skip
    cells = [(*head, "lost", "exit 0 after"), ("---",) * (len(head) + 2), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def with_table(page: str, outcomes: Mapping[str, Mapping[str, Any]]) -> str:
    """The page with its table made anew."""
    before, _, rest = page.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    return f"{before}{MARKS[0]}\n\n{table(outcomes)}\n\n{MARKS[1]}{after}"


# -- the command ----------------------------------------------------------------------------------


def sail(server: Server, options: argparse.Namespace) -> Outcome:
    """Render, verify, tell and remember one server."""
    directory = render(server, options.home, requests=options.requests)
    if sys.stdout.isatty():
        print(line((server.name, server.version, "...", *[""] * 5)), end="\r", flush=True)
    outcome = read_outcome(server, verify(directory, quiet=not options.show))
    print(row(outcome), flush=True)
    if options.requests >= REQUESTS:
        remember(asdict(outcome), list(read_servers()), options.results)
    return outcome


def parse(arguments: Sequence[str], servers: Mapping[str, Server]) -> argparse.Namespace:
    """The command line; ends the program when it is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(servers))
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--render", action="store_true", help="write them and stop")
    parser.add_argument("--home", type=Path, default=BUILD)
    parser.add_argument("--results", type=Path, default=VERIFIED)
    parser.add_argument("--show", action="store_true", help="show each verify as it goes")
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in servers:
            parser.error(f"no server is named {name!r}; there are {', '.join(servers)}")
    return options


def main() -> int:
    servers = read_servers()
    options = parse(sys.argv[1:], servers)
    chosen = [servers[name] for name in options.names or servers]
    here = [server for server in chosen if not server.missing]
    for server in chosen:
        if missing := server.missing:
            print(f"{server.name:<16}  skipped: {missing} is not installed")
    if options.render:
        for server in here:
            print(render(server, options.home, requests=options.requests))
        return 0
    print(line(HEAD), flush=True)
    outcomes = [sail(server, options) for server in here]
    return 0 if all(outcome.is_proven for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
