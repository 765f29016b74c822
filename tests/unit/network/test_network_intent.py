"""What a Service means on a node."""

from typing import Any

import pytest

from seatrial.network.proxy.intent import Endpoint, ServicePort, service_ports


def service(**spec: Any) -> dict[str, Any]:
    ports = [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": "web"}]
    whole = {"type": "ClusterIP", "clusterIP": "10.96.0.7", "ports": ports, **spec}
    return {"metadata": {"name": "web", "namespace": "default"}, "spec": whole}


def endpoint(address: str, node: str = "here", **conditions: bool) -> dict[str, Any]:
    return {"addresses": [address], "conditions": conditions, "nodeName": node}


def endpoint_slice(*endpoints: dict[str, Any], **more: Any) -> dict[str, Any]:
    ports = [{"name": "http", "protocol": "TCP", "port": 8080}]
    return {"addressType": "IPv4", "ports": ports, "endpoints": list(endpoints), **more}


def only(found: tuple[ServicePort, ...]) -> ServicePort:
    assert len(found) == 1
    return found[0]


def addresses(*endpoints: dict[str, Any]) -> list[str]:
    found = only(service_ports(service(), [endpoint_slice(*endpoints)], node_name="here"))
    return [each.address for each in found.endpoints]


def test_a_plain_service() -> None:
    slices = [endpoint_slice(endpoint("10.244.0.2", ready=True))]
    assert service_ports(service(), slices, node_name="here") == (
        ServicePort(
            service="default/web",
            name="http",
            protocol="tcp",
            port=80,
            cluster_ips=("10.96.0.7",),
            external_ips=(),
            node_port=0,
            endpoints=(Endpoint("10.244.0.2", 8080),),
            local_endpoints=(Endpoint("10.244.0.2", 8080),),
        ),
    )


@pytest.mark.parametrize(
    "spec",
    [
        {"clusterIP": "None", "clusterIPs": ["None"]},
        {"clusterIP": ""},
        {"type": "ExternalName", "externalName": "example.org", "clusterIP": "10.96.0.7"},
        {"clusterIP": "fd00::7", "clusterIPs": ["fd00::7"]},
        {"ports": []},
    ],
)
def test_services_that_mean_nothing_here(spec: dict[str, Any]) -> None:
    assert service_ports(service(**spec), [], node_name="here") == ()


def test_ready_and_unknown_ready_count_and_not_ready_do_not() -> None:
    assert addresses(
        endpoint("10.244.0.4", ready=False),
        endpoint("10.244.0.3"),
        endpoint("10.244.0.2", ready=True),
        endpoint("10.244.0.2", ready=True),
    ) == ["10.244.0.2", "10.244.0.3"]


def test_terminating_ones_serve_only_when_there_is_no_other() -> None:
    draining = endpoint("10.244.0.2", ready=False, serving=True, terminating=True)
    done = endpoint("10.244.0.3", ready=False, serving=False, terminating=True)
    assert addresses(draining, done) == ["10.244.0.2"]
    assert addresses(draining, endpoint("10.244.0.4", ready=True)) == ["10.244.0.4"]
    assert addresses(done) == []


def test_local_endpoints_fall_back_by_themselves() -> None:
    found = only(
        service_ports(
            service(internalTrafficPolicy="Local", externalTrafficPolicy="Local"),
            [
                endpoint_slice(
                    endpoint("10.244.1.2", node="there", ready=True),
                    endpoint("10.244.0.2", ready=False, serving=True, terminating=True),
                )
            ],
            node_name="here",
        )
    )
    assert [each.address for each in found.endpoints] == ["10.244.1.2"]
    assert [each.address for each in found.internal_endpoints] == ["10.244.0.2"]
    assert [each.address for each in found.external_endpoints] == ["10.244.0.2"]


def test_slices_of_other_ports_protocols_and_families_are_not_looked_at() -> None:
    ready = endpoint("10.244.0.2", ready=True)
    strangers = [
        endpoint_slice(ready, addressType="IPv6"),
        endpoint_slice(ready, ports=[{"name": "admin", "protocol": "TCP", "port": 1}]),
        endpoint_slice(ready, ports=[{"name": "http", "protocol": "UDP", "port": 1}]),
        endpoint_slice(ready, ports=[{"name": "http", "protocol": "TCP"}]),
        {"addressType": "IPv4"},
    ]
    assert only(service_ports(service(), strangers, node_name="here")).endpoints == ()


def test_ports_of_one_service_find_their_own_endpoints() -> None:
    ports = [{"port": 80}, {"name": "dns", "port": 53, "protocol": "UDP", "nodePort": 30053}]
    slices = [
        endpoint_slice(endpoint("10.244.0.2"), ports=[{"port": 8080}]),
        endpoint_slice(
            endpoint("10.244.0.3"), ports=[{"name": "dns", "protocol": "UDP", "port": 5353}]
        ),
    ]
    plain, dns = service_ports(service(ports=ports), slices, node_name="here")
    assert (plain.name, plain.protocol, plain.endpoints) == (
        "",
        "tcp",
        (Endpoint("10.244.0.2", 8080),),
    )
    assert (dns.protocol, dns.node_port, str(dns.endpoints[0])) == ("udp", 30053, "10.244.0.3:5353")


def test_affinity_and_its_timeout() -> None:
    def timeout_s(**spec: Any) -> int:
        return only(service_ports(service(**spec), [], node_name="here")).affinity_timeout_s

    assert timeout_s() == 0
    assert timeout_s(sessionAffinity="None") == 0
    assert timeout_s(sessionAffinity="ClientIP") == 10_800
    config = {"clientIP": {"timeoutSeconds": 7}}
    assert timeout_s(sessionAffinity="ClientIP", sessionAffinityConfig=config) == 7


def test_external_addresses_of_both_kinds() -> None:
    balanced = service(externalIPs=["192.0.2.1", "2001:db8::1"], type="LoadBalancer")
    balanced["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.2"}, {"hostname": "lb"}]}}
    found = only(service_ports(balanced, [], node_name="here"))
    assert found.external_ips == ("192.0.2.1", "192.0.2.2")
