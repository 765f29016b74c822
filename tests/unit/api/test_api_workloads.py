"""The arithmetic of rollouts, by example; its laws are in tests/property."""

import pytest

from seatrial.api import workloads
from seatrial.api.workloads import Room, Set


def test_template_hash() -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a"}]}}
    labelled = {
        "metadata": {"labels": {"a": "b", workloads.TEMPLATE_HASH: "x"}, "creationTimestamp": None},
        "spec": {"containers": [{"name": "a"}]},
    }
    found = workloads.template_hash(template)
    assert found == workloads.template_hash(labelled)
    assert workloads.is_same_template(template, labelled)
    assert found != workloads.template_hash(template, 1)
    assert found != workloads.template_hash({"spec": {"containers": [{"name": "b"}]}})
    assert 1 <= len(found) <= 10
    assert set(found) <= set("bcdfghjklmnpqrstvwxz2456789")


def test_revisions() -> None:
    assert workloads.revision_of({"metadata": {"annotations": {workloads.REVISION: "7"}}}) == 7
    assert workloads.revision_of({}) == 0


@pytest.mark.parametrize(
    ("surge", "unavailable", "replicas", "room"),
    [
        ("25%", "25%", 4, Room(1, 1)), ("25%", "25%", 1, Room(1, 0)),
        ("25%", "25%", 10, Room(3, 2)), (0, 0, 3, Room(0, 1)),
        ("0%", "10%", 3, Room(0, 1)), (2, 5, 3, Room(2, 3)),
    ],
)  # fmt: skip
def test_room(surge: int | str, unavailable: int | str, replicas: int, room: Room) -> None:
    assert workloads.resolve_room(surge, unavailable, replicas) == room


def test_room_of_a_deployment() -> None:
    assert workloads.room_of({"spec": {"replicas": 4}}) == Room(1, 1)
    recreate = {"spec": {"replicas": 4, "strategy": {"type": "Recreate"}}}
    assert workloads.room_of(recreate) == Room(0, 0)
    assert workloads.room_of({"spec": {"replicas": 0}}) == Room(0, 0)


@pytest.mark.parametrize("text", ["many", "5", "-5%", "%"])
def test_what_is_no_percentage(text: str) -> None:
    with pytest.raises(workloads.BadAmount):
        workloads.resolve(text, 10, round_up=True)


@pytest.mark.parametrize(
    ("new", "old", "replicas", "surge", "wanted"),
    [(0, 10, 10, 2, 2), (2, 10, 10, 2, 2), (2, 8, 10, 2, 4), (0, 0, 10, 2, 10), (9, 1, 10, 5, 10)],
)
def test_the_new_set_grows(new: int, old: int, replicas: int, surge: int, wanted: int) -> None:
    room = Room(surge, 0)
    got = workloads.new_set_replicas(Set("n", new), [Set("o", old)], replicas=replicas, room=room)
    assert got == wanted


def test_old_sets_shrink() -> None:
    room = Room(2, 2)
    new, old = Set("n", 2, available=0), Set("o", 10, available=10)
    assert workloads.old_sets_replicas(new, [old], replicas=10, room=room) == {"o": 8}
    ready = Set("n", 2, available=2)
    assert workloads.old_sets_replicas(ready, [old], replicas=10, room=room) == {"o": 6}
    broken = Set("b", 4, available=0, created_at=2)
    good = Set("g", 6, available=6, created_at=1)
    got = workloads.old_sets_replicas(Set("n", 0), [good, broken], replicas=10, room=Room(0, 5))
    assert got == {"b": 0, "g": 5} or got == {"g": 5, "b": 0}
    stuck = Set("n", 3, available=0)
    assert workloads.old_sets_replicas(stuck, [Set("o", 8, 8)], replicas=10, room=Room(1, 2)) == {}


def test_proportional_scaling() -> None:
    sets = [
        Set("new", 5, created_at=2, annotated_max=13),
        Set("old", 8, created_at=1, annotated_max=13),
    ]
    got = workloads.proportional_replicas(sets, replicas=15, room=Room(3, 2))
    assert got == {"new": 7, "old": 11}
    assert workloads.proportional_replicas(sets, replicas=0, room=Room(0, 0)) == {
        "new": 0,
        "old": 0,
    }
    assert workloads.proportional_replicas(sets, replicas=10, room=Room(3, 2)) == {
        "new": 5,
        "old": 8,
    }
    assert workloads.proportional_replicas([], replicas=3, room=Room(1, 1)) == {}
