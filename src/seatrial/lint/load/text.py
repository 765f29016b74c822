"""YAML text → manifests. Pure.

Holds: values are what Kubernetes' own reader makes of the text (YAML 1.1, dates stay text).
"""

from collections.abc import Iterator

import yaml

from seatrial.findings.model import Place
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.model import BadInput


def read_text(source: Source) -> Iterator[Manifest | BadInput]:
    """Every object in the text, Lists taken apart; what is wrong with the others."""
    loader = yaml.CSafeLoader(source.text)
    try:
        while loader.check_node():
            node = loader.get_node()
            value = loader.construct_document(node)
            if isinstance(node, yaml.MappingNode) and isinstance(value, dict):
                yield Manifest(value, source, node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(source.name, mark.line + 1, mark.column + 1) if mark else Place(source.name)
        yield BadInput(place, f"not YAML: {error.problem}")
    finally:
        loader.dispose()
