"""Proxy rules against a packet walk: two independent readings of what a Service means."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.network.proxy.intent import Endpoint, ServicePort
from seatrial.network.proxy.render import NodeView, render_base, render_service
from seatrial.network.ruleset.changes import plan_changes, weight_of
from seatrial.network.ruleset.fake import FakeRuleset
from seatrial.network.ruleset.trace import FROM_NODE, THROUGH, TO_NODE, Packet, Walker
from seatrial.network.ruleset.values import Table

NODE = NodeView(
    node_ip="10.245.0.10",
    cluster_cidr="10.244.0.0/16",
    service_cidr="10.96.0.0/16",
    own_addresses=("10.96.0.10",),
)
OUTSIDE = "192.0.2.99"

endpoints = st.sets(
    st.builds(
        Endpoint,
        st.integers(2, 9).map(lambda last: f"10.244.0.{last}"),
        st.sampled_from([80, 8080]),
    ),
    max_size=4,
)


@st.composite
def port(draw: st.DrawFn, number: int = 1) -> ServicePort:
    everywhere = draw(endpoints)
    here = draw(st.sets(st.sampled_from(sorted(everywhere)))) if everywhere else set()
    return ServicePort(
        service=f"default/s{number}",
        name="http",
        protocol=draw(st.sampled_from(["tcp", "udp"])),
        port=80,
        cluster_ips=(f"10.96.1.{number}",),
        external_ips=draw(st.sampled_from([(), (f"192.0.2.{number}",)])),
        node_port=draw(st.sampled_from([0, 30_000 + number])),
        endpoints=tuple(sorted(everywhere)),
        local_endpoints=tuple(sorted(here)),
        is_internal_local=draw(st.booleans()),
        is_external_local=draw(st.booleans()),
        affinity_timeout_s=draw(st.sampled_from([0, 60])),
    )


@st.composite
def cluster(draw: st.DrawFn) -> tuple[ServicePort, ...]:
    numbers = draw(st.sets(st.integers(1, 5), max_size=4))
    return tuple(draw(port(number)) for number in sorted(numbers))


def table(ports: tuple[ServicePort, ...]) -> Table:
    whole = render_base(NODE)
    for each in ports:
        whole = whole.joined(render_service([each], NODE))
    return whole


def filled(rules: Table) -> Table:
    """The same table, with "no elements" said of each set that has none."""
    elements = {name: rules.elements.get(name, {}) for name in rules.sets}
    return Table(rules.chains, rules.sets, elements)


@given(ports=cluster(), source=st.integers(2, 9))
def test_a_cluster_ip_leads_to_exactly_its_endpoints(
    ports: tuple[ServicePort, ...], source: int
) -> None:
    walker = Walker(table(ports))
    for each in ports:
        packet = Packet(f"10.244.0.{source}", each.cluster_ips[0], each.protocol, each.port)
        outcomes = walker.walk(packet, THROUGH)
        served = each.internal_endpoints
        if not served:
            fate = "drop" if each.endpoints else "reject"
            assert {outcome.fate for outcome in outcomes} == {fate}
            continue
        reached = {(o.packet.destination, o.packet.port) for o in outcomes if o.fate == "accept"}
        assert reached == {(endpoint.address, endpoint.port) for endpoint in served}
        assert len(outcomes) == len(served)


@given(ports=cluster(), source=st.sampled_from(["10.244.0.2", "10.244.1.7", OUTSIDE]))
def test_who_is_masqueraded(ports: tuple[ServicePort, ...], source: str) -> None:
    """By cluster IP: a pod that reaches itself, and strangers; nobody else."""
    walker = Walker(table(ports))
    for each in ports:
        packet = Packet(source, each.cluster_ips[0], each.protocol, each.port)
        for outcome in walker.walk(packet, THROUGH):
            if outcome.fate == "accept":
                itself = outcome.packet.destination == source
                assert outcome.packet.is_masqueraded == (itself or source == OUTSIDE)
                assert outcome.packet.mark == 0


@given(ports=cluster())
def test_outside_addresses_and_node_ports(ports: tuple[ServicePort, ...]) -> None:
    walker = Walker(table(ports))
    for each in ports:
        ways: list[tuple[str, int, tuple[str, ...]]]
        ways = [(address, each.port, THROUGH) for address in each.external_ips]
        ways += [(NODE.node_ip, each.node_port, TO_NODE)] if each.node_port else []
        for address, number, hooks in ways:
            outcomes = walker.walk(Packet(OUTSIDE, address, each.protocol, number), hooks)
            served = each.external_endpoints
            if not served:
                fate = "drop" if each.endpoints else "reject"
                assert {outcome.fate for outcome in outcomes} == {fate}
                continue
            reached = {(o.packet.destination, o.packet.port) for o in outcomes}
            assert reached == {(endpoint.address, endpoint.port) for endpoint in served}
            if hooks is THROUGH:
                masqueraded = {outcome.packet.is_masqueraded for outcome in outcomes}
                assert masqueraded == {not each.is_external_local}


@given(ports=cluster())
def test_a_remembered_client_reaches_its_endpoint_again(ports: tuple[ServicePort, ...]) -> None:
    rules = table(ports)
    for each in ports:
        packet = Packet("10.244.7.7", each.cluster_ips[0], each.protocol, each.port)
        for first in Walker(rules).walk(packet, THROUGH):
            names = first.packet.remembered_in
            assert bool(names) == bool(each.affinity_timeout_s and first.fate == "accept")
            if names:
                remembered = dict.fromkeys(names, frozenset({packet.source}))
                assert Walker(rules, remembered).walk(packet, THROUGH) == {first}


@given(ports=cluster(), hooks=st.sampled_from([THROUGH, FROM_NODE]))
def test_addresses_of_no_service(ports: tuple[ServicePort, ...], hooks: tuple[str, ...]) -> None:
    walker = Walker(table(ports))

    def fates(address: str, number: int) -> set[str]:
        packet = Packet("10.244.0.1", address, "tcp", number)
        return {outcome.fate for outcome in walker.walk(packet, hooks)}

    assert fates("10.96.200.1", 80) == {"drop"}
    assert fates("10.96.0.10", 53) == {"accept"}
    assert fates("10.244.0.3", 80) == {"accept"}
    for each in ports:
        assert fates(each.cluster_ips[0], 4321) == {"reject"}


@settings(max_examples=60)
@given(states=st.lists(cluster(), max_size=5))
def test_changes_one_by_one_end_where_a_fresh_start_does(
    states: list[tuple[ServicePort, ...]],
) -> None:
    base = render_base(NODE)
    ruleset = FakeRuleset()
    ruleset.create()
    for changes in plan_changes(Table(), base).transactions(weight_max=8):
        ruleset.apply(changes)
    written: dict[str, ServicePort] = {}
    for state in states:
        wanted = {each.service: each for each in state}
        for name in sorted({*written, *wanted}):
            old = render_service([written[name]] if name in written else [], NODE)
            new = render_service([wanted[name]] if name in wanted else [], NODE)
            plan = plan_changes(old, new, shared=base.sets)
            if written.get(name) == wanted.get(name):
                assert not [*plan.prepare, *plan.switch, *plan.clean_up]
            for changes in plan.transactions(weight_max=8):
                ruleset.apply(changes)
        written = wanted
        assert ruleset.table == filled(table(state))


@given(ports=cluster())
def test_preparing_and_cleaning_up_change_nothing_for_packets(
    ports: tuple[ServicePort, ...],
) -> None:
    """Only the switch does, so a plan may be torn before and after it."""
    old = render_base(NODE)
    ruleset = FakeRuleset()
    ruleset.create()
    for changes in plan_changes(Table(), old).transactions(weight_max=1000):
        ruleset.apply(changes)
    new = table(ports)
    plan = plan_changes(old, new)
    packets = [
        Packet("10.244.0.2", each.cluster_ips[0], each.protocol, each.port) for each in ports
    ]

    def outcomes(rules: Table) -> list[object]:
        return [Walker(rules).walk(each, THROUGH) for each in packets]

    ruleset.apply(plan.prepare)
    assert outcomes(ruleset.table) == outcomes(old)
    ruleset.apply(plan.switch)
    assert outcomes(ruleset.table) == outcomes(new)
    ruleset.apply(plan.clean_up)
    assert outcomes(ruleset.table) == outcomes(new)


@given(one=port())
def test_equal_intents_render_equal_tables(one: ServicePort) -> None:
    assert render_service([one], NODE) == render_service([replace(one)], NODE)


@given(ports=cluster(), weight_max=st.integers(1, 60))
def test_a_plan_is_torn_only_where_it_may_be(
    ports: tuple[ServicePort, ...], weight_max: int
) -> None:
    plan = plan_changes(render_base(NODE), table(ports))
    pieces = list(plan.transactions(weight_max))
    whole = [*plan.prepare, *plan.switch, *plan.clean_up]
    assert [change for piece in pieces for change in piece] == whole
    assert all(pieces)
    for piece in pieces:
        assert weight_of(piece) <= weight_max or len(piece) == 1 or piece == plan.switch
