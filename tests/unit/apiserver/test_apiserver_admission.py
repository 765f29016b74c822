"""What a write must pass besides its kind's rules."""

import asyncio
from typing import Any

from apiserver_harness import MERGE, PODS, Harness, namespace, pod, service

from seatrial.apiserver.config import Watching
from seatrial.apiserver.kubelets import NoKubelets

NAMESPACES = "/api/v1/namespaces"
SERVICES = "/api/v1/namespaces/default/services"


async def test_a_namespace_comes_furnished(api: Harness) -> None:
    account = await api.ok("GET", f"{NAMESPACES}/default/serviceaccounts/default")
    assert account["metadata"]["namespace"] == "default"
    bundle = await api.ok("GET", f"{NAMESPACES}/default/configmaps/kube-root-ca.crt")
    assert bundle["data"] == {"ca.crt": "PEM"}


async def test_nothing_is_made_where_there_is_no_namespace(api: Harness) -> None:
    status = await api.refused(404, "POST", f"{NAMESPACES}/nowhere/pods", pod("a"))
    assert status["message"] == 'namespaces "nowhere" not found'


async def test_a_namespace_on_its_way_out(api: Harness) -> None:
    await api.create(NAMESPACES, namespace("going"))
    gone = await api.ok("DELETE", f"{NAMESPACES}/going")
    assert gone["status"]["phase"] == "Terminating"
    status = await api.refused(403, "POST", f"{NAMESPACES}/going/pods", pod("a"))
    assert status["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    # Only the finalizer's owner may take it away, and then the namespace is gone.
    await api.ok("PATCH", f"{NAMESPACES}/going", {"spec": {"finalizers": []}}, content_type=MERGE)
    gone["spec"]["finalizers"] = []
    await api.ok("PUT", f"{NAMESPACES}/going/finalize", gone)
    await api.refused(404, "GET", f"{NAMESPACES}/going")


async def test_namespaces_that_never_go(api: Harness) -> None:
    await api.refused(403, "DELETE", f"{NAMESPACES}/default")


async def test_a_pod_speaks_in_the_name_of_an_account(api: Harness) -> None:
    made = await api.ok("POST", PODS, pod("a"))
    spec = made["spec"]
    assert spec["serviceAccountName"] == "default"
    (volume,) = spec["volumes"]
    assert volume["name"].startswith("kube-api-access-")
    assert [next(iter(source)) for source in volume["projected"]["sources"]] == [
        "serviceAccountToken",
        "configMap",
        "downwardAPI",
    ]
    (mount,) = spec["containers"][0]["volumeMounts"]
    assert mount["mountPath"] == "/var/run/secrets/kubernetes.io/serviceaccount"
    assert mount["name"] == volume["name"]


async def test_a_pod_that_wants_no_token_gets_none(api: Harness) -> None:
    wish = pod("a")
    wish["spec"]["automountServiceAccountToken"] = False
    made = await api.ok("POST", PODS, wish)
    assert "volumes" not in made["spec"]


async def test_an_account_that_is_not_there(api: Harness) -> None:
    wish = pod("a")
    wish["spec"]["serviceAccountName"] = "ghost"
    status = await api.refused(403, "POST", PODS, wish)
    assert 'serviceaccount "ghost" not found' in status["message"]


async def test_a_pod_stays_five_minutes_on_a_lost_node(api: Harness) -> None:
    wish = pod("a")
    own = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 7}
    wish["spec"]["tolerations"] = [{**own, "effect": "NoExecute"}]
    made = await api.ok("POST", PODS, wish)
    assert [each["tolerationSeconds"] for each in made["spec"]["tolerations"]] == [7, 300]


async def test_priorities(api: Harness) -> None:
    assert (await api.ok("POST", PODS, pod("a")))["spec"]["priority"] == 0
    wish = pod("b")
    wish["spec"]["priorityClassName"] = "unheard-of"
    await api.refused(403, "POST", PODS, wish)


