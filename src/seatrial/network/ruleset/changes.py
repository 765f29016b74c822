"""What can be changed in a table, and which changes lead from one table to another; pure.

Holds: `plan_changes(a, b)` applied to `a` gives `b`; in its order nothing refers to what is not
there yet and nothing is deleted that is still referred to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seatrial.network.ruleset.values import Chain, Hook, Key, Rule, Set, Spread, Table, Verdict


@dataclass(frozen=True, slots=True)
class AddChain:
    """A chain, still empty."""

    chain: str
    hook: Hook | None = None


@dataclass(frozen=True, slots=True)
class FlushChain:
    """Delete all rules of a chain."""

    chain: str


@dataclass(frozen=True, slots=True)
class DeleteChain:
    """Delete a chain that is empty and not referred to."""

    chain: str


@dataclass(frozen=True, slots=True)
class AddRule:
    """Append a rule."""

    chain: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class AddSet:
    """A set or map, still empty."""

    set: str
    definition: Set


@dataclass(frozen=True, slots=True)
class DeleteSet:
    """Delete a set that is not referred to, with its elements."""

    set: str


@dataclass(frozen=True, slots=True)
class AddElements:
    """Add elements that are not there."""

    set: str
    definition: Set
    elements: tuple[tuple[Key, Verdict | None], ...]


@dataclass(frozen=True, slots=True)
class DeleteElements:
    """Delete elements that are there."""

    set: str
    definition: Set
    elements: tuple[tuple[Key, Verdict | None], ...]


Change: TypeAlias = (
    AddChain
    | FlushChain
    | DeleteChain
    | AddRule
    | AddSet
    | DeleteSet
    | AddElements
    | DeleteElements
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Three parts in their order; only `switch` changes what happens to packets."""

    prepare: Sequence[Change]
    switch: Sequence[Change]
    clean_up: Sequence[Change]

    def transactions(self, weight_max: int) -> Iterator[Sequence[Change]]:
        """The plan in few transactions, none heavier than `weight_max` if it can be torn apart.

        `switch` cannot, nor can a single change.
        """
        everything = [*self.prepare, *self.switch, *self.clean_up]
        if weight_of(everything) <= weight_max:
            yield from [everything] if everything else []
            return
        yield from _pieces(self.prepare, weight_max)
        yield from [self.switch] if self.switch else []
        yield from _pieces(self.clean_up, weight_max)


def weight_of(changes: Iterable[Change]) -> int:
    """About how much `changes` are for the kernel to read, in units of some 256 bytes."""
    return sum(_weight(each) for each in changes)


def _weight(change: Change) -> int:
    match change:
        case AddRule(_, rule):
            return 3 + sum(len(each.verdicts) for each in rule if isinstance(each, Spread))
        case AddElements(_, _, elements) | DeleteElements(_, _, elements):
            return 1 + len(elements)
        case _:
            return 1


def plan_changes(old: Table, new: Table, *, shared: Mapping[str, Set] | None = None) -> Plan:
    """What leads from `old` to `new`, which may be parts of a table that fill its `shared` sets."""
    fresh = [name for name in new.chains if name not in old.chains]
    gone = [name for name in old.chains if name not in new.chains]
    kept = [name for name in new.chains if name in old.chains]
    changed = [name for name in kept if new.chains[name].rules != old.chains[name].rules]
    new_sets = [name for name in new.sets if name not in old.sets]
    old_sets = [name for name in old.sets if name not in new.sets]
    return Plan(
        prepare=[
            *(AddSet(name, new.sets[name]) for name in new_sets),
            *(AddChain(name, new.chains[name].hook) for name in fresh),
            *(each for name in fresh for each in _rules(name, new.chains[name])),
        ],
        switch=[
            *_element_changes(old, new, shared or {}),
            *(each for name in changed for each in _rewrite(name, new.chains[name])),
        ],
        clean_up=[
            *(FlushChain(name) for name in gone),
            *(DeleteSet(name) for name in old_sets),
            *(DeleteChain(name) for name in gone),
        ],
    )


def _rules(name: str, chain: Chain) -> Iterator[Change]:
    return (AddRule(name, rule) for rule in chain.rules)


def _rewrite(name: str, chain: Chain) -> Iterator[Change]:
    yield FlushChain(name)
    yield from _rules(name, chain)


def _element_changes(old: Table, new: Table, shared: Mapping[str, Set]) -> Iterator[Change]:
    """Elements of sets that stay or come; those of a set that goes vanish with it."""
    for name, definition in {**shared, **new.sets}.items():
        before, after = old.elements.get(name, {}), new.elements.get(name, {})
        lost = _difference(before, after)
        found = _difference(after, before)
        if lost:
            yield DeleteElements(name, definition, lost)
        if found:
            yield AddElements(name, definition, found)


def _difference(
    some: Mapping[Key, Verdict | None], others: Mapping[Key, Verdict | None]
) -> tuple[tuple[Key, Verdict | None], ...]:
    return tuple(
        (key, value) for key, value in some.items() if key not in others or others[key] != value
    )


def _pieces(changes: Sequence[Change], weight_max: int) -> Iterator[Sequence[Change]]:
    piece: list[Change] = []
    weight = 0
    for change in changes:
        if piece and weight + _weight(change) > weight_max:
            yield piece
            piece, weight = [], 0
        piece.append(change)
        weight += _weight(change)
    if piece:
        yield piece
