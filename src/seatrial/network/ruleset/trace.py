"""Walks a packet through a table's values; pure.

Does: say every way that the first packet of a connection may end, one for each random choice.
Does not: route: the caller says which hooks the packet passes.
Holds: an independent reading of the rules: nothing here knows how Services are rendered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from seatrial.kit.errors import Bug
from seatrial.network.ruleset.values import (
    Chain,
    Dispatch,
    Field,
    InSet,
    MarkHas,
    Masquerade,
    Match,
    NewConnection,
    Reject,
    Remember,
    Rule,
    SendTo,
    Spread,
    Statement,
    Table,
    ToggleMark,
    Value,
    Verdict,
)

Fate = Literal["accept", "drop", "reject"]

# The hooks that a packet passes: on its way through the node, to it, and from it.
THROUGH = ("prerouting", "forward", "postrouting")
TO_NODE = ("prerouting", "input")
FROM_NODE = ("output", "postrouting")


@dataclass(frozen=True, slots=True)
class Packet:
    """The first packet of a connection, and what the rules have made of it so far."""

    source: str
    destination: str
    protocol: str
    port: int
    mark: int = 0
    is_masqueraded: bool = False
    remembered_in: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way it may end; `packet` is as it left."""

    fate: Fate
    packet: Packet


@dataclass(frozen=True, slots=True)
class _Step:
    # What a rule or chain came to: a verdict, or None to go on after it.
    verdict: Verdict | Fate | None
    packet: Packet


@dataclass(frozen=True, slots=True)
class Walker:
    """A table, and the sources that its timed sets remember at the moment (set name → sources)."""

    table: Table
    remembered: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def walk(self, packet: Packet, hooks: Sequence[str]) -> frozenset[Outcome]:
        """Every outcome of `packet` on its way past `hooks`."""
        return frozenset(self._pass([Outcome("accept", packet)], hooks))

    def _pass(self, outcomes: Sequence[Outcome], hooks: Sequence[str]) -> Sequence[Outcome]:
        for hook in hooks:
            for chain in self._base_chains(hook):
                outcomes = [after for each in outcomes for after in self._through(chain, each)]
        return outcomes

    def _base_chains(self, hook: str) -> list[Chain]:
        found = [
            chain
            for chain in self.table.chains.values()
            if chain.hook is not None and chain.hook.place == hook
        ]
        return sorted(found, key=lambda each: each.hook.priority if each.hook else 0)

    def _through(self, chain: Chain, outcome: Outcome) -> Iterator[Outcome]:
        if outcome.fate != "accept":
            yield outcome
            return
        for step in self._chain(chain, outcome.packet):
            match step.verdict:
                case "drop" | "reject":
                    yield Outcome(step.verdict, step.packet)
                case Verdict("drop", _):
                    yield Outcome("drop", step.packet)
                case _:
                    yield Outcome("accept", step.packet)

    def _chain(self, chain: Chain, packet: Packet) -> Iterator[_Step]:
        return self._rules(chain.rules, packet)

    def _rules(self, rules: Sequence[Rule], packet: Packet) -> Iterator[_Step]:
        """Steps that end the chain; "return" becomes None here."""
        if not rules:
            yield _Step(None, packet)
            return
        for step in self._rule(rules[0], packet):
            match step.verdict:
                case None:
                    yield from self._rules(rules[1:], step.packet)
                case Verdict("return", _):
                    yield _Step(None, step.packet)
                case Verdict("goto", name):
                    yield from self._chain(self.table.chains[name], step.packet)
                case Verdict("jump", name):
                    for inner in self._chain(self.table.chains[name], step.packet):
                        if inner.verdict is None:
                            yield from self._rules(rules[1:], inner.packet)
                        else:
                            yield inner
                case _:
                    yield step

    def _rule(self, rule: Rule, packet: Packet) -> Iterator[_Step]:
        """The steps of one rule; None means: the next rule."""
        if not rule:
            yield _Step(None, packet)
            return
        first, rest = rule[0], rule[1:]
        if isinstance(first, Spread):
            for verdict in first.verdicts:
                yield _Step(verdict, packet)
            return
        changed = self._act(first, packet)
        if changed is not None:
            yield from self._rule(rest, changed)
            return
        match self._decide(first, packet):
            case True:
                yield from self._rule(rest, packet)
            case False:
                yield _Step(None, packet)
            case decided:
                # An accepting statement (DNAT, masquerade) has changed the packet.
                yield _Step(decided.verdict, decided.packet)

    def _act(self, statement: Statement, packet: Packet) -> Packet | None:
        """The packet after a statement that changes it and goes on; None for all others."""
        match statement:
            case ToggleMark(bit, on):
                return replace(packet, mark=packet.mark | bit if on else packet.mark & ~bit)
            case Remember(name, _):
                return replace(packet, remembered_in=packet.remembered_in | {name})
            case _:
                return None

    def _decide(self, statement: Statement, packet: Packet) -> bool | _Step:
        """Whether the rule goes on, or what it comes to."""
        match statement:
            case Match(kind, value, negated):
                return _matches(kind, value, packet) != negated
            case MarkHas(bit, negated):
                return bool(packet.mark & bit) != negated
            case NewConnection():
                return True
            case InSet(fields, name):
                return self._has(name, tuple(_value(each, packet) for each in fields))
            case Dispatch(fields, name):
                key = tuple(_value(each, packet) for each in fields)
                verdict = self.table.elements.get(name, {}).get(key)
                return True if verdict is None else _Step(verdict, packet)
            case SendTo(address, port):
                return _Step("accept", replace(packet, destination=address, port=port))
            case Masquerade():
                return _Step("accept", replace(packet, is_masqueraded=True))
            case Reject():
                return _Step("reject", packet)
            case Verdict():
                return _Step(statement, packet)
            case _:
                raise Bug(f"no meaning for {statement!r}")

    def _has(self, name: str, key: tuple[Value, ...]) -> bool:
        remembered = self.remembered.get(name, frozenset())
        return key in self.table.elements.get(name, {}) or key[0] in remembered


def _matches(kind: Field, value: Value, packet: Packet) -> bool:
    found = _value(kind, packet)
    if kind in {Field.SOURCE, Field.DESTINATION}:
        return IPv4Address(str(found)) in IPv4Network(str(value))
    return found == value


def _value(kind: Field, packet: Packet) -> Value:
    values: dict[Field, Value] = {
        Field.SOURCE: packet.source,
        Field.DESTINATION: packet.destination,
        Field.PROTOCOL: packet.protocol,
        Field.PORT: packet.port,
        Field.MARK: packet.mark,
    }
    return values[kind]
