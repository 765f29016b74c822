"""Nodes → plain data.

Does: makes the mappings, lists and scalars of a document, merge keys and aliases included; refuses
keys that stand twice.
Holds: what an alias repeats is made once and shared, so a text of a kilobyte can not become a
gigabyte here; and it is counted as often as it is repeated, so nobody who walks the data later
walks for ever.
Differs from Kubernetes: kubectl takes the last of two equal keys, and silently forgets the others.
"""

import math
from dataclasses import dataclass
from typing import Any

import yaml

from seatrial.lint.load.nodes import DEPTH_MAX
from seatrial.lint.load.scalars import MERGE, STR, Scalar, value_of

# Values of one document, those that aliases repeat counted each time. A List of 10,000 pods, as
# `kubectl get -o yaml` writes it, has a fifth of that.
VALUES_MAX = 10_000_000
# Of these, values that only aliases bring.
REPEATED_MAX = 200_000


class Refused(Exception):
    """The document cannot be data for Kubernetes; `node` is where."""

    def __init__(self, node: yaml.Node, message: str, *, is_template_like: bool = False) -> None:
        super().__init__(message)
        self.node = node
        # `{{ .Values.x }}` is YAML: a mapping whose key is a mapping.
        self.is_template_like = is_template_like


@dataclass(frozen=True, slots=True)
class _Made:
    """A mapping or list that is there already; an alias may bring it again."""

    value: Any
    values: int
    height: int


def data_of(node: yaml.Node) -> Any:
    """The value of a document. Raises Refused."""
    return _Maker().make(node)


class _Maker:
    """Makes the data of one document."""

    def __init__(self) -> None:
        self._made: dict[int, _Made | None] = {}  # None: it is being made
        self._values = 0
        self._repeated = 0
        self._depth = 0
        self._deepest = 0

    def make(self, node: yaml.Node) -> Any:
        """The value of a node."""
        if type(node) is yaml.ScalarNode:
            self._values += 1
            return node.value if node.tag is STR else _scalar(node)
        if id(node) in self._made:
            return self._again(node)
        return self._collection(node)

    def _collection(self, node: yaml.Node) -> Any:
        before, deepest = self._values, self._deepest
        self._made[id(node)] = None
        self._values += 1
        self._depth += 1
        self._deepest = self._depth
        if type(node) is yaml.SequenceNode:
            value: Any = [self.make(each) for each in node.value]
        else:
            value = self._mapping(node)
        height = self._deepest - self._depth + 1
        self._made[id(node)] = _Made(value, self._values - before, height)
        self._depth -= 1
        self._deepest = max(deepest, self._deepest)
        if self._values > VALUES_MAX:
            raise Refused(node, f"it holds more than {VALUES_MAX:,} values")
        return value

    def _again(self, node: yaml.Node) -> Any:
        made = self._made[id(node)]
        if made is None:
            raise Refused(node, "it contains an alias of itself")
        self._values += made.values
        self._repeated += made.values
        if self._repeated > REPEATED_MAX:
            raise Refused(node, f"its aliases repeat more than {REPEATED_MAX:,} values")
        self._deepest = max(self._deepest, self._depth + made.height)
        if self._deepest > DEPTH_MAX:
            raise Refused(node, f"with its aliases it is nested deeper than {DEPTH_MAX} levels")
        return made.value

    def _mapping(self, node: yaml.Node) -> dict[str, Any]:
        value: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if type(key_node) is not yaml.ScalarNode:
                raise Refused(key_node, "a key must be text", is_template_like=True)
            if key_node.tag is STR:
                key = key_node.value
            elif key_node.tag == MERGE:
                merged.append(value_node)
                continue
            else:
                key = _key(key_node)
            if key in value:
                raise Refused(key_node, _twice(node, key_node))
            value[key] = self.make(value_node)
        return self._merge(value, merged) if merged else value

    def _merge(self, value: dict[str, Any], nodes: list[yaml.Node]) -> dict[str, Any]:
        """`<<: *base` or `<<: [*first, *second]`: earlier ones win, own keys win over all."""
        for node in nodes:
            several = node.value if type(node) is yaml.SequenceNode else [node]
            for each in several:
                base = self.make(each)
                if not isinstance(base, dict):
                    raise Refused(each, "<< takes a mapping, or a list of mappings")
                for key, inherited in base.items():
                    value.setdefault(key, inherited)
        return value


def _scalar(node: yaml.ScalarNode) -> Scalar:
    value = value_of(node.tag, node.value)
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused(node, f"{node.value} is no number that JSON has")
    return value


def _key(node: yaml.Node) -> str:
    """A key that is no text, as the tools of Kubernetes write it into JSON."""
    value = value_of(node.tag, node.value)
    if value is None:
        raise Refused(node, "a key must be text, and this one is null")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _twice(node: yaml.Node, key_node: yaml.Node) -> str:
    first = next(key for key, _ in node.value if key.value == key_node.value)
    return (
        f"the key {key_node.value!r} is there twice, in lines {first.start_mark.line + 1} and"
        f" {key_node.start_mark.line + 1}"
    )
