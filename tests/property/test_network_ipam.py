"""Pod addresses: never two holders, and a freed address rests as long as it can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.network.errors import AddressesExhausted
from seatrial.network.ipam import Addresses, gateway_of

moves = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=80)


@given(moves)
def test_no_address_has_two_holders(given_moves: list[tuple[bool, int]]) -> None:
    addresses = Addresses("10.244.3.0/28")
    held: dict[str, str] = {}
    for takes, number in given_moves:
        holder = f"pod-{number}"
        if not takes:
            assert addresses.give_back(holder) == held.pop(holder, None)
        elif holder in held or len(held) < 13:
            held[holder] = addresses.take(holder)
        else:
            with pytest.raises(AddressesExhausted):
                addresses.take(holder)
        assert len(set(held.values())) == len(held)
    assert not {"10.244.3.0", gateway_of("10.244.3.0/28"), "10.244.3.15"} & set(held.values())


def test_a_freed_address_rests_until_all_others_were_used() -> None:
    addresses = Addresses("10.244.3.0/28")
    first = addresses.take("first")
    addresses.give_back("first")
    others = [addresses.take(f"pod-{number}") for number in range(12)]
    assert first not in others
    assert addresses.take("last") == first


def test_a_full_plan_says_what_to_do() -> None:
    addresses = Addresses("10.244.3.0/30")
    assert addresses.take("one") == "10.244.3.2"
    with pytest.raises(AddressesExhausted, match=r"10\.244\.3\.0/30 has no free address") as full:
        addresses.take("two")
    assert full.value.remedy
