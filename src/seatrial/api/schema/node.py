"""One place in a schema: what may stand there, and how patches merge it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Shape = Literal[
    "string", "integer", "number", "boolean", "bytes", "time", "micro_time", "quantity",
    "int_or_string", "object", "map", "list", "any",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """What may stand at one place.

    `fields` belong to shape "object", `items` to "list" (its entries) and "map" (its values).
    """

    shape: Shape
    # The type as Kubernetes' decoder names it: "int32", "v1.PodSpec", "[]v1.Container".
    go_type: str
    fields: Mapping[str, "Node"] = field(default_factory=dict, repr=False)
    items: "Node | None" = field(default=None, repr=False)
    required: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()
    # Strategic merge.
    merge_key: str = ""
    is_merged: bool = False
    retains_keys: bool = False
    # Server-side apply.
    list_type: str = ""
    list_map_keys: tuple[str, ...] = ()
    is_atomic_map: bool = False

    @property
    def struct(self) -> str:
        """The bare type name: `PodSpec`."""
        return self.go_type.rpartition(".")[2]

    def child(self, key: str) -> "Node | None":
        """The node of an object's field or of a map's value; None when the field is unknown."""
        return self.fields.get(key) if self.shape == "object" else self.items


def with_patch_rules(
    node: Node, *, strategy: str, merge_key: str, list_type: str, list_map_keys: tuple[str, ...],
    is_atomic_map: bool,
) -> Node:  # fmt: skip
    """The node with what its field (not its type) says about merging."""
    words = strategy.split(",") if strategy else []
    return replace(
        node,
        merge_key=merge_key,
        is_merged="merge" in words,
        retains_keys="retainKeys" in words,
        list_type=list_type,
        list_map_keys=list_map_keys,
        is_atomic_map=is_atomic_map or node.is_atomic_map,
    )
