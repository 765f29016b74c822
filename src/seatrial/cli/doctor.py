"""`seatrial doctor`: what this machine can do."""

import asyncio
import dataclasses

import click
import orjson
from rich.table import Table
from rich.text import Text

from seatrial.cli.output import out
from seatrial.kit.errors import MachineError
from seatrial.runtime.capability import Ability, look


@click.command("doctor")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(*, form: str) -> int:
    """What this machine can do, and what to change where it cannot.

    Exit code 3 when no node can run here.
    """
    abilities = asyncio.run(look())
    if form == "json":
        out.print(orjson.dumps([dataclasses.asdict(each) for each in abilities]).decode())
    else:
        _show(abilities)
    lacks = any(each.is_needed and not each.is_there for each in abilities)
    return MachineError.exit_code if lacks else 0


def _show(abilities: list[Ability]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for each in abilities:
        table.add_row(_mark(each), each.name, each.detail)
        if not each.is_there and each.remedy:
            table.add_row("", "", Text(f"try: {each.remedy}", "bold"))
    out.print(table)


def _mark(ability: Ability) -> Text:
    if ability.is_there:
        return Text("✓", "green")
    return Text("✗", "red") if ability.is_needed else Text("–", "yellow")
