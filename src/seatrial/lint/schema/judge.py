"""The problems of manifests, worked out once for all rules that ask."""

from collections.abc import Iterable

from seatrial.lint.edits import RenameKey
from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import World
from seatrial.lint.schema.compare import compare
from seatrial.lint.schema.crds import custom_shapes
from seatrial.lint.schema.explain import Subject, explain
from seatrial.lint.schema.problem import Problem
from seatrial.lint.schema.shapes import definitions_of, shape_of
from seatrial.lint.schema.values import refused_values

# With these the API server does not come to look at values.
_NOT_TAKEN_APART = frozenset({"type", "missing"})


def problems_of(manifest: Manifest, world: World) -> tuple[Problem, ...]:
    """Everything in which the manifest differs from the schema of its kind.

    () where the kind is not known in the API version: that is another rule's.
    """
    _, minor = world.kubernetes_version
    judge: Judge = world.inventory.remember(
        ("schema", minor), lambda: Judge(world.inventory, minor)
    )
    return judge.problems(manifest)


class Judge:
    """Remembers what it said of each manifest."""

    def __init__(self, inventory: Inventory, minor: int) -> None:
        self._minor = minor
        self._said: dict[int, tuple[Problem, ...]] = {}
        custom = inventory.of_kind("CustomResourceDefinition")
        self._custom = custom_shapes(custom, definitions_of(minor)) if custom else {}

    def problems(self, manifest: Manifest) -> tuple[Problem, ...]:
        """The problems of one manifest."""
        if id(manifest) not in self._said:
            self._said[id(manifest)] = self._judged(manifest)
        return self._said[id(manifest)]

    def _judged(self, manifest: Manifest) -> tuple[Problem, ...]:
        name = (manifest.api_version, manifest.kind)
        root = self._custom.get(name) or shape_of(*name, self._minor)
        if root is None:
            return ()
        subject = Subject(manifest, root, self._minor)
        faults = compare(root, manifest.value)
        explained = (explain(subject, fault) for fault in faults)
        found = _without_echoes(each for each in explained if each is not None)
        if any(fault.sort in _NOT_TAKEN_APART for fault in faults):
            return found
        said = {each.path for each in found}
        return (*found, *(each for each in refused_values(manifest) if each.path not in said))


def _without_echoes(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """A field is not missing when it is only misspelt."""
    found = tuple(problems)
    meant = {
        (*edit.path[:-1], edit.name)
        for each in found
        for edit in each.edits
        if isinstance(edit, RenameKey)
    }
    return tuple(each for each in found if each.sort != "missing" or each.path not in meant)
