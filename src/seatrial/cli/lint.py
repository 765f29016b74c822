"""`seatrial lint`: what the manifests show without being run."""

from collections.abc import Callable, Sequence
from difflib import unified_diff
from itertools import islice
from pathlib import Path

import click
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from seatrial import __version__
from seatrial.cli.output import err, out, say_error
from seatrial.findings.model import Severity
from seatrial.kit.errors import SeatrialError, UsageError
from seatrial.kit.files import explain_os_error, write_atomic
from seatrial.kit.text import plural
from seatrial.lint.baseline import render_baseline
from seatrial.lint.fix.files import rewrite
from seatrial.lint.linter import Linter
from seatrial.lint.load.collector import collector_paused
from seatrial.lint.load.files import load
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.prepare import all_rules, linter_for, settings_for
from seatrial.lint.result import Result
from seatrial.lint.rule import Rule
from seatrial.lint.settings import FILE_NAME, parse_given, parse_severity, parse_version

REPORT_MODE = 0o644  # a report is for others to read
PAGE_LINES = 200  # what a terminal is given at once: line by line takes ten times as long
LIST_WIDTH = 300
FORMS = ("text", "json", "sarif", "junit", "github")


class Report(click.ParamType["tuple[str, Path]"]):
    """FORMAT=FILE."""

    name = "format=file"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        form, _, file = str(value).partition("=")
        if form not in FORMS or not file:
            wanted = ", ".join(f"{form}=FILE" for form in FORMS)
            self.fail(f"{value!r} is not one of {wanted}", param, ctx)
        if not Path(file).parent.is_dir():
            self.fail(f"there is no directory {Path(file).parent}", param, ctx)
        return form, Path(file)


class Parsed(click.ParamType["object"]):
    """A text that a parser of ours takes, or refuses with ValueError."""

    def __init__(self, name: str, parse: Callable[[str], object]) -> None:
        self.name = name
        self._parse = parse

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        try:
            return self._parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True,
              help="How findings are printed.")  # fmt: skip
@click.option("--report", "reports", multiple=True, type=Report(),
              help="Also write them to a file: sarif=lint.sarif.")  # fmt: skip
@click.option("--rule", "only", multiple=True, metavar="CODE|NAME", help="Only this rule.")
@click.option("--kubernetes-version", "version", type=Parsed("version", parse_version),
              help="The cluster's version: 1.25 to 1.37.  [default: 1.37]")  # fmt: skip
@click.option("--fail-on", type=Parsed("severity", parse_severity),
              help="Exit with 1 from this severity on.  [default: warning]")  # fmt: skip
@click.option("--exclude", multiple=True, metavar="PATTERN",
              help="Leave out files below the directories: 'charts/**'.")  # fmt: skip
@click.option("--given", multiple=True, type=Parsed("kind/name", parse_given), metavar="KIND/NAME",
              help="An object that is there without a manifest: Secret/db.")  # fmt: skip
@click.option("--baseline", type=click.Path(path_type=Path),
              help="Say only what is not in this file.")  # fmt: skip
@click.option("--write-baseline", type=click.Path(path_type=Path),
              help="Write what is found to this file.")  # fmt: skip
