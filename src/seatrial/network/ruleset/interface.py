"""The contract of a rule set: one nftables table that changes atomically."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from seatrial.network.ruleset.changes import Change
from seatrial.network.ruleset.values import Key


@dataclass(frozen=True, slots=True)
class Listing:
    """What the table holds: how many rules each chain has, and the keys of each set."""

    rules: Mapping[str, int]
    elements: Mapping[str, frozenset[Key]]


class Ruleset(Protocol):
    """One table. Raises KernelRefused with the errno that nftables gives, NetworkError."""

    def create(self) -> None:
        """Make the table, empty; what a table of its name held is gone."""

    def apply(self, changes: Sequence[Change]) -> None:
        """All changes at once; when one is refused, none has happened."""

    def listing(self) -> Listing:
        """What is there now."""

    def delete(self) -> None:
        """Delete the table; no error when it is gone."""

    def close(self) -> None:
        """Let go of what is held open; the table stays."""
