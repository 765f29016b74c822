"""YAML or JSON text → manifests. Pure.

Does: composes each document and makes its data; takes Lists apart; says in one line what is wrong
with a document that cannot be read, and goes on with the next.
Does not: ask whether a mapping is an object of Kubernetes; that is `files.py`.
Holds: values are what Kubernetes' own reader makes of the text (see `scalars.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from seatrial.findings.model import Place
from seatrial.lint.load.complaints import complaint_of, mark_of, place_at, template_in
from seatrial.lint.load.data import Refused, data_of
from seatrial.lint.load.flow import torn_text
from seatrial.lint.load.json_stream import NoJson, json_values, looks_like_json
from seatrial.lint.load.nodes import documents, documents_redefining, is_redefinition
from seatrial.lint.load.slices import Slice, blanked, slice_with
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.model import BadInput

# Documents of one file that are complained of; then the rest of it is left.
BAD_DOCUMENTS_MAX = 20
# What YAML allows nobody to write as it is.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# These end lines of YAML, and may stand in texts of JSON.
_BREAKS = frozenset("\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class NoMapping:
    """A document that is not empty and no mapping either."""

    place: Place
    what: str  # "a list"


Document = Manifest | BadInput | NoMapping


def read_text(source: Source) -> Iterator[Manifest | BadInput]:
    """Every mapping in the text, Lists taken apart; what is wrong with the others."""
    return (each for each in read_documents(source) if not isinstance(each, NoMapping))


def read_documents(source: Source) -> Iterator[Document]:
    """The same, and the documents that are something else."""
    if looks_like_json(source.text):
        yield from _read_json(source)
    else:
        yield from _read_yaml(source)


def _read_yaml(source: Source) -> Iterator[Document]:
    """Nothing is said twice: a template may begin as data that cannot be, and then not parse."""
    said: Document | None = None
    for each in _compose(source):
        if each != said or isinstance(each, Manifest):
            yield each
        said = each


def _compose(source: Source) -> Iterator[Document]:
    text, bad = _without_unprintable(source)
    yield from bad
    done = 0
    for _ in range(BAD_DOCUMENTS_MAX - len(bad)):
        try:
            for node in documents(text):
                yield from _objects(node, source)
                done = node.end_mark.index
        except yaml.YAMLError as error:
            mark = mark_of(error)
            failed = slice_with(text, mark.index if mark else done, done)
            if is_redefinition(error):
                only = blanked(text, failed.end, len(text))
                yield from _redefining(only, failed, source)
            else:
                yield complaint_of(error, source, failed)
            text, done = blanked(text, 0, failed.end), failed.end
        else:
            return
    where = place_at(source, done)
    yield BadInput(where, f"not read from here on: {BAD_DOCUMENTS_MAX} documents are broken")


def _redefining(text: str, failed: Slice, source: Source) -> Iterator[Document]:
    """The one document of a text that defines an anchor twice."""
    try:
        for node in documents_redefining(text):
            yield from _objects(node, source)
    except yaml.YAMLError as error:
        yield complaint_of(error, source, failed)


def _without_unprintable(source: Source) -> tuple[str, list[BadInput]]:
    """Documents with control characters are left out; libyaml would stop long before them."""
    text, bad = source.text, list[BadInput]()
    while len(bad) < BAD_DOCUMENTS_MAX and (found := _UNPRINTABLE.search(text)):
        failed = slice_with(text, found.start())
        message = f"the character U+{ord(found.group()):04X} is not allowed in YAML"
        bad.append(BadInput(place_at(source, found.start()), message))
        text = blanked(text, failed.start, failed.end)
    return text, bad


def _read_json(source: Source) -> Iterator[Document]:
    """As YAML, which gives places; what YAML reads otherwise, as JSON."""
    nodes: list[yaml.Node] = []
    try:
        if not _BREAKS.intersection(source.text):
            nodes.extend(documents(source.text))
    except yaml.YAMLError:
        nodes.clear()
    if nodes:
        for node in nodes:
            yield from _objects(node, source)
    else:
        yield from _read_json_stream(source)


def _read_json_stream(source: Source) -> Iterator[Document]:
    try:
        values = list(json_values(source))
    except NoJson as refusal:
        whole = Slice(0, len(source.text))
        if source.name.endswith(".json") and template_in(source, whole) is None:
            yield BadInput(refusal.place, str(refusal))
        else:
            yield from _read_yaml(source)
    else:
        for value, node in values:
            yield from _manifests(value, node, source)


def _objects(node: yaml.Node, source: Source) -> Iterator[Document]:
    try:
        value = data_of(node)
    except Refused as refusal:
        mark = refusal.node.start_mark
        document = Slice(node.start_mark.index, node.end_mark.index)
        template = template_in(source, document) if refusal.is_template_like else None
        place = Place(source.name, mark.line + 1, mark.column + 1)
        yield template or BadInput(place, str(refusal))
    else:
        yield from _manifests(value, node, source)


def _manifests(value: Any, node: yaml.Node, source: Source) -> Iterator[Document]:
    """The object, or those of a List."""
    mark = node.start_mark
    place = Place(source.name, mark.line + 1, mark.column + 1)
    if isinstance(value, dict) and isinstance(node, yaml.MappingNode):
        items = value.get("items")
        if isinstance(items, list) and str(value.get("kind", "")).endswith("List"):
            for item, item_node in zip(items, _item_nodes(node, items), strict=True):
                yield from _manifests(item, item_node, source)
        else:
            yield _torn(value, node, source) or Manifest(value, source, node)
    elif value is not None:
        yield NoMapping(place, "a list" if isinstance(value, list) else "a single value")


def _torn(value: dict[str, Any], node: yaml.Node, source: Source) -> BadInput | None:
    """About an object that we can read and kubectl cannot; other files are not for kubectl."""
    if "?" not in source.text or "apiVersion" not in value:
        return None
    torn = torn_text(node)
    if torn is None:
        return None
    message = "kubectl takes no `?` in unquoted text between braces or brackets"
    place = Place(source.name, torn.start_mark.line + 1, torn.start_mark.column + 1)
    return BadInput(place, message, "put it into quotes")


def _item_nodes(node: yaml.MappingNode, items: list[Any]) -> list[yaml.Node]:
    """The nodes of a List's items; the List's own where none are known (JSON, merge keys)."""
    for key, value in node.value:
        if key.value == "items" and len(value.value) == len(items):
            return list(value.value)
    return [node] * len(items)
