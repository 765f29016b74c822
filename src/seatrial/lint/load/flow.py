"""What libyaml reads and the YAML of kubectl, helm and kustomize does not. Pure.

Does: finds unquoted text with a `?` between braces or brackets (`{path: /?full=true}`): their
parser ends the text there and refuses the document.
"""

import yaml


def torn_text(root: yaml.Node) -> yaml.ScalarNode | None:
    """The first text that would be torn; each node is looked at once, however often repeated."""
    waiting, seen = [(root, False)], set[int]()
    while waiting:
        node, is_flow = waiting.pop()
        if isinstance(node, yaml.ScalarNode):
            if is_flow and "?" in node.value and not node.style:
                return node
        elif isinstance(node, yaml.CollectionNode) and id(node) not in seen:
            seen.add(id(node))
            inside = bool(node.flow_style)
            waiting.extend((each, inside) for each in reversed(_children(node)))
    return None


def _children(node: yaml.CollectionNode) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [each for pair in node.value for each in pair]
    return list(node.value)
