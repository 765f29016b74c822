"""The ledger: windows, weights and the rows that nobody needs any more."""

import pytest

from seatrial.store.interface import Compacted, Entry
from seatrial.store.ledger import Ledger, Window, Write, decide


def write(ledger: Ledger, kind: str, key: str, value: bytes = b"x") -> None:
    current = ledger.get(key)
    expected = current.revision if current else 0
    wanted = Write(kind, key, expected, lambda _: value)  # type: ignore[arg-type]
    ledger.apply(decide(wanted, current, revision=ledger.revision + 1))


def test_the_window_bounds_the_number_of_events() -> None:
    ledger = Ledger(Window(events_max=3))
    for n in range(5):
        write(ledger, "create", f"/{n}")
    assert ledger.compacted == 2
    assert [event.revision for event in ledger.changes_after(2, "/")] == [3, 4, 5]
    with pytest.raises(Compacted, match="the oldest is 2"):
        ledger.changes_after(1, "/")


def test_the_window_bounds_bytes_but_keeps_the_newest_write() -> None:
    ledger = Ledger(Window(bytes_max=10))
    write(ledger, "create", "/a", b"1234")
    write(ledger, "create", "/b", b"1234")
    assert ledger.compacted == 0
    write(ledger, "create", "/c", b"x" * 100)
    assert ledger.compacted == 2
    assert [event.key for event in ledger.changes_after(2, "/")] == ["/c"]


def test_replaced_values_and_deletions_die_once_history_leaves_them() -> None:
    dead: list[int] = []
    ledger = Ledger(Window(), on_dead=dead.append)
    write(ledger, "create", "/a")
    write(ledger, "create", "/b")
    write(ledger, "update", "/a")
    write(ledger, "delete", "/b")
    assert dead == []
    ledger.compact(3)
    assert dead == [1]
    ledger.compact(4)
    assert sorted(dead) == [1, 2, 4]


def test_a_prefix_at_the_end_of_all_texts_is_a_prefix_too() -> None:
    last = chr(0x10FFFF)
    ledger = Ledger(Window())
    write(ledger, "create", last + "a")
    write(ledger, "create", "a" + last)
    write(ledger, "create", "b")
    assert [entry.key for entry in ledger.list(last).entries] == [last + "a"]
    assert [entry.key for entry in ledger.list("a" + last).entries] == ["a" + last]


def test_a_page_that_starts_before_the_prefix_starts_at_the_prefix() -> None:
    ledger = Ledger(Window())
    for key in ("/a", "/b", "/c"):
        write(ledger, "create", key)
    assert [entry.key for entry in ledger.list("/b", after="/a").entries] == ["/b"]
    assert ledger.list("/a", after="/b").entries == []


def test_a_deletion_without_render_says_the_removed_value() -> None:
    change = decide(Write("delete", "/a", 3), Entry("/a", b"old", 3), revision=4)
    assert change.event.previous == b"old"
    assert change.entry == Entry("/a", b"old", 4)