@click.option("--config", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help=f"Settings.  [default: the nearest {FILE_NAME}]")  # fmt: skip
@click.option("--fix", is_flag=True, help="Mend what a machine can mend, in the files.")
@click.option("--dry-run", is_flag=True, help="With --fix: show the change, write nothing.")
@click.option("--list", "lists", is_flag=True, help="List all rules.")
@collector_paused()  # a short life: three quarters of the time, for a tenth more memory
def command(
    *, paths: tuple[str, ...], form: str, reports: tuple[tuple[str, Path], ...],
    only: tuple[str, ...], version: tuple[int, int] | None, fail_on: Severity | None,
    exclude: tuple[str, ...], given: tuple[str, ...], baseline: Path | None,
    write_baseline: Path | None, config: Path | None, fix: bool, dry_run: bool,
    lists: bool,
) -> int:  # fmt: skip
    """Find broken lifecycle practices in manifests, by file and line.

    PATH is a file, a directory, a kustomize folder, a helm chart or - for standard input. Exit
    code 0: nothing found, 1: findings, 2: something could not be read.
    """
    if lists:
        return _list(all_rules(settings_for(paths, config)))
    if dry_run and not fix:
        raise UsageError("--dry-run says how --fix is done", remedy="add --fix")
    if not paths:
        raise UsageError("no PATH is given", remedy="name a file, a directory, or -")
    settings = settings_for(paths, config)
    linter = linter_for(
        settings, only=only, given=given, version=version, baseline=baseline, fail_on=fail_on
    )
    loaded = load(
        paths, exclude=(*settings.exclude, *exclude), kubernetes_version=linter.kubernetes_version
    )
    manifests: Sequence[Manifest] = loaded.manifests
    if fix:
        manifests = _mend(linter, manifests, is_dry=dry_run, form=form)
    looked = linter.look(manifests)
    if write_baseline:
        write_atomic(write_baseline, render_baseline(looked.findings).encode(), mode=REPORT_MODE)
    result = Result(
        looked.findings, (*loaded.bad, *looked.broken), files=loaded.files, objects=len(manifests),
        silenced=looked.silenced, known=looked.known, fail_on=linter.fail_on,
    )  # fmt: skip
    _print(result, form, linter.rules)
    for kind, file in reports:
        _save(file, _render(result, kind, linter.rules))
        err.print(f"{kind} report: {file}")
    return result.exit_code


def _save(file: Path, text: str) -> None:
    """Whole or not at all; to what is no file (/dev/stdout, a pipe), as it comes."""
    if file.parent != Path("/dev") and (file.is_file() or file.is_dir() or not file.exists()):
        write_atomic(file, text.encode(), mode=REPORT_MODE)
        return
    out.file.flush()
    try:
        with file.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise explain_os_error(error, f"cannot write {file}") from error


def _mend(
    linter: Linter, manifests: Sequence[Manifest], *, is_dry: bool, form: str
) -> Sequence[Manifest]:
    """Mended manifests, written to their files or shown as a diff."""
    mending = linter.mend(manifests)
    for source, text in mending.changed:
        if is_dry:
            console = out if form == "text" else err
            console.print(Syntax(_diff(source, text), "diff", background_color="default"))
        else:
            rewrite(Path(source.name), source.text, text)
    done = "would be mended" if is_dry else "mended"
    err.print(f"{plural(mending.count, 'finding')} {done} in "
              f"{plural(len(mending.changed), 'file')}")  # fmt: skip
    return mending.manifests


def _diff(source: Source, text: str) -> str:
    before, after = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    return "".join(unified_diff(before, after, f"a/{source.name}", f"b/{source.name}"))


def _print(result: Result, form: str, rules: tuple[Rule, ...]) -> None:
    for bad in result.bad_input:
        say_error(SeatrialError(str(bad), remedy=bad.remedy))
    if form == "text" and out.is_terminal:
        from seatrial.lint.render.text import result_lines

        lines = result_lines(result)
        while page := list(islice(lines, PAGE_LINES)):
            out.print(Text("\n").join(page))
    else:
        out.file.write(_render(result, form, rules))


def _render(result: Result, form: str, rules: tuple[Rule, ...]) -> str:
    """Each form is imported when it is asked for: a run pays for one."""
    if form == "json":
        from seatrial.lint.render.json import render_json

        return render_json(result)
    if form == "sarif":
        from seatrial.lint.render.sarif import render_sarif

        return render_sarif(result, rules, __version__)
    if form == "junit":
        from seatrial.lint.render.junit import render_junit

        return render_junit(result)
    if form == "github":
        from seatrial.lint.render.github import render_github

        return render_github(result)
    from seatrial.lint.render.text import result_lines

    return "".join(f"{line.plain}\n" for line in result_lines(result))


def _list(rules: tuple[Rule, ...]) -> int:
    table = Table(box=None, pad_edge=False)
    longest = max((len(each.name) for each in rules), default=0)
    for heading in ("code", "rule", "severity", "finds"):
        table.add_column(heading, min_width=longest if heading == "rule" else None)
    for rule in rules:
        told = rule.summary if rule.is_default else f"{rule.summary} (off by default)"
        table.add_row(rule.code, rule.name, rule.severity.word, Text(told))
    # A name that is cut off cannot be searched for: a file or a pipe has all the room it needs.
    out.print(table, width=None if out.is_terminal else LIST_WIDTH)
    return 0
