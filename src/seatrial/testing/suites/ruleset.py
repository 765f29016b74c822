"""The suite every rule set must pass.

Derive a class and give it a `ruleset` fixture that yields one whose table was not created yet.
"""

import errno

import pytest

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
    plan_changes,
)
from seatrial.network.ruleset.interface import Listing, Ruleset
from seatrial.network.ruleset.values import (
    ACCEPT,
    DROP,
    RETURN,
    Chain,
    Dispatch,
    Field,
    Hook,
    InSet,
    MarkHas,
    Masquerade,
    Match,
    NewConnection,
    Reject,
    Remember,
    SendTo,
    Set,
    Spread,
    Table,
    ToggleMark,
    goto,
    jump,
)

ADDRESSES = Set((Field.SOURCE,))
RECENT = Set((Field.SOURCE,), is_timed=True)
WAYS = Set((Field.DESTINATION, Field.PROTOCOL, Field.PORT), is_map=True)
MARKS = Set((Field.MARK,))
WAY = ("10.96.0.1", "tcp", 443)

EVERY_STATEMENT = Table(
    chains={
        "nat-prerouting": Chain(
            (
                (Dispatch(WAYS.fields, "ways"),),
                (InSet((Field.SOURCE,), "recent"), jump("one")),
                (Spread((goto("one"), goto("two"), goto("one"))),),
            ),
            Hook("nat", "prerouting", -100),
        ),
        "nat-postrouting": Chain(
            (
                (MarkHas(0x4000, negated=True), RETURN),
                (ToggleMark(0x4000, on=False), Masquerade()),
            ),
            Hook("nat", "postrouting", 100),
        ),
        "filter-input": Chain(
            ((NewConnection(), Match(Field.SOURCE, "10.0.0.0/8", negated=True), Reject()),),
            Hook("filter", "input", 0),
        ),
        "one": Chain(
            (
                (Match(Field.SOURCE, "10.244.0.2"), ToggleMark(0x4000)),
                (Match(Field.PORT, 80), DROP),
                (Remember("recent", 60),),
                (Match(Field.PROTOCOL, "tcp"), SendTo("10.244.0.2", 8080)),
            )
        ),
        "two": Chain(((MarkHas(1), ACCEPT),)),
    },
    sets={"ways": WAYS, "recent": RECENT, "marks": MARKS},
    elements={"ways": {WAY: goto("two"), ("10.96.0.2", "udp", 53): DROP}, "marks": {(7,): None}},
)


class RulesetSuite:
    """What a rule set promises."""

    @pytest.fixture
    def table(self, ruleset: Ruleset) -> Ruleset:
        """The rule set, with its table."""
        ruleset.create()
        return ruleset

    def test_takes_every_statement(self, table: Ruleset) -> None:
        apply(table, Table(), EVERY_STATEMENT)
        assert table.listing() == listing_of(EVERY_STATEMENT)

    def test_goes_back_to_nothing(self, table: Ruleset) -> None:
        apply(table, Table(), EVERY_STATEMENT)
        apply(table, EVERY_STATEMENT, Table())
        assert table.listing() == Listing({}, {})

    def test_create_empties(self, table: Ruleset) -> None:
        apply(table, Table(), EVERY_STATEMENT)
        table.create()
        assert table.listing() == Listing({}, {})

    def test_delete_twice_is_no_error(self, table: Ruleset) -> None:
        table.delete()
        table.delete()

    def test_nothing_is_a_change(self, table: Ruleset) -> None:
        table.apply([])
        assert table.listing() == Listing({}, {})

    def test_all_or_nothing(self, table: Ruleset) -> None:
        with pytest.raises(KernelRefused) as refused:
            table.apply([AddChain("one"), DeleteChain("two")])
        assert (refused.value.errno, refused.value.position) == (errno.ENOENT, 2)
        assert table.listing() == Listing({}, {})

    def test_a_map_changes_its_verdict(self, table: Ruleset) -> None:
        apply(table, Table(), EVERY_STATEMENT)
        changed = Table(
            EVERY_STATEMENT.chains,
            EVERY_STATEMENT.sets,
            {**EVERY_STATEMENT.elements, "ways": {WAY: goto("one")}},
        )
        apply(table, EVERY_STATEMENT, changed)
        assert table.listing() == listing_of(changed)

    def test_takes_many_elements_and_a_wide_choice(self, table: Ruleset) -> None:
        keys = [(f"10.1.{number // 250}.{number % 250}", "tcp", 80) for number in range(1000)]
        wide = Table(
            {
                "choice": Chain(((Spread((goto("one"), DROP) * 500),),)),
                "one": Chain(),
            },
            {"ways": WAYS},
            {"ways": dict.fromkeys(keys, goto("one"))},
        )
        apply(table, Table(), wide)
        assert table.listing() == listing_of(wide)
        apply(table, wide, Table())
        assert table.listing() == Listing({}, {})

    def test_elements_come_and_go(self, table: Ruleset) -> None:
        table.apply([AddSet("them", ADDRESSES)])
        table.apply([AddElements("them", ADDRESSES, ((("10.0.0.1",), None),))])
        table.apply([AddElements("them", ADDRESSES, ((("10.0.0.2",), None),))])
        table.apply([DeleteElements("them", ADDRESSES, ((("10.0.0.1",), None),))])
        assert table.listing().elements == {"them": {("10.0.0.2",)}}

    @pytest.mark.parametrize(
        ("changes", "number"),
        [
            ([AddChain("old")], errno.EEXIST),
            ([AddSet("set", ADDRESSES)], errno.EEXIST),
            ([DeleteChain("new")], errno.ENOENT),
            ([DeleteSet("new")], errno.ENOENT),
            ([FlushChain("new")], errno.ENOENT),
            ([AddRule("old", (jump("new"),))], errno.ENOENT),
            ([AddRule("old", (InSet((Field.SOURCE,), "new"), DROP))], errno.ENOENT),
            ([AddElements("set", ADDRESSES, ((("10.0.0.9",), None),))], errno.EEXIST),
            ([DeleteElements("set", ADDRESSES, ((("10.0.0.1",), None),))], errno.ENOENT),
            ([DeleteChain("used")], errno.EBUSY),
            ([DeleteSet("set")], errno.EBUSY),
        ],
    )
    def test_refuses(self, table: Ruleset, changes: list[Change], number: int) -> None:
        rule = (InSet((Field.SOURCE,), "set"), jump("used"))
        table.apply(
            [
                AddSet("set", ADDRESSES),
                AddElements("set", ADDRESSES, ((("10.0.0.9",), None),)),
                AddChain("used"),
                AddChain("old"),
                AddRule("old", rule),
            ]
        )
        before = table.listing()
        with pytest.raises(KernelRefused) as refused:
            table.apply(changes)
        assert refused.value.errno == number
        assert table.listing() == before

    def test_without_a_table_nothing_can_be_changed(self, ruleset: Ruleset) -> None:
        with pytest.raises(KernelRefused) as refused:
            ruleset.apply([AddChain("one")])
        assert refused.value.errno == errno.ENOENT


def apply(ruleset: Ruleset, old: Table, new: Table) -> None:
    """Lead the rule set from one table to the other."""
    for changes in plan_changes(old, new).transactions(weight_max=1000):
        ruleset.apply(changes)


def listing_of(table: Table) -> Listing:
    """What a rule set that holds `table` lists."""
    return Listing(
        {name: len(chain.rules) for name, chain in table.chains.items()},
        {name: frozenset(table.elements.get(name, {})) for name in table.sets},
    )
