"""`seatrial verify`: the main job."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.text import Text

from seatrial.cli import places
from seatrial.cli.connect import connect
from seatrial.cli.images import prepare_images
from seatrial.cli.output import err, out, steps
from seatrial.cluster.config import ClusterConfig
from seatrial.cluster.interrupts import held_back
from seatrial.cluster.launch import Running, runtime_directory, start, stop_process
from seatrial.cluster.passing import passing_directory
from seatrial.images.shelf import DirectoryShelf
from seatrial.kit.files import write_atomic
from seatrial.lint.load.files import load
from seatrial.lint.prepare import linter_for, settings_for
from seatrial.lint.render.text import summary_line
from seatrial.lint.result import Result
from seatrial.trials.application import Application, load_application
from seatrial.trials.catalogue.model import Trial
from seatrial.trials.catalogue.registry import TRIALS, choose
from seatrial.trials.report.html import render_html
from seatrial.trials.report.json import render_json
from seatrial.trials.report.model import Report
from seatrial.trials.report.text import LiveProgress, render_text
from seatrial.trials.traffic.plan import DRIVER_IMAGE, HOST_DRIVER_IMAGE
from seatrial.trials.verify import verify

REPORTS = {"html": render_html, "json": render_json}
REPORT_MODE = 0o644  # a report is for others to read


class ReportTarget(click.ParamType["tuple[str, Path]"]):
    """KIND=FILE."""

    name = "kind=file"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        kind, _, file = str(value).partition("=")
        if kind not in REPORTS or not file:
            wanted = " or ".join(f"{kind}=FILE" for kind in REPORTS)
            self.fail(f"{value!r} is not {wanted}", param, ctx)
        path = Path(file)
        if refusal := _cannot_write(path):
            self.fail(refusal, param, ctx)
        return kind, path


def _cannot_write(path: Path) -> str:
    """Why there can be no report, known before the voyage and not after it; "": there can."""
    if not path.parent.is_dir():
        return f"there is no directory {path.parent} for {path.name}"
    if path.is_dir():
        return f"{path} is a directory"
    try:
        if _is_replaced(path):
            tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        return f"{path.parent} cannot be written to: {os.strerror(error.errno or 0).lower()}"
    return "" if not path.exists() or os.access(path, os.W_OK) else f"{path} cannot be written"


def _is_replaced(path: Path) -> bool:
    # A pipe or a device (/dev/stdout) is written to; only a plain file is replaced by another one.
    return not path.exists() or (path.is_file() and not path.is_symlink())


def _write_report(path: Path, text: str) -> None:
    if _is_replaced(path):
        write_atomic(path, text.encode(), mode=REPORT_MODE)
    else:
        path.write_text(text)


@click.command("verify")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...",
                type=click.Path(path_type=Path, exists=True))  # fmt: skip
@click.option("--trial", "names", multiple=True, metavar="NAME",
              help=f"Only this trial: {', '.join(trial.name for trial in TRIALS)}.")  # fmt: skip
@click.option("--report", "reports", multiple=True, type=ReportTarget(),
              help="Also write html=FILE or json=FILE.")  # fmt: skip
@click.option("--kubeconfig", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Try them on the cluster of this kubeconfig.")  # fmt: skip
@click.option("--context", default="", help="And of this context.")
@click.option("--driver-image", default=DRIVER_IMAGE, show_default=True,
              help="On a cluster of yours: an image with python3 for the traffic.")  # fmt: skip
def command(
    *, paths: tuple[Path, ...], names: tuple[str, ...], reports: tuple[tuple[str, Path], ...],
    kubeconfig: Path | None, context: str, driver_image: str,
) -> int:  # fmt: skip
    """Sail the manifests at PATH... through lifecycle trials under traffic.

    Starts a cluster of its own and leaves nothing behind; with --context or --kubeconfig it goes to
    that cluster instead, in namespaces of its own. Exit code 0: all passed, 1: findings.
    """
    application = load_application(paths)
    trials = choose(names)
    _say_what_lint_sees([str(path) for path in paths])
    if kubeconfig or context:
        target = kubeconfig or places.kubeconfig()
        report = _sail(application, trials, target, context, driver_image)
    else:
        with _own_cluster(application) as running:
            report = _sail(application, trials, running.kubeconfig, "", HOST_DRIVER_IMAGE)
    render_text(report, out)
    for kind, file in reports:
        _write_report(file, REPORTS[kind](report))
        err.print(f"{kind} report: {file}")
    return report.exit_code


def _say_what_lint_sees(paths: list[str]) -> None:
    """One line: what the manifests show by themselves need not be found by sailing."""
    settings = settings_for(paths)
    linter = linter_for(settings)
    loaded = load(paths, exclude=settings.exclude)
    looked = linter.look(loaded.manifests)
    result = Result(
        looked.findings, files=loaded.files, objects=len(loaded.manifests),
        silenced=looked.silenced, known=looked.known, fail_on=linter.fail_on,
    )  # fmt: skip
    if result.exit_code:
        shows = f"; `seatrial lint {' '.join(paths)}` shows them"
        err.print(Text("lint: ").append_text(summary_line(result)).append(shows))


def _sail(
    application: Application, trials: tuple[Trial, ...], kubeconfig: Path, context: str, image: str
) -> Report:
    async def sail() -> Report:
        with LiveProgress(err, trials) as progress:
            async with connect(kubeconfig, context) as client:
                return await verify(
                    client, application, trials=trials, listener=progress, driver_image=image
                )

    return asyncio.run(sail())


@contextmanager
def _own_cluster(application: Application) -> Iterator[Running]:
    """A cluster for this command alone, in a directory that is gone afterwards."""
    with passing_directory("verify") as directory:
        config = ClusterConfig(
            data_dir=directory,
            run_dir=runtime_directory(directory),
            shelves=(directory / "images", places.shelf_dir()),
            store="memory",
            passing=True,
            secrets=(places.kubeconfig(),),
        )
        with steps() as shown:
            shown.begin("images")
            asyncio.run(prepare_images(DirectoryShelf(directory / "images"), application))
            running = start(config, on_stage=shown.begin)
        try:
            yield running
        finally:
            with held_back(), steps() as shown:
                shown.begin("stopping")
                stop_process(running.process)
