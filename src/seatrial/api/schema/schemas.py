"""The schema of each kind in the table, built once and kept small."""

import functools
from collections.abc import Mapping

from seatrial.api.kinds import KINDS, Kind
from seatrial.api.schema.build import Builder
from seatrial.api.schema.builtin import load_definitions
from seatrial.api.schema.node import Node
from seatrial.api.schema.own import DEFINITIONS, PREFIX


def definition_name(kind: Kind) -> str:
    """The name of the kind's definition: `io.k8s.api.core.v1.Pod`."""
    return f"io.k8s.api.{kind.definition}" if kind.definition else f"{PREFIX}{kind.kind}"


@functools.cache
def _nodes() -> Mapping[str, Node]:
    builder = Builder(load_definitions() | dict(DEFINITIONS))
    return {name: builder.node(name) for name in map(definition_name, KINDS)}


def schema_of(kind: Kind) -> Node:
    """The root node of a kind in `KINDS`; KeyError for others. The first call: ~20 ms."""
    return _nodes()[definition_name(kind)]
