"""Walking a schema beside an object."""

from collections.abc import Sequence

from seatrial.api.schema.node import Node


def node_at(root: Node, path: Sequence[str]) -> Node | None:
    """The node at a path of field names and map keys (list positions are left out), or None.

    >>> node_at(schema_of(POD), ["spec", "containers", "image"])
    """
    node: Node | None = root
    for step in path:
        while node is not None and node.shape == "list":
            node = node.items
        node = node.child(step) if node is not None else None
    return node


def join_field(path: str, key: str) -> str:
    """`spec.replicas` from `spec` and `replicas`."""
    return f"{path}.{key}" if path else key
