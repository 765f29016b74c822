"""Late endpoint changes: nothing is lost, nothing overtakes, nothing is late without a delay."""

from hypothesis import given
from hypothesis import strategies as st

from seatrial.network.proxy.delay import Late

steps = st.lists(
    st.tuples(st.floats(0, 5), st.sampled_from(["a", "b"]), st.sampled_from([0.0, 1.0, 7.0])),
    max_size=30,
)


@given(steps)
def test_changes_arrive_in_order_and_in_time(given_steps: list[tuple[float, str, float]]) -> None:
    late: Late[int] = Late()
    now_s = 0.0
    seen: dict[str, list[tuple[int, float]]] = {"a": [], "b": []}
    arrived: dict[str, list[int]] = {"a": [], "b": []}

    def note(service: str) -> None:
        arrived[service].append(late.known[service])

    for number, (pause_s, service, delay_s) in enumerate(given_steps):
        now_s += pause_s
        for each in late.release(now_s):
            note(each)
        seen[service].append((number, now_s + delay_s))
        if late.see(service, number, now_s=now_s, delay_s=delay_s):
            note(service)
        assert late.latest(service) == number
    for each in late.release(now_s + 7.0):
        note(each)
    assert late.next_s() is None
    for service, changes in seen.items():
        assert arrived[service] == sorted(arrived[service])
        if changes:
            assert arrived[service][-1] == changes[-1][0]


@given(steps)
def test_healing_shows_the_present_at_once(given_steps: list[tuple[float, str, float]]) -> None:
    late: Late[int] = Late()
    last: dict[str, int] = {}
    for number, (_, service, delay_s) in enumerate(given_steps):
        late.see(service, number, now_s=0.0, delay_s=delay_s)
        last[service] = number
    healed = list(late.heal(lambda service: service == "b"))
    assert "b" not in healed
    assert late.known.get("a") == last.get("a")
    assert late.latest("b") == last.get("b")


@given(delay_s=st.floats(0.1, 100), wait_s=st.floats(0, 100))
def test_a_change_is_exactly_as_late_as_its_delay(delay_s: float, wait_s: float) -> None:
    late: Late[str] = Late()
    late.see("a", "old", now_s=0.0, delay_s=0.0)
    late.see("a", "new", now_s=10.0, delay_s=delay_s)
    assert late.next_s() == 10.0 + delay_s
    arrived = list(late.release(10.0 + wait_s))
    assert (arrived == ["a"]) == (late.known["a"] == "new") == (10.0 + wait_s >= 10.0 + delay_s)
