"""`seatrial explain CODE`: what a finding's code means."""

import click
from rich.text import Text

from seatrial.cli.output import out
from seatrial.findings.registry import PRACTICES, Practice, by_code
from seatrial.kit.errors import UsageError


@click.command("explain")
@click.argument("code", required=False)
def command(*, code: str | None) -> None:
    """What a finding's CODE means; without one, the list of codes."""
    if code is None:
        for practice in PRACTICES:
            out.print(_title(practice))
        return
    found = by_code().get(code.upper())
    if found is None:
        raise UsageError(
            f"there is no code {code}", remedy="`seatrial explain` lists the codes there are"
        )
    out.print(_title(found))
    out.print(f"\n{found.why}")


def _title(practice: Practice) -> Text:
    return Text(practice.code, "bold").append(f"  {practice.title}", "not bold")
