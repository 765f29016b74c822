"""A table of the kernel's nftables, in the namespace where this was made (edge).

Holds: what `apply` was given happens in one nfnetlink batch: no packet ever meets half of it.
"""

import errno
import struct
from collections.abc import Iterator, Sequence
from typing import TypeVar

from seatrial.kit.errors import Bug
from seatrial.network.errors import KernelRefused
from seatrial.network.netlink import channel, wire
from seatrial.network.netlink.channel import Channel
from seatrial.network.netlink.wire import Message, be32, text
from seatrial.network.ruleset import encode_sets
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
from seatrial.network.ruleset.encode import rule_attributes
from seatrial.network.ruleset.fields import parse_key
from seatrial.network.ruleset.interface import Listing
from seatrial.network.ruleset.values import Hook, Key, Set, Spread

T = TypeVar("T")

_SUBSYSTEM = 10
_BATCH_BEGIN, _BATCH_END = 16, 17
_NEWTABLE, _DELTABLE, _NEWCHAIN, _GETCHAIN, _DELCHAIN = 0, 2, 3, 4, 5
_NEWRULE, _GETRULE, _DELRULE, _NEWSET, _DELSET = 6, 7, 8, 9, 11
_NEWSETELEM, _GETSETELEM, _DELSETELEM = 12, 13, 14
_FAMILY_IP = 2
# An attribute, so also a list of elements, ends at 64 KiB; an element takes up to 300 bytes.
ELEMENTS_PER_MESSAGE = 200
_PLACES = {"prerouting": 0, "input": 1, "forward": 2, "output": 3, "postrouting": 4}


class NftRuleset:
    """One table of family ip."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._channel = Channel(channel.NETFILTER)
        self._sets: dict[str, Set] = {}
        # Names a set within one batch.
        self._set_id = 0

    def create(self) -> None:
        """See Ruleset."""
        new = _message(_NEWTABLE, wire.CREATE, text(1, self._table))
        old = _message(_DELTABLE, 0, text(1, self._table))
        self._batch([new, old, new], f"creating table {self._table}")
        self._sets = {}

    def apply(self, changes: Sequence[Change]) -> None:
        """See Ruleset."""
        if not changes:
            return
        messages = [message for change in changes for message in self._messages(change)]
        self._batch(messages, f"changing table {self._table}")
        for change in changes:
            if isinstance(change, AddSet):
                self._sets[change.set] = change.definition
            elif isinstance(change, DeleteSet):
                self._sets.pop(change.set, None)

    def listing(self) -> Listing:
        """See Ruleset."""
        rules = dict.fromkeys(self._chains(), 0)
        asked = _message(_GETRULE, 0, text(1, self._table))
        for each in self._channel.dump(asked, doing="listing rules"):
            rules[_string(each.body, 2)] += 1
        elements = {name: frozenset(self._keys(name)) for name in self._sets}
        return Listing(rules, elements)

    def delete(self) -> None:
        """See Ruleset."""
        try:
            self._batch([_message(_DELTABLE, 0, text(1, self._table))], "deleting a table")
        except KernelRefused as refusal:
            if refusal.errno != errno.ENOENT:
                raise

    def close(self) -> None:
        """See Ruleset."""
        self._channel.close()

    def _batch(self, messages: Sequence[Message], doing: str) -> None:
        last = messages[-1]
        acknowledged = Message(last.kind, last.flags | wire.ACK, last.body)
        brackets = [Message(kind, 0, _RESOURCE) for kind in (_BATCH_BEGIN, _BATCH_END)]
        self._channel.batch([brackets[0], *messages[:-1], acknowledged, brackets[1]], doing=doing)

    def _messages(self, change: Change) -> Iterator[Message]:
        table = text(1, self._table)
        match change:
            case AddChain(name, hook):
                body = table + text(3, name) + (_hook(hook) if hook else b"")
                yield _message(_NEWCHAIN, wire.CREATE | wire.EXCLUSIVE, body)
            case FlushChain(name):
                yield _message(_DELRULE, 0, table + text(2, name))
            case DeleteChain(name):
                yield _message(_DELCHAIN, 0, table + text(3, name))
            case AddRule():
                yield from self._rule(change)
            case AddSet(name, definition):
                body = encode_sets.set_attributes(
                    self._table, name, definition, set_id=self._next_set_id()
                )
                yield _message(_NEWSET, wire.CREATE | wire.EXCLUSIVE, body)
            case DeleteSet(name):
                yield _message(_DELSET, 0, table + text(2, name))
            case AddElements(name, definition, elements):
                for some in _pieces(elements):
                    body = encode_sets.element_attributes(self._table, name, definition, some)
                    yield _message(_NEWSETELEM, wire.CREATE | wire.EXCLUSIVE, body)
            case DeleteElements(name, definition, elements):
                for some in _pieces([(key, None) for key, _ in elements]):
                    body = encode_sets.element_attributes(self._table, name, definition, some)
                    yield _message(_DELSETELEM, 0, body)

    def _rule(self, change: AddRule) -> Iterator[Message]:
        set_id = self._next_set_id()
        spreads = [each for each in change.rule if isinstance(each, Spread)]
        if len(spreads) > 1:
            raise Bug("a rule spreads twice")
        for spread in spreads:
            body = encode_sets.spread_attributes(self._table, set_id=set_id)
            yield _message(_NEWSET, wire.CREATE, body)
            for some in _pieces(list(enumerate(spread.verdicts))):
                body = encode_sets.choice_attributes(self._table, some, set_id=set_id)
                yield _message(_NEWSETELEM, wire.CREATE, body)
        body = rule_attributes(self._table, change.chain, change.rule, spread_set_id=set_id)
        yield _message(_NEWRULE, wire.CREATE | wire.APPEND, body)

    def _next_set_id(self) -> int:
        self._set_id = self._set_id % 0x7FFFFFFF + 1
        return self._set_id

    def _chains(self) -> list[str]:
        # The kernel lists the chains of every table.
        found = self._channel.dump(_message(_GETCHAIN, 0, b""), doing="listing chains")
        return [_string(each.body, 3) for each in found if _string(each.body, 1) == self._table]

    def _keys(self, name: str) -> Iterator[Key]:
        asked = _message(_GETSETELEM, 0, text(1, self._table) + text(2, name))
        for part in self._channel.dump(asked, doing=f"listing set {name}"):
            elements = wire.parse_attributes(part.body[4:]).get(3, b"")
            for _, element in wire.each_attribute(elements):
                key = wire.parse_attributes(wire.parse_attributes(element)[1])[1]
                yield parse_key(self._sets[name].fields, key)


_RESOURCE = struct.pack(">BBH", 0, 0, _SUBSYSTEM)


def _message(kind: int, flags: int, attributes: bytes) -> Message:
    return Message(
        _SUBSYSTEM << 8 | kind, flags, struct.pack(">BBH", _FAMILY_IP, 0, 0) + attributes
    )


def _pieces(elements: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(elements), ELEMENTS_PER_MESSAGE):
        yield elements[start : start + ELEMENTS_PER_MESSAGE]


def _hook(hook: Hook) -> bytes:
    place = be32(1, _PLACES[hook.place]) + be32(2, hook.priority)
    return wire.nested(4, place) + text(7, hook.type)


def _string(body: bytes, kind: int) -> str:
    return wire.parse_attributes(body[4:])[kind].rstrip(b"\0").decode()
