"""One nftables table (family ip) as a value.

Does: name the few matches, actions, sets and chains that Service rules are made of.
Does not: know Services, or how the kernel wants any of it encoded.
Holds: equal values mean equal behaviour, so tables can be compared and their difference applied.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


class Field(Enum):
    """What of a packet is looked at; the value is how elements of sets spell it."""

    SOURCE = "source address"
    DESTINATION = "destination address"
    PROTOCOL = "protocol"  # "tcp", "udp", "sctp"
    PORT = "destination port"
    MARK = "mark"


# One value of a field: an address, a protocol name, a port or a mark.
Value: TypeAlias = str | int
Key: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a packet goes next."""

    action: str  # accept, drop, return, jump, goto
    chain: str = ""  # for jump and goto


ACCEPT = Verdict("accept")
DROP = Verdict("drop")
RETURN = Verdict("return")


def goto(chain: str) -> Verdict:
    """Go on in `chain` and do not come back."""
    return Verdict("goto", chain)


def jump(chain: str) -> Verdict:
    """Go on in `chain`; come back when it says nothing."""
    return Verdict("jump", chain)


@dataclass(frozen=True, slots=True)
class Match:
    """Go on with the rule only if the field has this value; an address may be a CIDR."""

    field: Field
    value: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class MarkHas:
    """Go on with the rule only if the packet's mark has (or, negated, lacks) this bit."""

    bit: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class NewConnection:
    """Go on with the rule only for a packet that opens a connection."""


@dataclass(frozen=True, slots=True)
class InSet:
    """Go on with the rule only if the fields together are an element of the set."""

    fields: tuple[Field, ...]
    set: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Take the verdict that the map has for the fields; none: go on."""

    fields: tuple[Field, ...]
    map: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Take one of the verdicts at random, each equally likely."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Remember:
    """Put the packet's source address in the set, afresh for `timeout_s` seconds."""

    set: str
    timeout_s: int


@dataclass(frozen=True, slots=True)
class ToggleMark:
    """Set (or clear) a bit of the packet's mark."""

    bit: int
    on: bool = True


@dataclass(frozen=True, slots=True)
class SendTo:
    """Change the destination of the connection (DNAT)."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Masquerade:
    """Let the connection come from the node (SNAT)."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Answer "port unreachable": a TCP client sees its connection refused."""


Statement: TypeAlias = (
    Match
    | MarkHas
    | NewConnection
    | InSet
    | Dispatch
    | Spread
    | Remember
    | ToggleMark
    | SendTo
    | Masquerade
    | Reject
    | Verdict
)
Rule: TypeAlias = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a base chain sits in a packet's way."""

    type: str  # filter, nat
    place: str  # prerouting, input, forward, output, postrouting
    priority: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Rules in order; with a hook it is a base chain whose policy is accept."""

    rules: tuple[Rule, ...] = ()
    hook: Hook | None = None


@dataclass(frozen=True, slots=True)
class Set:
    """A named set or verdict map; `is_timed` lets elements expire."""

    fields: tuple[Field, ...]
    is_map: bool = False
    is_timed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Chains, sets and their elements by name; an element of a plain set has the value None."""

    chains: Mapping[str, Chain] = field(default_factory=dict)
    sets: Mapping[str, Set] = field(default_factory=dict)
    elements: Mapping[str, Mapping[Key, Verdict | None]] = field(default_factory=dict)

    def joined(self, other: "Table") -> "Table":
        """Both together; the parts must not overlap but in the sets that they fill."""
        elements = {name: dict(found) for name, found in self.elements.items()}
        for name, found in other.elements.items():
            elements.setdefault(name, {}).update(found)
        return Table({**self.chains, **other.chains}, {**self.sets, **other.sets}, elements)
