"""The proxy's small pure parts: delays as objects, news, stale flows, routes."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.network.conntrack.wire import Flow, Tuple, forget, parse_flow
from seatrial.network.proxy.delay import PENDING_MAX, Delay, Late, delay_of, parse_delay
from seatrial.network.proxy.intent import Endpoint, ServicePort
from seatrial.network.proxy.news import rules_news
from seatrial.network.proxy.render import NodeView, render_service
from seatrial.network.proxy.stale import stale_flows
from seatrial.network.routes import wanted_routes
from seatrial.network.ruleset.values import Table

ONE, TWO = Endpoint("10.244.0.2", 8053), Endpoint("10.244.0.3", 8053)
PORT = ServicePort(
    service="default/dns",
    name="dns",
    protocol="udp",
    port=53,
    cluster_ips=("10.96.0.7",),
    external_ips=("192.0.2.1",),
    node_port=30053,
    endpoints=(ONE,),
    local_endpoints=(),
)


def flow(to: tuple[str, int], reached: tuple[str, int]) -> Flow:
    source = ("10.244.0.9", 4000)
    return Flow("udp", Tuple(*source, *to), Tuple(*reached, *source))


def stale(port: ServicePort, *flows: Flow) -> list[Flow]:
    return list(stale_flows(flows, [port], node_ip="10.245.0.10"))


@pytest.mark.parametrize("asked", [("10.96.0.7", 53), ("192.0.2.1", 53), ("10.245.0.10", 30053)])
def test_flows_to_a_pod_that_is_no_endpoint_are_stale(asked: tuple[str, int]) -> None:
    good = flow(asked, ("10.244.0.2", 8053))
    bad = flow(asked, ("10.244.0.3", 8053))
    assert stale(PORT, good, bad) == [bad]


def test_flows_that_were_never_redirected_are_stale_once_they_can_be() -> None:
    lost = flow(("10.96.0.7", 53), ("10.96.0.7", 53))
    assert stale(PORT, lost) == [lost]
    assert stale(replace(PORT, endpoints=()), lost) == []


def test_strangers_and_tcp_are_left_alone() -> None:
    assert stale(PORT, flow(("10.96.0.8", 53), ("10.244.0.3", 8053))) == []
    tcp = replace(PORT, protocol="tcp")
    assert stale(tcp, flow(("10.96.0.7", 53), ("10.244.0.3", 8053))) == []


def test_half_a_flow_and_other_families_are_no_flow() -> None:
    one = flow(("10.96.0.7", 53), ("10.244.0.2", 8053))
    # What we send has the first direction only: the kernel finds a flow by it.
    assert parse_flow(forget(one).body) is None
    assert parse_flow(b"") is None
    assert parse_flow(b"\x0a\0\0\0") is None


def test_news_say_what_came_and_went() -> None:
    before = replace(PORT, endpoints=(ONE,))
    after = replace(PORT, endpoints=(TWO,))
    assert list(rules_news([before], [after])) == [
        {"port": "dns", "added": [str(TWO)], "removed": [str(ONE)], "endpoints": [str(TWO)]}
    ]
    assert list(rules_news([before], [before])) == []


def test_news_of_ports_that_come_and_go_without_endpoints() -> None:
    empty = replace(PORT, name="", endpoints=())
    expected = [{"port": "53", "added": [], "removed": [], "endpoints": []}]
    assert list(rules_news([], [empty])) == expected
    assert list(rules_news([empty], [])) == expected


def test_an_address_that_the_node_answers_itself_is_not_balanced() -> None:
    node = NodeView("10.245.0.10", "10.244.0.0/16", "10.96.0.0/16", ("10.96.0.7",))
    assert render_service([PORT], node) == Table()


def fault(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "late"}, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"delay": "5s"}, Delay("", 5.0)),
        ({"delay": "5s", "nodeName": "here"}, Delay("", 5.0)),
        ({"delay": "5s", "nodeName": "there"}, None),
        ({"delay": "-5s"}, Delay("", 0.0)),
        ({}, Delay("", 0.0)),
        ({"delay": "1m", "service": {"name": "web"}}, Delay("default/web", 60.0)),
        ({"delay": "1m", "service": {"name": "web", "namespace": "x"}}, Delay("x/web", 60.0)),
    ],
)
def test_what_a_fault_means(spec: dict[str, Any], expected: Delay | None) -> None:
    assert parse_delay(fault(**spec), node_name="here") == expected


def test_a_delay_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="soon"):
        parse_delay(fault(delay="soon"), node_name="here")


def test_the_longest_delay_counts() -> None:
    delays = [Delay("", 1.0), Delay("default/web", 5.0), Delay("default/other", 9.0)]
    assert delay_of("default/web", delays) == 5.0
    assert delay_of("default/new", delays) == 1.0
    assert delay_of("default/new", ()) == 0.0


def test_waiting_changes_are_bounded() -> None:
    late: Late[int] = Late()
    for number in range(PENDING_MAX + 5):
        late.see("default/web", number, now_s=float(number), delay_s=1e6)
    assert list(late.release(1e9)) == ["default/web"]
    assert late.known["default/web"] == PENDING_MAX + 4


def test_what_is_forgotten_does_not_come_back() -> None:
    late: Late[int] = Late()
    late.see("default/web", 1, now_s=0, delay_s=0)
    late.see("default/web", 2, now_s=0, delay_s=5)
    late.forget("default/web")
    assert list(late.release(10)) == []
    assert late.latest("default/web") is None


def node(name: str, cidr: str, *addresses: dict[str, str]) -> dict[str, Any]:
    status = {"addresses": list(addresses)}
    return {"metadata": {"name": name}, "spec": {"podCIDR": cidr}, "status": status}


def test_routes_lead_to_every_other_node_that_has_an_address() -> None:
    internal = {"type": "InternalIP", "address": "10.245.0.11"}
    nodes = [
        node("here", "10.244.0.0/24", {"type": "InternalIP", "address": "10.245.0.10"}),
        node("there", "10.244.1.0/24", {"type": "Hostname", "address": "there"}, internal),
        node("new", "10.244.2.0/24"),
        node("bare", "", internal),
    ]
    assert wanted_routes(nodes, own_name="here") == {"10.244.1.0/24": "10.245.0.11"}
