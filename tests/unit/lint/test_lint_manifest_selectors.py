"""Who selects whom: workloads, Services, policies and monitors, at the edges."""

import pytest
from lint_examples import manifests
from lint_workloads import deployment, found, mended, message

from seatrial.lint.inventory import inventory_of
from seatrial.lint.misspelt import is_one_slip, misspelt
from seatrial.lint.registry import rule_module
from seatrial.lint.rule import World
from seatrial.lint.runner import run_rules


def named(text: str, name: str, namespace: str = "") -> str:
    space = f"\n  namespace: {namespace}" if namespace else ""
    return text.replace("  name: web\n", f"  name: {name}{space}\n", 1)


def service(selector: str, spec: str = "", namespace: str = "") -> str:
    space = f", namespace: {namespace}" if namespace else ""
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: web{space}, labels: {{app: web}}}}\n"
        f"spec:\n  selector: {selector}\n  ports: [{{name: http, port: 80}}]\n{spec}"
    )


# Workloads


def test_a_selector_that_is_shared() -> None:
    one, two = deployment(), named(deployment(), "admin")
    assert len(found("selector-shared", one, two)) == 2
    assert not found("selector-shared", one, one)  # an overlay
    assert not found("selector-shared", one, named(deployment(), "admin", "other"))
    narrow = two.replace("app: web", "app: web, part: admin")
    assert len(found("selector-shared", one, narrow)) == 1


def test_a_selector_that_is_refused_is_not_shared() -> None:
    odd = "{app: web}\n    matchExpressions: [{key: app, operator: Like}]"
    refused = named(deployment(), "admin").replace("{app: web}", odd, 1)
    assert len(found("selector-shared", deployment(), refused)) == 1


def test_jobs_and_naked_pods_select_nothing() -> None:
    labels = "metadata: {labels: {app: web}}"
    job = (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\n"
        f"spec: {{template: {{{labels}}}}}\n"
    )
    assert not found("selector-shared", deployment(), job)


def test_two_folders_without_a_namespace_may_never_meet() -> None:
    rule = rule_module("manifest.selector_shared").RULE

    def told(here: str, there: str, space: str = "") -> int:
        web = manifests(named(deployment(), "web", space), here)
        admin = manifests(named(deployment(), "admin", space), there)
        return len(run_rules(World(inventory_of([*web, *admin])), [rule]))

    assert told("shop/web.yaml", "shop/admin.yaml") == 2
    assert told("shop/web.yaml", "blog/web.yaml") == 0
    assert told("shop/web.yaml", "blog/web.yaml", "prod") == 2


@pytest.mark.parametrize(
    ("selector", "is_found"),
    [
        ("{matchLabels: {app: web}}", False),
        ("{matchLabels: {app: shop}}", True),
        ("{}", True),
        ("null", False),  # the required field is another rule's
        ("{matchExpressions: [{key: app, operator: In, values: [web, shop]}]}", False),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", True),
        ("{matchExpressions: [{key: app, operator: Like, values: [web]}]}", True),
    ],
)
def test_a_selector_matches_its_own_template(selector: str, *, is_found: bool) -> None:
    text = deployment().replace("selector:\n    matchLabels: {app: web}", f"selector: {selector}")
    assert bool(found("selector-mismatch", text)) is is_found


def test_a_label_of_a_version_in_a_selector() -> None:
    rule = "selector-of-a-version"
    web = deployment().replace("{app: web}", "{app: web, helm.sh/chart: web-1.0}")
    assert "cannot be changed" in message(rule, web)
    assert "takes all pods away" in message(rule, service("{app.kubernetes.io/version: '1'}"))
    assert not found(rule, service("{app: web, version: v1}"))  # a canary's


# Services


@pytest.mark.parametrize(
    ("selector", "is_found"),
    [
        ("{app: web}", False),
        ("{app: shop}", True),
        ("{app: web, tier: front}", True),
        ("{app: web, role: primary}", False),  # given while it runs
        ("{app: shop, role: primary}", True),
        ("{pod-template-hash: abc}", False),
    ],
)
def test_a_service_that_selects_nothing(selector: str, *, is_found: bool) -> None:
    assert bool(found("service-selects-nothing", deployment(), service(selector))) is is_found


def test_a_service_of_another_namespace_or_alone_cannot_be_judged() -> None:
    assert not found("service-selects-nothing", service("{app: shop}"))
    assert not found("service-selects-nothing", deployment(), service("{app: shop}", "", "shop"))


def test_who_may_patch_pods_may_label_them() -> None:
    role = "kind: Role\nmetadata: {name: a}\nrules: [{resources: [pods], verbs: [%s]}]\n"
    role = "apiVersion: rbac.authorization.k8s.io/v1\n" + role
    lacking = service("{app: web, sealed: 'false'}")
    assert found("service-selects-nothing", deployment(), lacking, role % "get")
    assert not found("service-selects-nothing", deployment(), lacking, role % "patch")
    anywhere = (role % "patch").replace("kind: Role", "kind: ClusterRole")
    assert not found("service-selects-nothing", deployment(), lacking, anywhere)


def test_only_a_slip_is_mended() -> None:
    fixed = mended("service-selects-nothing", deployment(), service("{app: wbe}"))
    assert fixed["spec"]["selector"] == {"app": "web"}
    (finding,) = found("service-selects-nothing", deployment(), service("{app: webs}"))
    assert finding.edits == ()
    assert finding.advice.endswith(": app=web?")


