"""A manifest: one object of a file, as plain data that still knows where each field stands.

Does: answers for any field path the place of its key, or of the nearest parent that is there.
Does not: read files; that is `load/`.
Holds: places are worked out only when somebody asks, because most fields are never asked about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from seatrial.findings.model import Place

# `("spec", "containers", 0, "image")`: keys of mappings and indexes of lists.
FieldPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The text that manifests came from; `name` is how the user called it."""

    name: str
    text: str
    is_file: bool = True  # the text stands in the file `name`; else it was made or piped


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text: offsets in characters, and the place of its beginning."""

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """One Kubernetes object as its author wrote it."""

    value: Mapping[str, Any]
    source: Source
    node: yaml.MappingNode

    @property
    def api_version(self) -> str:
        return _text(self.value.get("apiVersion"))

    @property
    def kind(self) -> str:
        return _text(self.value.get("kind"))

    @property
    def group(self) -> str:
        """`apps` of `apps/v1`, "" of `v1`."""
        group, slash, _ = self.api_version.rpartition("/")
        return group if slash else ""

    @property
    def name(self) -> str:
        """metadata.name, or metadata.generateName, or ""."""
        return _text(self.metadata.get("name")) or _text(self.metadata.get("generateName"))

    @property
    def namespace(self) -> str:
        """metadata.namespace; "" where the user's kubeconfig decides."""
        return _text(self.metadata.get("namespace"))

    @property
    def metadata(self) -> Mapping[str, Any]:
        return mapping(self.value.get("metadata"))

    @property
    def spec(self) -> Mapping[str, Any]:
        return mapping(self.value.get("spec"))

    @property
    def labels(self) -> Mapping[str, str]:
        return mapping(self.metadata.get("labels"))

    @property
    def annotations(self) -> Mapping[str, str]:
        return mapping(self.metadata.get("annotations"))

    @property
    def object(self) -> str:
        """`Deployment/web`."""
        return f"{self.kind}/{self.name}"

    def span(self, path: FieldPath) -> Span:
        """Of the field's key (an entry of a list: of the entry), or of its nearest parent."""
        found: yaml.Node = self.node
        node: yaml.Node = self.node
        for step in path:
            below = _below(node, step)
            if below is None:
                break
            found, node = below
        mark = found.start_mark
        return Span(mark.index, found.end_mark.index, mark.line + 1, mark.column + 1)

    def place(self, path: FieldPath = ()) -> Place:
        """File, line and column of `span`."""
        span = self.span(path)
        return Place(self.source.name, span.line, span.column)


def _below(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that says where the child is, and the child."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def render_path(path: FieldPath) -> str:
    """`spec.containers[0].env["a.b"]`: as Kubernetes writes it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif "." in step or "/" in step:
            text += f'["{step}"]'
        else:
            text += f".{step}" if text else step
    return text


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one: a rule looks, the schema judges."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> Sequence[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
