"""Values as YAML text, in the style of the text around them. Pure."""

import json
from dataclasses import dataclass
from typing import Any

import yaml

INDENT = 2
# One long line stays one line: folding would change nothing but the look.
_WIDTH = 10_000


@dataclass(frozen=True, slots=True)
class Style:
    """How the author of a text writes."""

    newline: str = "\n"
    indents_lists: bool = False  # "- " stands deeper than the key above it
    is_json: bool = False


class _Dumper(yaml.SafeDumper):
    indents_lists = False

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless and not self.indents_lists)

    def ignore_aliases(self, _data: Any) -> bool:
        return True


class _IndentedDumper(_Dumper):
    indents_lists = True


def block_lines(value: Any, style: Style) -> list[str]:
    """A mapping or list in block style, without the outer indentation."""
    dumper = _IndentedDumper if style.indents_lists else _Dumper
    text: str = yaml.dump(
        value, Dumper=dumper, default_flow_style=False, sort_keys=False, width=_WIDTH,
        indent=INDENT, allow_unicode=True,
    )  # fmt: skip
    return text.splitlines()


def flow_text(value: Any, style: Style) -> str:
    """Any value in one line: for flow collections, scalars, and JSON."""
    if style.is_json:
        return json.dumps(value, ensure_ascii=False)
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=_WIDTH,
        allow_unicode=True,
    )  # fmt: skip
    return text.removesuffix("...\n").rstrip("\n")


def is_block(value: Any) -> bool:
    """It is written over several lines: a collection that holds something."""
    return isinstance(value, dict | list) and bool(value)


def entry_lines(key: str, value: Any, style: Style) -> list[str]:
    """`key: value` in block style, without the outer indentation."""
    name = flow_text(key, style)
    if not is_block(value):
        return [f"{name}: {flow_text(value, style)}"]
    deeper = INDENT if isinstance(value, dict) or style.indents_lists else 0
    # A list's own dash is what the dumper would indent: here the key above it does.
    inner = block_lines(value, style)
    return [f"{name}:", *(" " * deeper + line for line in inner)]


def item_lines(value: Any, style: Style) -> list[str]:
    """`- value` in block style, without the outer indentation."""
    lines = block_lines([value], style)
    outer = len(lines[0]) - len(lines[0].lstrip(" "))
    return [line[outer:] for line in lines]