def test_a_service_of_one_member() -> None:
    members = deployment(kind="StatefulSet", spec="serviceName: web\nreplicas: 3")
    one = "{statefulset.kubernetes.io/pod-name: %s}"
    assert not found("service-selects-nothing", members, service(one % "web-0"))
    assert found("service-selects-nothing", members, service(one % "shop-0"))
    assert found("service-selects-nothing", deployment(), service(one % "web-0"))
    assert not found("service-selects-nothing", members,
                     service("{app: web, apps.kubernetes.io/pod-index: '0'}"))  # fmt: skip


# Policies and monitors

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: %s
  ingress: [{from: [%s]}]
"""


@pytest.mark.parametrize(
    ("selector", "is_found"),
    [
        ("{}", False),
        ("{matchLabels: {app: web}}", False),
        ("{matchLabels: {app: shop}}", True),
        ("{matchExpressions: [{key: app, operator: Exists}]}", False),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", True),
        ("{matchLabels: {app: web, role: primary}}", False),
        ("{matchExpressions: [{key: app, operator: Like, values: [web]}]}", False),  # refused
    ],
)
def test_a_policy_for_nobody(selector: str, *, is_found: bool) -> None:
    rule = "network-policy-selects-nothing"
    assert bool(found(rule, deployment(), POLICY % (selector, ""))) is is_found
    calico = (POLICY % (selector, "")).replace("networking.k8s.io", "crd.projectcalico.org")
    assert not found(rule, deployment(), calico)


@pytest.mark.parametrize(
    ("peer", "is_found"),
    [
        ("{podSelector: {matchLabels: {app: shop}}}", True),
        ("{podSelector: {matchLabels: {app: web}}}", False),
        ("{podSelector: {}}", False),
        ("{podSelector: {matchLabels: {app: shop}}, namespaceSelector: {}}", False),
        ("{ipBlock: {cidr: 10.0.0.0/8}}", False),
    ],
)
def test_a_peer_that_is_not_there(peer: str, *, is_found: bool) -> None:
    text = POLICY % ("{}", peer)
    assert bool(found("network-policy-peer-missing", deployment(), text)) is is_found
    calico = text.replace("networking.k8s.io", "crd.projectcalico.org")
    assert not found("network-policy-peer-missing", deployment(), calico)
    egress = text.replace("ingress", "egress").replace("from", "to")
    assert bool(found("network-policy-peer-missing", deployment(), egress)) is is_found


MONITOR = """\
apiVersion: monitoring.coreos.com/v1
kind: %s
metadata: {name: web}
spec:
  selector: %s
  %s: [{port: %s}]
"""


@pytest.mark.parametrize(
    ("selector", "port", "said"),
    [
        ("{matchLabels: {app: web}}", "http", ""),
        ("{matchLabels: {app: web}}", "metrics", "what it selects has no port named metrics"),
        ("{matchLabels: {app: shop}}", "http", "no Service of these manifests has the labels"),
        ("{}", "metrics", ""),
        ("{matchLabels: {app: shop}}\n  namespaceSelector: {any: true}", "http", ""),
    ],
)
def test_what_a_monitor_finds(selector: str, port: str, said: str) -> None:
    monitor = MONITOR % ("ServiceMonitor", selector, "endpoints", port)
    texts = deployment(), service("{app: web}"), monitor
    messages = [each.message for each in found("monitor-finds-nothing", *texts)]
    assert [said in each for each in messages] == ([True] if said else [])


def test_a_monitor_alone_or_with_all_its_subjects_elsewhere() -> None:
    alone = MONITOR % ("ServiceMonitor", "{matchLabels: {app: shop}}", "endpoints", "http")
    assert not found("monitor-finds-nothing", alone)
    by_number = alone.replace("port: http", "targetPort: 80").replace("shop", "web")
    assert not found("monitor-finds-nothing", service("{app: web}"), by_number)
    by_expression = alone.replace(
        "{matchLabels: {app: shop}}", "{matchExpressions: [{key: app, operator: Exists}]}"
    )
    assert not found("monitor-finds-nothing", service("{app: web}"), by_expression)


def test_a_monitor_of_pods() -> None:
    pods = MONITOR % ("PodMonitor", "{matchLabels: {app: web}}", "podMetricsEndpoints", "metrics")
    assert found("monitor-finds-nothing", deployment(), pods)
    with_port = deployment(ports="ports: [{name: metrics, containerPort: 9}]")
    assert not found("monitor-finds-nothing", with_port, pods)


# Slips


@pytest.mark.parametrize("meant", ["web", "http", "app-config", "fortune"])
def test_a_slip_of_the_fingers(meant: str) -> None:
    swapped = meant[0] + meant[2] + meant[1] + meant[3:]
    if swapped != meant:
        assert misspelt(swapped, [meant, "other"]) == meant
    assert misspelt(meant[:2] + meant[3:], [meant]) == (meant if len(meant) > 4 else None)
    assert misspelt(meant, [meant]) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("web-a", "web-b"), ("http", "https"), ("config-v1", "config-v2"), ("db", "d"),
        ("api-config", "web-config"), ("shard-12", "shard-21"), ("a", ""), ("live", "love"),
        ("node10", "node1"), ("secret", "secrets"),
    ],
)  # fmt: skip
def test_names_of_different_things(one: str, other: str) -> None:
    assert not is_one_slip(one, other)
    assert not is_one_slip(other, one)


def test_of_two_that_it_could_be_none_is_chosen() -> None:
    assert misspelt("confg", ["config", "confog"]) is None
