"""Services as pods see them: names, addresses, balancing, refusals; across nodes."""

import os
import sys
from collections import Counter

from e2e_cluster import Cluster, Kubectl
from e2e_objects import RUN_ON, container, deployment, job, pod, server, service

ASK = "wget -q -T 5 -O -"


def on_node(index: int) -> dict[str, object]:
    return {"nodeSelector": {"kubernetes.io/hostname": f"seatrial-{index}"}}


def test_pods_on_both_nodes_reach_each_other_by_service(kubectl: Kubectl) -> None:
    spread = {
        "labelSelector": {"matchLabels": {"app": "web"}}, "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
    }  # fmt: skip
    kubectl.apply(
        deployment("web", server(), replicas=2, topologySpreadConstraints=[spread]),
        service("web"),
    )
    kubectl("rollout", "status", "deployment/web")
    servers = kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.name}").split()
    asks = f"for each in $(seq 40); do {ASK} http://web; done"
    until_both = f"until [ $({asks} 2>/dev/null | sort -u | wc -l) = 2 ]; do :; done; {asks}"
    kubectl.apply(*(job(f"client-{index}", until_both, **on_node(index)) for index in (0, 1)))
    for client in ("client-0", "client-1"):
        answers = Counter(kubectl.log_when_done(client))
        assert sum(answers.values()) == 40
        assert set(answers) == set(servers)


def test_a_service_has_all_its_names(kubectl: Kubectl) -> None:
    namespace = kubectl.namespace
    kubectl.apply(pod("web", server(), labels={"app": "web"}), service("web"))
    kubectl.wait_ready("web")
    names = [
        "web",
        f"web.{namespace}",
        f"web.{namespace}.svc",
        f"web.{namespace}.svc.cluster.local",
    ]
    kubectl.apply(job("client", "; ".join(f"{ASK} http://{name}" for name in names)))
    assert kubectl.log_when_done("client") == ["web"] * 4


def test_a_headless_service_is_the_pods_themselves(kubectl: Kubectl) -> None:
    members = [
        pod(name, container(RUN_ON), labels={"app": "db"}, hostname=name, subdomain="db")
        for name in ("db-0", "db-1")
    ]
    kubectl.apply(*members, service("db", clusterIP="None"))
    kubectl.wait_ready("db-0", "db-1")
    ips = kubectl("get", "pods", "-o", "jsonpath={.items[*].status.podIP}").split()
    domain = f"db.{kubectl.namespace}.svc.cluster.local"
    kubectl.apply(job("client", f"nslookup {domain} ; nslookup db-0.{domain}"))
    kubectl.wait("pod/client", "jsonpath={.status.containerStatuses[0].state.terminated}")
    found = [
        line.split()[1]
        for line in kubectl("logs", "client").splitlines()
        if line.startswith("Address:") and ":53" not in line
    ]
    assert Counter(found) == Counter([*ips, ips[0]])


def test_without_endpoints_connections_are_refused(kubectl: Kubectl) -> None:
    kubectl.apply(service("nobody"))
    kubectl.wait("endpoints/nobody", "create")
    script = f"until {ASK} http://nobody 2>&1 | grep refused; do :; done"
    kubectl.apply(job("client", script))
    assert "Connection refused" in kubectl.log_when_done("client")[-1]


def test_a_service_follows_its_pods(kubectl: Kubectl) -> None:
    kubectl.apply(pod("one", server(), labels={"app": "web"}), service("web"))
    kubectl.wait_ready("one")
    watcher = f"while true; do {ASK} http://web 2>&1; sleep 0.1; done"
    kubectl.apply(pod("client", container(watcher)))
    kubectl.wait_ready("client")
    with kubectl.follow("logs", "-f", "client") as log:
        log.until("one")
        kubectl.apply(pod("two", server(), labels={"app": "web"}))
        log.until("two")
        kubectl("delete", "pod", "one", "--wait=false")
        kubectl.wait("pod/one", "delete")
        kubectl("delete", "pod", "two", "--wait=false")
        log.until("refused")


def test_client_ip_affinity_keeps_one_pod(kubectl: Kubectl) -> None:
    kubectl.apply(
        deployment("web", server(), replicas=3),
        service("web", sessionAffinity="ClientIP"),
    )
    kubectl("rollout", "status", "deployment/web")
    kubectl.apply(
        job(
            "client",
            f"until {ASK} http://web; do :; done; for i in $(seq 12); do {ASK} http://web; done",
        )
    )
    assert len(set(kubectl.log_when_done("client"))) == 1


API_CALL = """
import json, ssl, urllib.request
place = "/var/run/secrets/kubernetes.io/serviceaccount/"
read = lambda name: open(place + name).read()
trust = ssl.create_default_context(cafile=place + "ca.crt")
def ask(path, **headers):
    url = "https://kubernetes.default.svc" + path
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, context=trust) as answer:
        return json.load(answer)
token = "Bearer " + read("token")
found = ask("/api/v1/namespaces/" + read("namespace") + "/pods", Authorization=token)
print(*(pod["metadata"]["name"] for pod in found["items"]))
try:
    ask("/api/v1/namespaces")
except urllib.error.HTTPError as error:
    print(error.code)
"""


def test_a_pod_reaches_the_api_with_its_own_token(cluster: Cluster, kubectl: Kubectl) -> None:
    python = os.path.realpath(sys.executable)
    cluster.run("image", "host", "this-python", python)
    main = {"name": "main", "image": "this-python", "args": ["-c", API_CALL]}
    kubectl.apply(pod("x", main, restartPolicy="Never"))
    assert kubectl.log_when_done("x") == ["x", "401"]
