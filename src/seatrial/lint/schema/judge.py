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

# With these the API server does not come to look at values, or nobody knows what it will see.
_NOT_TAKEN_APART = frozenset({"type", "missing", "placeholder"})


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
        sound = tuple(filter(self._fits, inventory.of_kind("CustomResourceDefinition")))
        self._custom = custom_shapes(sound, definitions_of(minor)) if sound else {}

    def problems(self, manifest: Manifest) -> tuple[Problem, ...]:
        """The problems of one manifest."""
        if id(manifest) not in self._said:
            self._said[id(manifest)] = self._judged(manifest)
        return self._said[id(manifest)]

    def _fits(self, manifest: Manifest) -> bool:
        root = shape_of(manifest.api_version, manifest.kind, self._minor)
        return root is not None and not compare(root, manifest.value)

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
        # What an unknown field holds is not there for the server: it would complain of that, too.
        around = {each.path[:end] for each in found for end in range(len(each.path) + 1)}
        refused = refused_values(manifest, root)
        return (*found, *(each for each in refused if each.path not in around))


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
