"""What a kustomization.yaml says of its neighbours. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source, mapping, sequence

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_LISTS_OF_PATHS = (
    "patchesStrategicMerge", "transformers", "generators", "validators", "configurations", "crds",
)  # fmt: skip
_LISTS_WITH_PATHS = ("patches", "patchesJson6902", "replacements")
_GENERATORS = ("configMapGenerator", "secretGenerator")


def fragments(text: str) -> tuple[str, ...]:
    """Relative paths of files that it uses as something else than resources."""
    read = read_text(Source("", text))
    return tuple(
        path for each in read if isinstance(each, Manifest) for path in _fragments(each.value)
    )


def _fragments(value: Mapping[str, Any]) -> Iterator[str]:
    for name in _LISTS_OF_PATHS:
        yield from _paths(sequence(value.get(name)))
    for name in _LISTS_WITH_PATHS:
        yield from _paths(mapping(each).get("path") for each in sequence(value.get(name)))
    yield from _paths(mapping(each).get("valuesFile") for each in sequence(value.get("helmCharts")))
    for name in _GENERATORS:
        for generator in sequence(value.get(name)):
            files = _paths(sequence(mapping(generator).get("files")))
            yield from (each.rpartition("=")[2] for each in files)


def _paths(values: Iterable[Any]) -> Iterator[str]:
    """Where a patch may stand in the list itself, it has several lines."""
    return (each for each in values if isinstance(each, str) and "\n" not in each)
