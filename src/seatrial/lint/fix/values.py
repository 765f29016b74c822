"""Values as YAML text, in the style of the text around them. Pure."""

import json
from dataclasses import dataclass
from typing import Any

import yaml

# One long line stays one line: folding would change nothing but the look.
_WIDTH = 10_000


@dataclass(frozen=True, slots=True)
class Style:
    """How the author of a text writes."""

    newline: str = "\n"
    list_indent: int = 0  # how much deeper than the key above it "- " stands
    is_json: bool = False
    indent: int = 2  # how much deeper than the key above it a key stands
    quote: str = ""  # around a text whose meaning does not need quotes: of the text it replaces


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        return True


def block_lines(value: Any, style: Style) -> list[str]:
    """A mapping or list in block style, without the outer indentation."""
    if isinstance(value, dict):
        return [line for key, each in value.items() for line in entry_lines(key, each, style)]
    return [line for each in value for line in item_lines(each, style)]


def flow_text(value: Any, style: Style) -> str:
    """Any value in one line: for flow collections, scalars, and JSON."""
    if style.is_json or (isinstance(value, str) and (style.quote == '"' or "\n" in value)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and style.quote and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
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
    deeper = style.indent if isinstance(value, dict) else style.list_indent
    return [f"{name}:", *(" " * deeper + line for line in block_lines(value, style))]


def item_lines(value: Any, style: Style) -> list[str]:
    """`- value` in block style, without the outer indentation."""
    first, *rest = block_lines(value, style) if is_block(value) else [flow_text(value, style)]
    return [f"- {first}", *(f"  {line}" for line in rest)]
