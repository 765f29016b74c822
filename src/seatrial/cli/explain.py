"""`seatrial explain CODE`: what a finding's code, or a lint rule, means."""

import difflib

import click
from rich.syntax import Syntax
from rich.text import Text

from seatrial.cli.output import out
from seatrial.findings.registry import PRACTICES, Practice, by_code
from seatrial.kit.errors import UsageError
from seatrial.lint.registry import MODULES, rule_module
from seatrial.lint.rule import Rule
from seatrial.lint.story import story_of
from seatrial.trials.catalogue.registry import TRIALS


@click.command("explain")
@click.argument("name", required=False, metavar="[CODE|RULE]")
def command(*, name: str | None) -> None:
    """What a finding's CODE, or a lint RULE, means; without one, the list of codes."""
    if name is None:
        for practice in PRACTICES:
            out.print(_title(practice))
        return
    modules = {rule_module(each).RULE.name: each for each in MODULES}
    found = by_code().get(name.upper())
    if found:
        _explain_practice(found, [rule_module(each).RULE for each in MODULES])
    elif name in modules:
        _explain_rule(modules[name])
    else:
        near = difflib.get_close_matches(name.lower(), modules, n=1)
        lists = "`seatrial explain` lists the codes, `seatrial lint --list` the rules"
        raise UsageError(
            f"there is no code or lint rule {name}",
            remedy=f"did you mean {near[0]}?" if near else lists,
        )


def _title(practice: Practice) -> Text:
    return Text(practice.code, "bold").append(f"  {practice.title}", "not bold")


def _explain_practice(practice: Practice, rules: list[Rule]) -> None:
    out.print(_title(practice))
    out.print(f"\n{practice.why}")
    seen = [each for each in rules if each.code == practice.code]
    if seen:
        out.print("\nlint sees:")
    for rule in seen:
        out.print(Text(f"  {rule.name}", "bold").append(f"  {rule.summary}", "not bold"))
    trials = [each.name for each in TRIALS if each.code == practice.code]
    if trials:
        out.print(f"\nproven by: seatrial verify --trial {' --trial '.join(trials)}")


def _explain_rule(module: str) -> None:
    found = rule_module(module)
    rule: Rule = found.RULE
    story = story_of(found.__doc__)
    out.print(Text(f"{rule.code} {rule.name}", "bold").append(f"  {rule.severity.word}", "dim"))
    for title, text in (
        ("", story.finds),
        ("why it hurts", story.hurts),
        ("prove it", story.proof),
    ):
        out.print(f"\n{title}: {text}" if title else f"\n{text}")
    for title, text in (("bad", story.bad), ("good", story.good)):
        out.print(Text(f"\n{title}:", "bold"))
        out.print(Syntax(text, "yaml", background_color="default"))
