"""`seatrial lint`: what the manifests show without being run."""

import json

import click

from seatrial.lint.inventory import inventory_of
from seatrial.lint.load.files import load
from seatrial.lint.registry import built_in_rules
from seatrial.lint.rule import World
from seatrial.lint.runner import run_rules


@click.command("lint")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(*, paths: tuple[str, ...], form: str) -> int:
    """Find broken lifecycle practices in manifests, by file and line."""
    manifests, bad = load(paths)
    found = run_rules(World(inventory_of(manifests)), built_in_rules())
    if form == "json":
        print(json.dumps([each.message for each in found]))  # noqa: T201
    for each in found:
        print(each.place, each.code, each.message)  # noqa: T201
    return 2 if bad else 1 if found else 0
