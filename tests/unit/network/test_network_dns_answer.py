"""Questions and what is said to them, after the DNS specification of Kubernetes."""

from collections.abc import Sequence
from typing import Any

import pytest

from seatrial.network.dns.answer import NO_SUCH_NAME, NOTHING, Answer, Record, answer
from seatrial.network.dns.records import NamedService, named_service

DOMAIN = "cluster.local"


def service(name: str, *slices: dict[str, Any], **spec: Any) -> NamedService:
    ports = [{"name": "http", "port": 80}, {"name": "dns", "protocol": "UDP", "port": 53}]
    whole = {"clusterIP": "10.96.0.7", "ports": ports, **spec}
    return named_service(
        {"metadata": {"name": name, "namespace": "default"}, "spec": whole}, slices
    )


def pods(*endpoints: dict[str, Any], **more: Any) -> dict[str, Any]:
    ports = [{"name": "http", "protocol": "TCP", "port": 8080}]
    return {"addressType": "IPv4", "ports": ports, "endpoints": list(endpoints), **more}


HEADLESS = service(
    "pods",
    pods(
        {"addresses": ["10.244.0.3"], "hostname": "web-0", "conditions": {"ready": True}},
        {"addresses": ["10.244.0.2"]},
        {"addresses": ["10.244.0.4"], "conditions": {"ready": False}},
    ),
    pods({"addresses": ["fd00::2"]}, addressType="IPv6"),
    clusterIP="None",
)
SERVICES = {
    each.name: each
    for each in (
        service("web"),
        HEADLESS,
        service("nobody", clusterIP="None"),
        service("away", type="ExternalName", externalName="example.org", clusterIP=""),
    )
}


class Directory:
    def has_namespace(self, namespace: str) -> bool:
        return namespace in {"default", "empty"}

    def service(self, namespace: str, name: str) -> NamedService | None:
        return SERVICES.get(name) if namespace == "default" else None

    def services_at(self, address: str) -> Sequence[NamedService]:
        return [
            each
            for each in SERVICES.values()
            if address in each.cluster_ips or address in {e.address for e in each.endpoints}
        ]


def ask(name: str, kind: str = "A") -> Answer | None:
    return answer(name, kind, Directory(), domain=DOMAIN)


def said(name: str, kind: str = "A") -> list[str]:
    found = ask(name, kind)
    assert found is not None
    assert found.exists
    return [each.data for each in found.records]


def test_a_service_has_its_cluster_ip() -> None:
    name = "web.default.svc.cluster.local"
    assert ask(name) == Answer(True, (Record(name, "A", "10.96.0.7", ttl_s=5),))


def test_letters_case_does_not_matter_and_is_given_back() -> None:
    found = ask("WEB.Default.svc.CLUSTER.local")
    assert found is not None
    assert found.records[0].name == "WEB.Default.svc.CLUSTER.local"


def test_a_headless_service_has_its_ready_pods() -> None:
    assert said("pods.default.svc.cluster.local") == ["10.244.0.2", "10.244.0.3"]


@pytest.mark.parametrize(
    ("host", "address"), [("web-0", "10.244.0.3"), ("10-244-0-2", "10.244.0.2")]
)
def test_each_pod_of_a_headless_service_has_a_name(host: str, address: str) -> None:
    assert said(f"{host}.pods.default.svc.cluster.local") == [address]


def test_pods_have_names_made_of_their_addresses() -> None:
    assert said("10-1-2-3.empty.pod.cluster.local") == ["10.1.2.3"]
    assert said("10-1-2-3.empty.pod.cluster.local", "AAAA") == []


def test_named_ports_of_a_service() -> None:
    name = "_dns._udp.web.default.svc.cluster.local"
    target = "web.default.svc.cluster.local"
    assert ask(name, "SRV") == Answer(
        True,
        (Record(name, "SRV", target, port=53, weight=100),),
        (Record(target, "A", "10.96.0.7"),),
    )
    assert said(name, "A") == ["10.96.0.7"]


def test_named_ports_of_a_headless_service() -> None:
    found = ask("_http._tcp.pods.default.svc.cluster.local", "SRV")
    assert found is not None
    assert [(each.data, each.port, each.weight) for each in found.records] == [
        ("10-244-0-2.pods.default.svc.cluster.local", 8080, 50),
        ("web-0.pods.default.svc.cluster.local", 8080, 50),
    ]
    assert [each.data for each in found.extra] == ["10.244.0.2", "10.244.0.3"]


def test_all_ports_of_a_service() -> None:
    found = ask("web.default.svc.cluster.local", "SRV")
    assert found is not None
    assert [each.port for each in found.records] == [80, 53]


@pytest.mark.parametrize("kind", ["A", "AAAA", "CNAME"])
def test_an_external_name_is_another_name(kind: str) -> None:
    found = ask("away.default.svc.cluster.local", kind)
    assert found is not None
    assert [(each.type, each.data) for each in found.records] == [("CNAME", "example.org")]


def test_addresses_have_names() -> None:
    assert said("7.0.96.10.in-addr.arpa", "PTR") == ["web.default.svc.cluster.local"]
    assert said("3.0.244.10.in-addr.arpa", "PTR") == ["web-0.pods.default.svc.cluster.local"]
    assert said("7.0.96.10.in-addr.arpa", "A") == []


def test_the_zone_itself() -> None:
    assert said("cluster.local", "SOA") == ["cluster.local"]
    assert said("cluster.local", "NS") == ["ns.dns.cluster.local"]
    assert said("dns-version.cluster.local", "TXT") == ["1.1.0"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("web.default.svc.cluster.local", "AAAA"),
        ("pods.default.svc.cluster.local", "AAAA"),
        ("away.default.svc.cluster.local", "SRV"),
        ("default.svc.cluster.local", "A"),
        ("empty.pod.cluster.local", "A"),
        ("svc.cluster.local", "A"),
        ("cluster.local", "A"),
        ("dns-version.cluster.local", "A"),
    ],
)
def test_names_that_are_there_without_such_a_record(name: str, kind: str) -> None:
    assert ask(name, kind) == NOTHING


@pytest.mark.parametrize(
    "name",
    [
        "nothing.default.svc.cluster.local",
        "web.elsewhere.svc.cluster.local",
        "elsewhere.svc.cluster.local",
        "nobody.default.svc.cluster.local",  # headless, without a ready pod: as CoreDNS
        "web-9.pods.default.svc.cluster.local",
        "host.web.default.svc.cluster.local",
        "_nope._tcp.web.default.svc.cluster.local",
        "_http._udp.web.default.svc.cluster.local",
        "_nope._tcp.pods.default.svc.cluster.local",
        "_http._tcp.away.default.svc.cluster.local",
        "a.b.c.web.default.svc.cluster.local",
        "http.tcp.web.default.svc.cluster.local",
        "no-address.default.pod.cluster.local",
        "a.10-1-2-3.default.pod.cluster.local",
        "web.default.cluster.local",
        "example.org.default.svc.cluster.local",
        "example.org.cluster.local",
    ],
)
def test_names_that_are_not_there(name: str) -> None:
    assert ask(name, "A") == NO_SUCH_NAME


@pytest.mark.parametrize(
    "name",
    ["example.org", "local", "", "notcluster.local", "1.1.168.192.in-addr.arpa", "x.in-addr.arpa"],
)
def test_names_that_others_know(name: str) -> None:
    assert ask(name) is None
