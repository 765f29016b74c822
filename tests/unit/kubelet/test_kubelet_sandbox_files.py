"""hosts, hostname and resolv.conf."""

from seatrial.api.objects import Object
from seatrial.kubelet import sandbox_files

OWN = "nameserver 192.0.2.1\nsearch example.org\noptions timeout:1\n"


def pod(**spec: object) -> Object:
    return {"metadata": {"name": "web-0", "namespace": "shop"}, "spec": spec}


def resolv(**spec: object) -> list[str]:
    text = sandbox_files.resolv_conf(
        pod(**spec), cluster_dns="10.96.0.10", cluster_domain="cluster.local", own=OWN
    )
    return text.splitlines()


def test_cluster_first_asks_the_cluster() -> None:
    assert resolv() == [
        "search shop.svc.cluster.local svc.cluster.local cluster.local example.org",
        "nameserver 10.96.0.10",
        "options ndots:5",
    ]


def test_default_and_host_network_pods_ask_the_machine() -> None:
    machine = ["search example.org", "nameserver 192.0.2.1", "options timeout:1"]
    assert resolv(dnsPolicy="Default") == machine
    assert resolv(hostNetwork=True) == machine
    assert resolv(dnsPolicy="ClusterFirstWithHostNet", hostNetwork=True)[1].endswith("10.96.0.10")


def test_dns_config_adds_and_none_is_only_it() -> None:
    config = {
        "nameservers": ["198.51.100.1"],
        "searches": ["a.example"],
        "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
    }
    assert resolv(dnsPolicy="None", dnsConfig=config) == [
        "search a.example",
        "nameserver 198.51.100.1",
        "options ndots:2 edns0",
    ]
    assert resolv(dnsConfig=config)[1:] == [
        "nameserver 10.96.0.10",
        "nameserver 198.51.100.1",
        "options ndots:2 edns0",
    ]


def test_hosts_names_the_pod_and_its_aliases() -> None:
    alias = {"ip": "192.0.2.9", "hostnames": ["db", "db.example"]}
    lines = sandbox_files.hosts(
        pod(subdomain="web", hostAliases=[alias]), "10.244.0.7", cluster_domain="cluster.local"
    ).splitlines()
    assert "10.244.0.7\tweb-0.web.shop.svc.cluster.local\tweb-0" in lines
    assert "192.0.2.9\tdb\tdb.example" in lines
    assert "127.0.0.1\tlocalhost" in lines


def test_a_hostname_is_cut_to_what_a_kernel_takes() -> None:
    long = {"metadata": {"name": "x" * 62 + "-yz"}, "spec": {}}
    assert sandbox_files.hostname(long) == "x" * 62
