"""Manifests that are never in one cluster together: overlays, environments, examples. Pure.

Does: takes a tree apart into realms where directories define the same object: `dev/` and `prod/`
with a Deployment of one name each are two applications; neither must answer for the other.
Holds: without such doubles there is one realm with everything. What lies outside of all realms is
shared: every realm sees it, and a finding about it counts when every realm has it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from seatrial.lint.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Realm:
    """What could be in one cluster together."""

    own: tuple[Manifest, ...]
    shared: tuple[Manifest, ...] = ()

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        return (*self.own, *self.shared)


def realms_of(manifests: Sequence[Manifest]) -> list[Realm]:
    """At least one realm; each manifest is in one of them, or shared by all."""
    roots = _rivals(manifests)
    if not roots:
        return [Realm(tuple(manifests))]
    home = {name: _root_of(name, roots) for name in {each.source.name for each in manifests}}
    own: dict[str, list[Manifest]] = defaultdict(list)
    shared: list[Manifest] = []
    for manifest in manifests:
        root = home[manifest.source.name]
        (shared if root is None else own[root]).append(manifest)
    return [Realm(tuple(each), tuple(shared)) for each in own.values()]


def _rivals(manifests: Sequence[Manifest]) -> frozenset[str]:
    """Directories that define an object which another directory defines too."""
    places: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for key, directory in _definitions(manifests):
        places[key].add(directory)
    return frozenset(
        directory for found in places.values() if len(found) > 1 for directory in found
    )


def _definitions(manifests: Sequence[Manifest]) -> Iterator[tuple[tuple[str, str, str, str], str]]:
    directories: dict[str, str] = {}
    for each in manifests:
        name = each.source.name
        if name not in directories:
            directories[name] = _directory(name)
        if each.metadata.get("name"):
            yield (each.group, each.kind, each.name, each.namespace), directories[name]


def _directory(name: str) -> str:
    """Generated text (`overlays/prod (kustomize)`) is a place of its own."""
    return str(PurePath(name).parent) if not name.endswith(")") else name


def _root_of(name: str, roots: frozenset[str]) -> str | None:
    """The nearest rival at or above the file."""
    directory = _directory(name)
    above = (directory, *map(str, PurePath(directory).parents))
    return next((each for each in above if each in roots), None)
