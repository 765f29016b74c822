"""A rule set in memory: keeps its table, checks references as the kernel does, can be told to fail.

Holds: `table` is always what a kernel would have after the same calls.
"""

import copy
import errno
from collections.abc import Sequence

from seatrial.network.errors import KernelRefused
from seatrial.network.ruleset.changes import (
    AddChain,
    AddElements,
    AddRule,
    AddSet,
    Change,
    DeleteChain,
    DeleteElements,
    DeleteSet,
    FlushChain,
)
from seatrial.network.ruleset.interface import Listing
from seatrial.network.ruleset.values import (
    Chain,
    Dispatch,
    InSet,
    Key,
    Remember,
    Rule,
    Set,
    Spread,
    Table,
    Verdict,
)


class FakeRuleset:
    """One table that no packet ever meets. `fail_next` makes the next `apply` refuse."""

    def __init__(self) -> None:
        self._state: _State | None = None
        self.fail_next = 0
        self.applied: list[Sequence[Change]] = []
        self.is_closed = False

    @property
    def table(self) -> Table:
        """The table as a value."""
        state = self._present("reading")
        return Table(dict(state.chains), dict(state.sets), copy.deepcopy(state.elements))

    def create(self) -> None:
        """See Ruleset."""
        self._state = _State()

    def apply(self, changes: Sequence[Change]) -> None:
        """See Ruleset."""
        number, self.fail_next = self.fail_next, 0
        trial = copy.deepcopy(self._present("changing"))
        if number:
            raise KernelRefused("changing the table", number)
        for place, change in enumerate(changes):
            refusal = trial.refusal(change)
            if refusal:
                raise KernelRefused("changing the table", refusal, place + 1)
            trial.do(change)
        self._state = trial
        if changes:
            self.applied.append(changes)

    def listing(self) -> Listing:
        """See Ruleset."""
        state = self._present("listing")
        rules = {name: len(chain.rules) for name, chain in state.chains.items()}
        return Listing(rules, {name: frozenset(each) for name, each in state.elements.items()})

    def delete(self) -> None:
        """See Ruleset."""
        self._state = None

    def close(self) -> None:
        """See Ruleset."""
        self.is_closed = True

    def _present(self, doing: str) -> "_State":
        if self._state is None:
            raise KernelRefused(f"{doing} the table", errno.ENOENT)
        return self._state


class _State:
    def __init__(self) -> None:
        self.chains: dict[str, Chain] = {}
        self.sets: dict[str, Set] = {}
        self.elements: dict[str, dict[Key, Verdict | None]] = {}

    def refusal(self, change: Change) -> int:
        """The errno with which the kernel would refuse; 0 if it would not."""
        match change:
            case AddChain(name, _):
                return errno.EEXIST if name in self.chains else 0
            case AddSet(name, _):
                return errno.EEXIST if name in self.sets else 0
            case FlushChain(name):
                return 0 if name in self.chains else errno.ENOENT
            case DeleteChain(name):
                return self._refuse_deletion(name, self.chains)
            case DeleteSet(name):
                return self._refuse_deletion(name, self.sets)
            case AddRule(name, rule):
                known = name in self.chains and self._has_all(rule)
                return 0 if known else errno.ENOENT
            case AddElements(name, _, elements):
                if name not in self.sets or not all(self._has_verdict(v) for _, v in elements):
                    return errno.ENOENT
                taken = self.elements[name]
                return errno.EEXIST if any(key in taken for key, _ in elements) else 0
            case DeleteElements(name, _, elements):
                there = self.elements.get(name, {})
                return 0 if all(key in there for key, _ in elements) else errno.ENOENT

    def do(self, change: Change) -> None:
        """Make the change, which must not be refused."""
        match change:
            case AddChain(name, hook):
                self.chains[name] = Chain((), hook)
            case FlushChain(name):
                self.chains[name] = Chain((), self.chains[name].hook)
            case DeleteChain(name):
                del self.chains[name]
            case AddRule(name, rule):
                chain = self.chains[name]
                self.chains[name] = Chain((*chain.rules, rule), chain.hook)
            case AddSet(name, definition):
                self.sets[name] = definition
                self.elements[name] = {}
            case DeleteSet(name):
                del self.sets[name], self.elements[name]
            case AddElements(name, _, elements):
                self.elements[name].update(elements)
            case DeleteElements(name, _, elements):
                for key, _ in elements:
                    del self.elements[name][key]

    def _refuse_deletion(self, name: str, there: object) -> int:
        if isinstance(there, dict) and name not in there:
            return errno.ENOENT
        if name in self.chains and there is self.chains and self.chains[name].rules:
            return errno.EBUSY
        referred = any(name in _names(rule) for c in self.chains.values() for rule in c.rules)
        referred = referred or any(
            verdict is not None and verdict.chain == name
            for elements in self.elements.values()
            for verdict in elements.values()
        )
        return errno.EBUSY if referred else 0

    def _has_all(self, rule: Rule) -> bool:
        return all(name in self.chains or name in self.sets for name in _names(rule))

    def _has_verdict(self, verdict: Verdict | None) -> bool:
        return verdict is None or not verdict.chain or verdict.chain in self.chains


def _names(rule: Rule) -> frozenset[str]:
    """Every chain and set that a rule refers to."""
    found: set[str] = set()
    for each in rule:
        match each:
            case Verdict(_, chain) if chain:
                found.add(chain)
            case Spread(verdicts):
                found.update(verdict.chain for verdict in verdicts if verdict.chain)
            case InSet(_, name) | Dispatch(_, name) | Remember(name, _):
                found.add(name)
            case _:
                pass
    return frozenset(found)