async def test_services_get_addresses_of_their_own(api: Harness) -> None:
    services = [service(f"s{number}") for number in range(20)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(api.ok("POST", SERVICES, each)) for each in services]
    made = [task.result() for task in tasks]
    addresses = {each["spec"]["clusterIP"] for each in made}
    assert len(addresses) == 20
    assert all(address.startswith("10.96.") for address in addresses)
    assert made[0]["spec"]["clusterIPs"] == [made[0]["spec"]["clusterIP"]]


async def test_an_address_that_is_asked_for(api: Harness) -> None:
    await api.create(SERVICES, service("a", clusterIP="10.96.0.7"))
    taken = await api.refused(422, "POST", SERVICES, service("b", clusterIP="10.96.0.7"))
    assert "provided IP is already allocated" in taken["message"]
    await api.refused(422, "POST", SERVICES, service("b", clusterIP="10.9.9.9"))
    await api.ok("DELETE", f"{SERVICES}/a")
    await api.create(SERVICES, service("b", clusterIP="10.96.0.7"))


async def test_a_refused_service_gives_its_address_back(api: Harness) -> None:
    await api.create(SERVICES, service("a"))
    wanted = service("a", clusterIP="10.96.0.9")
    await api.refused(409, "POST", SERVICES, wanted)
    await api.ok("POST", SERVICES, service("b", clusterIP="10.96.0.9"), dryRun="All")
    await api.create(SERVICES, service("c", clusterIP="10.96.0.9"))


async def test_a_restarted_server_knows_what_is_taken(api: Harness) -> None:
    await api.create(SERVICES, service("a", clusterIP="10.96.0.7"))
    restarted = Harness(NoKubelets(), Watching(), store=api.store)
    await restarted.refused(422, "POST", SERVICES, service("b", clusterIP="10.96.0.7"))
    await restarted.transport.aclose()


async def test_headless_and_external_services_have_none(api: Harness) -> None:
    headless = await api.ok("POST", SERVICES, service("a", clusterIP="None"))
    assert headless["spec"]["clusterIPs"] == ["None"]
    wish = service("b", type="ExternalName", externalName="example.org")
    external = await api.ok("POST", SERVICES, wish)
    assert "clusterIP" not in external["spec"]


async def test_node_ports(api: Harness) -> None:
    first = await api.ok("POST", SERVICES, service("a", type="NodePort"))
    port = first["spec"]["ports"][0]["nodePort"]
    assert 30000 <= port <= 32767
    wanted: list[dict[str, Any]] = [{"port": 80, "nodePort": port}]
    taken = await api.refused(422, "POST", SERVICES, service("b", type="NodePort", ports=wanted))
    assert "provided port is already allocated" in taken["message"]
    wanted[0]["nodePort"] = 80
    outside = await api.refused(422, "POST", SERVICES, service("b", type="NodePort", ports=wanted))
    assert "not in the valid range" in outside["message"]
    changed = await api.ok(
        "PATCH", f"{SERVICES}/a", {"spec": {"type": "ClusterIP"}}, content_type=MERGE
    )
    assert "nodePort" not in changed["spec"]["ports"][0]
    assert changed["spec"]["clusterIP"] == first["spec"]["clusterIP"]
    wanted[0]["nodePort"] = port
    await api.create(SERVICES, service("c", type="NodePort", ports=wanted))


async def test_an_update_that_leaves_the_address_out_keeps_it(api: Harness) -> None:
    first = await api.ok("POST", SERVICES, service("a"))
    second = await api.ok("PUT", f"{SERVICES}/a", service("a", selector={"app": "new"}))
    assert second["spec"]["clusterIP"] == first["spec"]["clusterIP"]
    status = await api.refused(422, "PUT", f"{SERVICES}/a", service("a", clusterIP="10.96.0.9"))
    assert "may not change once set" in status["message"]
