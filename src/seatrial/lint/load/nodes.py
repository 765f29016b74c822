"""YAML text → nodes: libyaml's composer with bounds and with Kubernetes' idea of scalars.

Does: composes the documents of a text one by one, tags resolved.
Holds: nesting is bounded before anything recurses (libyaml's own composer would overrun the stack
of the process); resolving costs one look into a table for each scalar.
"""

from collections.abc import Iterator
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.composer import Composer, ComposerError
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from seatrial.lint.load.scalars import MAP, SEQ, STR, tag_of

# Deeper than any schema of Kubernetes (a CustomResourceDefinition's is ~60), shallower than what
# recursive functions may climb.
DEPTH_MAX = 200


class TooDeep(yaml.MarkedYAMLError):
    """The text is nested deeper than `DEPTH_MAX`."""


class _Resolver:
    """What composers ask of their resolver, and no more."""

    _depth = 0

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """The tag of a node that has none of its own."""
        if kind is yaml.ScalarNode:
            return tag_of(value) if implicit[0] else STR
        return SEQ if kind is yaml.SequenceNode else MAP

    def descend_resolver(self, parent: yaml.Node | None, _index: Any) -> None:
        """A node begins inside `parent`."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            mark = parent.start_mark if parent is not None else None
            raise TooDeep(None, None, f"it is nested deeper than {DEPTH_MAX} levels", mark)

    def ascend_resolver(self) -> None:
        """A node ends."""
        self._depth -= 1


class _Composer(_Resolver, CParser):
    """libyaml's, which does nearly all of the work."""


class _RedefiningComposer(_Resolver, Reader, Scanner, Parser, Composer):
    """Lets an anchor be defined again, as YAML and Kubernetes' tools do; 20 times slower."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node; its anchor means this one from here on."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(getattr(event, "anchor", None), None)
        return super().compose_node(parent, index)


def documents(text: str) -> Iterator[yaml.Node]:
    """The root of each document; empty documents are there as a null. Raises yaml.YAMLError."""
    return _documents(_Composer(text))


def is_redefinition(error: yaml.YAMLError) -> bool:
    """Composing stopped because an anchor is defined twice; `documents_redefining` goes on."""
    return isinstance(error, ComposerError) and error.problem == "second occurrence"


def documents_redefining(text: str) -> Iterator[yaml.Node]:
    """`documents`, of a text that defines an anchor twice."""
    return _documents(_RedefiningComposer(text))


def _documents(composer: Any) -> Iterator[yaml.Node]:
    try:
        while composer.check_node():
            yield composer.get_node()
    finally:
        composer.dispose()
