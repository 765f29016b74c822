"""Laws of the object model."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seatrial.api import quantities, selectors, timestamps
from seatrial.api.kinds import POD
from seatrial.api.patch.json import apply_json_patch
from seatrial.api.patch.merge import apply_merge_patch
from seatrial.api.patch.strategic import apply_strategic_patch
from seatrial.api.quantities import Quantity
from seatrial.api.schema.schemas import schema_of
from seatrial.api.schema.validate import take_apart
from seatrial.api.workloads import (
    Room,
    Set,
    new_set_replicas,
    old_sets_replicas,
    proportional_replicas,
)

leaves = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab$", max_size=3)
json_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner),
    max_leaves=8,
)
names = st.sampled_from(["a", "b", "c", "d", "e"])
notations = st.sampled_from(["DecimalSI", "BinarySI", "DecimalExponent"])


@given(nanos=st.integers(-(10**30), 10**30), notation=notations)
def test_a_rendered_quantity_means_the_same_and_is_canonical(nanos: int, notation: Any) -> None:
    text = quantities.render(Quantity(nanos, notation))
    assert quantities.parse(text).nanos == nanos
    assert quantities.canonical(text) == text


@given(left=st.integers(-(10**18), 10**18), right=st.integers(-(10**18), 10**18))
def test_quantities_are_ordered_as_numbers(left: int, right: int) -> None:
    assert (Quantity(left, "BinarySI") < Quantity(right)) is (left < right)
    assert (Quantity(left) == Quantity(right, "BinarySI")) is (left == right)


@given(st.integers(0, 4 * 10**9))
def test_timestamps_round_trip(epoch_s: int) -> None:
    assert timestamps.parse(timestamps.render(epoch_s)) == epoch_s
    assert timestamps.parse(timestamps.render_micro(epoch_s)) == epoch_s


requirements = st.one_of(
    st.builds(
        selectors.Requirement,
        names,
        st.sampled_from(["In", "NotIn"]),
        st.sets(names, min_size=1).map(lambda values: tuple(sorted(values))),
    ),
    st.builds(selectors.Requirement, names, st.sampled_from(["Exists", "DoesNotExist"])),
)


@given(found=st.lists(requirements, max_size=4), labels=st.dictionaries(names, names))
def test_a_selector_survives_its_own_text(
    found: list[selectors.Requirement], labels: dict[str, str]
) -> None:
    selector = selectors.Selector(tuple(sorted(found, key=lambda each: each.key)))
    again = selectors.parse(str(selector))
    assert again == selector
    assert again.matches(labels) is all(each.matches(labels) for each in found)


@given(target=json_values, patch=json_values)
def test_a_merge_patch_is_idempotent(target: Any, patch: Any) -> None:
    before = copy.deepcopy((target, patch))
    once = apply_merge_patch(target, patch)
    assert apply_merge_patch(once, patch) == once
    assert (target, patch) == before


@given(target=st.dictionaries(names, json_values), value=json_values)
def test_what_a_json_patch_adds_it_can_test_and_remove(target: dict[str, Any], value: Any) -> None:
    added = [{"op": "add", "path": "/new", "value": value}]
    tested = [*added, {"op": "test", "path": "/new", "value": value}]
    assert apply_json_patch(target, tested) == target | {"new": value}
    assert apply_json_patch(target, [*tested, {"op": "remove", "path": "/new"}]) == target


containers = st.lists(names, unique=True, max_size=5).map(
    lambda found: [{"name": name, "image": name} for name in found]
)


@given(old=containers, patch=containers, order=st.permutations(["a", "b", "c", "d", "e"]))
def test_a_strategic_patch_merges_by_name_in_the_order_asked_for(
    old: list[dict[str, str]], patch: list[dict[str, str]], order: list[str]
) -> None:
    spec = {"containers": patch, "$setElementOrder/containers": [{"name": n} for n in order]}
    got = apply_strategic_patch(schema_of(POD), {"spec": {"containers": old}}, {"spec": spec})
    found = [each["name"] for each in got["spec"]["containers"]]
    assert sorted(found) == sorted({each["name"] for each in (*old, *patch)})
    assert found == sorted(found, key=order.index)
    assert apply_strategic_patch(schema_of(POD), got, {"spec": spec}) == got


@given(value=json_values)
def test_whatever_is_taken_apart_fits_afterwards(value: Any) -> None:
    obj = {"metadata": {"labels": value}, "spec": {"containers": value, "tolerations": [value]}}
    before = copy.deepcopy(obj)
    kept = take_apart(POD, obj).value
    again = take_apart(POD, kept)
    assert again.value == kept
    assert not again.unknown
    assert not again.mistakes
    assert obj == before


counts = st.integers(0, 20)
rooms = st.builds(Room, st.integers(0, 5), st.integers(0, 5)).filter(
    lambda room: room.surge > 0 or room.unavailable > 0
)


@given(replicas=counts, room=rooms, old=counts, is_broken=st.booleans())
def test_a_rollout_is_safe_and_live(replicas: int, room: Room, old: int, is_broken: bool) -> None:
    """Never above the surge; never below what may be missing; and it arrives."""
    room = Room(room.surge, min(room.unavailable, replicas))
    if room.surge == 0 and room.unavailable == 0:
        room = Room(1, 0)
    old = min(old, replicas)
    new, before = Set("new", 0), Set("old", old, available=0 if is_broken else old)
    for _ in range(4 * (replicas + old) + 4):
        wanted = new_set_replicas(new, [before], replicas=replicas, room=room)
        assert wanted + before.wanted <= max(replicas + room.surge, new.wanted + before.wanted)
        new = Set("new", wanted, available=new.available)
        down = old_sets_replicas(new, [before], replicas=replicas, room=room)
        left = down.get("old", before.wanted)
        available = min(before.available, left)
        floor = min(replicas - room.unavailable, new.available + before.available)
        assert new.available + available >= floor
        before = Set("old", left, available=available)
        new = Set("new", wanted, available=wanted)  # what was started becomes available
    assert (new.wanted, before.wanted) == (replicas, 0)


@given(
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=4),
    replicas=st.integers(0, 60),
    surge=st.integers(0, 10),
)
def test_proportional_scaling_adds_up(sizes: list[int], replicas: int, surge: int) -> None:
    total = sum(sizes)
    sets = [Set(str(at), size, created_at=at, annotated_max=total) for at, size in enumerate(sizes)]
    got = proportional_replicas(sets, replicas=replicas, room=Room(surge, 0))
    assert sum(got.values()) == (replicas + surge if replicas else 0)
    assert all(count >= 0 for count in got.values())
