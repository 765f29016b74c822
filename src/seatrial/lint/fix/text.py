"""One edit → one replacement of text. Pure.

Does: finds where in the text of a document a change belongs, and how it is written there.
Does not: change what an alias or a merge key shares with other places: such an edit has no text.
Holds: nothing but the replaced piece changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import yaml

from seatrial.lint.edits import AppendItem, Edit, RemoveField, RenameKey, SetField
from seatrial.lint.fix.values import Style, entry_lines, flow_text, is_block, item_lines
from seatrial.lint.manifest import FieldPath


@dataclass(frozen=True, slots=True)
class Replacement:
    """The text from `start` to `end` becomes `text`."""

    start: int
    end: int
    text: str

    def applied(self, whole: str) -> str:
        return whole[: self.start] + self.text + whole[self.end :]


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one document, and how its author writes."""

    text: str
    style: Style

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        """Past the newline of the line that `at` is in."""
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def column(self, at: int) -> int:
        return at - self.line_start(at)

    def is_first_on_line(self, at: int) -> bool:
        return not self.text[self.line_start(at) : at].strip()

    def block(self, lines: list[str], indent: int) -> str:
        return "".join(f"{' ' * indent}{line}{self.style.newline}" for line in lines)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping and its value, or an item of a list (then `key` is the item itself)."""

    parent: yaml.CollectionNode
    index: int
    key: yaml.Node
    value: yaml.Node

    @property
    def is_shared(self) -> bool:
        """The value stands elsewhere and is only referred to from here."""
        return self.value.start_mark.index < self.key.start_mark.index


def replacement(page: Page, root: yaml.Node, edit: Edit) -> Replacement | None:
    """How the text changes; None when that cannot be done here."""
    match edit:
        case SetField(path, value):
            return _set(page, root, path, value)
        case AppendItem(path, value):
            found, rest = _walk(root, path)
            node = found[-1].value if found else root
            if rest or _is_null(node):
                return _set(page, root, path, [value])
            return None if _shared(found) else _append(page, node, value)
        case RemoveField(path):
            found, rest = _walk(root, path)
            return None if rest or not found or _shared(found[:-1]) else _remove(page, found[-1])
        case RenameKey(path, name):
            found, rest = _walk(root, path)
            if rest or not found or _shared(found[:-1]):
                return None
            key = found[-1].key
            start, end = key.start_mark.index, key.end_mark.index
            quote = page.text[start] if page.text[start] in "\"'" else ""
            return Replacement(start, end, f"{quote}{name}{quote}")


def _walk(root: yaml.Node, path: FieldPath) -> tuple[list[Entry], FieldPath]:
    """The entries along the path, and what of the path is not there."""
    found: list[Entry] = []
    node = root
    for place, step in enumerate(path):
        entry = _entry(node, step)
        if entry is None:
            return found, path[place:]
        found.append(entry)
        node = entry.value
    return found, ()


def _entry(node: yaml.Node, step: str | int) -> Entry | None:
    if isinstance(node, yaml.MappingNode):
        for index, (key, value) in enumerate(node.value):
            if key.value == step:
                return Entry(node, index, key, value)
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return Entry(node, step, node.value[step], node.value[step])
    return None


def _shared(found: list[Entry]) -> bool:
    return any(entry.is_shared for entry in found)


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _set(page: Page, root: yaml.Node, path: FieldPath, value: object) -> Replacement | None:
    found, rest = _walk(root, path)
    if _shared(found):
        return None
    if not rest:
        return _replace(page, found[-1], value)
    if not all(isinstance(step, str) for step in rest):
        return None
    for step in reversed(rest[1:]):
        value = {step: value}
    node = found[-1].value if found else root
    if _is_null(node) and found:
        return _replace(page, found[-1], {rest[0]: value})
    if isinstance(node, yaml.MappingNode):
        return _insert(page, node, str(rest[0]), value)
    return None


def _replace(page: Page, entry: Entry, value: object) -> Replacement | None:
    """Another value for a key that is there."""
    start, end = entry.value.start_mark.index, _real_end(page, entry.value)
    if _is_block_scalar(entry.value) and isinstance(value, str):
        literal = _literal(page.text[start:end], value, page.style)
        if literal is not None:
            # The last line of a file that ends without a newline needs one to be a line.
            is_last = end == len(page.text) and value.endswith("\n")
            return Replacement(start, end, literal + (page.style.newline if is_last else ""))
    if page.style.is_json or entry.parent.flow_style or not is_block(value):
        gap = " " if page.text[start - 1 : start] == ":" else ""
        if entry.value.start_mark.line != entry.key.end_mark.line:
            start, gap = entry.key.end_mark.index, ": "
        return Replacement(start, end, gap + flow_text(value, _as_quoted(page, entry.value)))
    if not isinstance(entry.parent, yaml.MappingNode):
        return None
    indent = page.column(entry.key.start_mark.index)
    lines = entry_lines(str(entry.key.value), value, page.style)
    below = page.style.newline + page.block(lines[1:], indent).removesuffix(page.style.newline)
    # What stands behind an empty value on its line, a comment, stays on it.
    if _is_null(entry.value) and start == end:
        line_end = len(page.text[: page.line_end(start)].rstrip("\r\n"))
        return Replacement(line_end, line_end, below)
    return Replacement(entry.key.end_mark.index, end, ":" + below)


def _as_quoted(page: Page, node: yaml.Node) -> Style:
    """Text in the place of quoted text is quoted as that was."""
    if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"'):
        return replace(page.style, quote=node.style)
    return page.style


def _literal(before: str, value: str, style: Style) -> str | None:
    """Lines in the place of the lines of a block scalar; None when they need another form."""
    lines = value.removesuffix("\n").split("\n")
    header, *old = before.split("\n")
    indent = next((len(line) - len(line.lstrip(" ")) for line in old if line.strip()), 0)
    if not indent or any(letter.isdigit() for letter in header):
        return None
    # A first line that begins with a space, or a last one that is empty, needs indicators.
    if lines[0][:1] in ("", " ") or not lines[-1].strip():
        return None
    said = [f"{' ' * indent}{line}" if line else "" for line in lines]
    return style.newline.join(["|" if value.endswith("\n") else "|-", *said])


def _insert(page: Page, node: yaml.MappingNode, key: str, value: object) -> Replacement | None:
    """A new entry after the last one."""
    if page.style.is_json or node.flow_style:
        name = flow_text(key, page.style)
        return _insert_flow(page, node, f"{name}: {flow_text(value, page.style)}")
    first, _ = node.value[0]
    indent = page.column(first.start_mark.index)
    return _insert_lines(page, node, entry_lines(key, value, page.style), indent)


def _append(page: Page, node: yaml.Node, value: object) -> Replacement | None:
    """One more item after the last one."""
    if not isinstance(node, yaml.SequenceNode):
        return None
    if page.style.is_json or node.flow_style:
        return _insert_flow(page, node, flow_text(value, page.style))
    indent = page.column(node.start_mark.index)
    return _insert_lines(page, node, item_lines(value, page.style), indent)


def _insert_lines(
    page: Page, node: yaml.CollectionNode, lines: list[str], indent: int
) -> Replacement:
    at = page.line_end(_real_end(page, node))
    text = page.block(lines, indent)
    if not page.text[:at].endswith("\n"):
        text = page.style.newline + text.removesuffix(page.style.newline)
    return Replacement(at, at, text)


def _insert_flow(page: Page, node: yaml.CollectionNode, text: str) -> Replacement:
    closing = node.end_mark.index - 1
    if not node.value:
        return Replacement(node.start_mark.index + 1, closing, text)
    last = node.value[-1]
    at = _real_end(page, last[1] if isinstance(last, tuple) else last)
    first = node.value[0][0] if isinstance(node.value[0], tuple) else node.value[0]
    start = first.start_mark.index
    if page.is_first_on_line(start):
        space = page.style.newline + page.text[page.line_start(start) : start]
    else:
        space = " "
    return Replacement(at, at, f",{space}{text}")


def _remove(page: Page, entry: Entry) -> Replacement:
    """An entry of a block goes with its lines, one of a flow with its comma."""
    if entry.parent.flow_style:
        return _remove_flow(page, entry)
    if len(entry.parent.value) == 1:
        empty = "{}" if isinstance(entry.parent, yaml.MappingNode) else "[]"
        return _empty(page, entry.parent, empty)
    start = entry.key.start_mark.index
    if not isinstance(entry.parent, yaml.MappingNode):
        start = page.text.rfind("-", 0, start)
    elif not page.is_first_on_line(start):
        # The first key stands behind the dash of its item: the next one moves there.
        following = entry.parent.value[entry.index + 1][0]
        return Replacement(start, following.start_mark.index, "")
    return Replacement(page.line_start(start), page.line_end(_real_end(page, entry.value)), "")


def _empty(page: Page, node: yaml.CollectionNode, text: str) -> Replacement:
    start = node.start_mark.index
    before = page.text[:start].rstrip()
    gap = " " if before.endswith((":", "-")) else ""
    return Replacement(len(before), _real_end(page, node), gap + text)


def _remove_flow(page: Page, entry: Entry) -> Replacement:
    members = entry.parent.value
    ends = [_real_end(page, each[1] if isinstance(each, tuple) else each) for each in members]
    if entry.index > 0:
        return Replacement(ends[entry.index - 1], ends[entry.index], "")
    if len(ends) == 1:
        return Replacement(entry.key.start_mark.index, ends[0], "")
    following = members[1]
    node = following[0] if isinstance(following, tuple) else following
    return Replacement(entry.key.start_mark.index, node.start_mark.index, "")


def _real_end(page: Page, node: yaml.Node) -> int:
    """Where the last thing in the node ends; a block's own mark is past the comments after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        key, value = last if isinstance(last, tuple) else (last, last)
        # A value that is an alias ends where it was defined; the key's line is near enough.
        if value.start_mark.index < key.start_mark.index:
            return int(key.end_mark.index)
        return _real_end(page, value)
    end = int(node.end_mark.index)
    # The mark of a block scalar is already on the line after it.
    return end - 1 if _is_block_scalar(node) and page.text[end - 1] == "\n" else end


def _is_block_scalar(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def style_of(text: str, root: yaml.MappingNode) -> Style:
    """How the author of the document writes."""
    newline = "\r\n" if "\r\n" in text else "\n"
    is_json = bool(root.flow_style) and all(key.style == '"' for key, _ in root.value)
    steps = list(_steps(root))
    maps = (step for is_list, step in steps if not is_list)
    lists = (step for is_list, step in steps if is_list)
    return Style(newline, next(lists, 0), is_json, next(maps, 2))


def _steps(node: yaml.Node) -> Iterator[tuple[bool, int]]:
    """Of each list and mapping in block style below a key: how much deeper it stands."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        for key, value in node.value:
            if isinstance(value, yaml.CollectionNode) and not value.flow_style and value.value:
                step = value.start_mark.column - key.start_mark.column
                if value.start_mark.index > key.start_mark.index and step >= 0:
                    yield isinstance(value, yaml.SequenceNode), step
                yield from _steps(value)
    elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
        for each in node.value:
            yield from _steps(each)
