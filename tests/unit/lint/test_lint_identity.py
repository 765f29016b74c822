"""Rules of 5xx at their edges."""

import pytest
from lint_workloads import SERVICE, deployment, found, mended, message, pod_spec

from seatrial.lint.rules.identity._addresses import addresses_in, addresses_in_lines
from seatrial.lint.rules.identity._deletions import forced_deletions_in
from seatrial.lint.texts import Host, hosts_in


def config_map(text: str) -> str:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  c: |\n{lines}"


def members(container: str, *, name: str = "web", replicas: int = 3, service: str = "web") -> str:
    return deployment(
        container, spec=f"serviceName: {service}\nreplicas: {replicas}", kind="StatefulSet"
    ).replace("name: web\nspec", f"name: {name}\nspec")


HEADLESS = SERVICE.replace("spec:\n", "spec:\n  clusterIP: None\n")


# Hosts


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("db", [Host("db")]),
        ("DB.shop.svc.:5432", [Host("db.shop.svc", 5432)]),
        ("postgres://u:p%40@db:5432/x?sslmode=no", [Host("db", 5432, "postgres"), Host("no")]),
        ("http://[fd00::1]:80/", [Host("fd00::1", None, "")]),
        ("a:1,b:2", [Host("a", 1), Host("b", 2)]),
        ("10.0.0.0/8", []),
        ("--peer=a:7000", [Host("a", 7000)]),
        ("image:1.0", [Host("image")]),
        ("/etc/app", []),
        (":8080", []),
        ("", []),
    ],
)
def test_words_that_stand_where_a_host_stands(text: str, hosts: list[Host]) -> None:
    found_ones = list(hosts_in(text))
    if "fd00" in text:
        assert "fd00::1" in [each.name for each in found_ones]
    else:
        assert found_ones == hosts


@pytest.mark.parametrize(
    ("name", "text", "address"),
    [
        ("DB_HOST", "10.244.1.7", "10.244.1.7"),
        ("URL", "http://10.244.1.7:80/x", "10.244.1.7"),
        ("PEERS", "192.168.3.4:7000", "192.168.3.4"),
        ("ANY", "100.64.0.9", "100.64.0.9"),
        ("HOST", "[fd12:3456::1]:80", "fd12:3456::1"),
        ("args", "--peer=172.16.0.3", "172.16.0.3"),
    ],
)
def test_addresses_that_are_somebodys(name: str, text: str, address: str) -> None:
    assert list(addresses_in(text, name)) == [address]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("APP_VERSION", "10.1.2.3"),
        ("RELEASE", "10.1.2.3"),  # four numbers, and nothing says that it is a host
        ("POD_CIDR", "10.244.0.0/16"),
        ("HOST", "10.244.0.0"),
        ("HOST", "127.0.0.1"),
        ("HOST", "0.0.0.0"),
        ("HOST", "169.254.169.254"),
        ("HOST", "8.8.8.8"),
        ("HOST", "172.32.0.1"),
        ("HOST", "100.128.0.1"),
        ("NO_PROXY", "10.0.0.1,192.168.1.1"),
        ("BIND_ADDRESS", "10.0.0.1"),
        ("DNS_SERVER", "10.96.0.10"),
        ("args", "--bind=10.0.0.1:80"),
        ("args", "--listen 10.0.0.1:80"),
        ("TRUSTED_PROXIES", "10.0.0.1"),
        ("HOST", "10.0.0.1.example.com"),
        ("HOST", "10.0.0.300"),
        ("HOST", "fd.example.some.host"),
    ],
)
def test_addresses_that_are_nobodys(name: str, text: str) -> None:
    assert list(addresses_in(text, name)) == []


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("upstream = 10.0.0.5:80", 1),
        ("# upstream = 10.0.0.5:80", 0),
        ("listen 10.0.0.5:80;", 0),
        ("allow 10.0.0.5;", 0),
        ("set_real_ip_from 10.0.0.5;", 0),
        ("forward . 10.0.0.5 # a nameserver", 0),
        ("host: 10.0.0.5", 1),
        ("version: 10.0.0.5", 0),
    ],
)
def test_lines_of_configuration(line: str, count: int) -> None:
    assert len(list(addresses_in_lines(f"a: 1\n{line}\n", "app.conf"))) == count


def test_an_address_is_found_in_arguments_after_its_flag() -> None:
    text = deployment("args: [--bind, '10.0.0.1:80', --peer, '10.0.0.2:80']")
    assert message("literal-address", text).startswith("10.0.0.2 is written down")


def test_an_address_that_a_service_asked_for_is_its_name() -> None:
    text = deployment("env: [{name: DB_HOST, value: 10.96.7.7}]")
    assert found("literal-address", text)
    fixed = SERVICE.replace("spec:\n", "spec:\n  clusterIP: 10.96.7.7\n")
    assert not found("literal-address", text, fixed)


def test_addresses_in_host_aliases_and_config_maps() -> None:
    text = deployment(pod="hostAliases: [{ip: 10.0.0.9, hostnames: [db]}]")
    assert found("literal-address", text)[0].field.endswith("hostAliases[0].ip")
    (finding,) = found("literal-address", config_map("db=10.0.0.9:5432\ncache=10.0.0.9:5432"))
    assert finding.field == "data.c"


# Members


def test_a_deployment_has_no_members() -> None:
    text = deployment("args: [--peers=web-0.web]")
    assert found("members-of-deployment", text)
    assert found("members-of-deployment", deployment(), config_map("peer=web-0:7000"))


def test_a_word_with_a_number_is_no_member() -> None:
    assert not found("members-of-deployment", deployment("args: [--topic, web-0]"))


def test_a_service_for_one_pod_is_no_member() -> None:
    own = SERVICE.replace("name: web", "name: web-0")
    assert not found("members-of-deployment", deployment("args: [web-0:7000]"), own)
    assert not found("member-name-wrong", members("args: [web-0:7000]"), own)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("web-0.web:80", ""),
        ("web-0.web.default.svc.cluster.local", ""),
        ("http://web-0:80/", "a member's name ends with its Service, web-0.web"),
        ("web-0.api", "the serviceName of StatefulSet/web is web"),
        ("web-x.api", ""),
        ("other-0.api", ""),
    ],
)
def test_names_of_members(name: str, reason: str) -> None:
    findings = found("member-name-wrong", members(f"args: ['{name}']"), HEADLESS)
    assert [each.message.partition("resolve: ")[2] for each in findings] == [reason] * bool(reason)


def test_a_member_of_a_service_that_is_not_headless() -> None:
    text = members("args: [web-0.web]")
    assert message("member-name-wrong", text, SERVICE).endswith("Service/web is not headless")


@pytest.mark.parametrize(("ordinal", "is_told"), [(2, False), (3, True)])
def test_members_there_are_not_enough_replicas_for(ordinal: int, is_told: bool) -> None:
    text = members(f"args: [web-{ordinal}.web]")
    assert bool(found("member-beyond-replicas", text)) is is_told


def test_ordinals_begin_where_they_are_told_to() -> None:
    text = members("args: [web-0.web]").replace(
        "  replicas:", "  ordinals: {start: 5}\n  replicas:"
    )
    assert message("member-beyond-replicas", text) == (
        "web-0.web is named, and StatefulSet/web has the members web-5 to web-7"
    )


def test_an_autoscaler_may_make_the_member() -> None:
    more = (
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: a\nspec:\n"
        "  scaleTargetRef: {kind: StatefulSet, name: web}\n  maxReplicas: 5\n"
    )
    assert not found("member-beyond-replicas", members("args: [web-4.web]"), more)
    assert found("member-beyond-replicas", members("args: [web-5.web]"), more)


def test_a_governing_service_is_looked_for_in_its_namespace() -> None:
    assert found("governing-service-missing", members(""))
    assert not found("governing-service-missing", members(""), SERVICE)
    elsewhere = SERVICE.replace("name: web", "name: web\n  namespace: other")
    assert found("governing-service-missing", members(""), elsewhere)


def test_the_finding_of_a_selector_is_in_the_service() -> None:
    others = HEADLESS.replace("{app: web}", "{app: x}")
    (finding,) = found("governing-service-selects-others", members(""), others)
    assert (finding.object, finding.field) == ("Service/web", "spec.selector")


def test_a_service_without_selector_is_filled_by_somebody_else() -> None:
    others = HEADLESS.replace("  selector: {app: web}\n", "")
    assert not found("governing-service-selects-others", members(""), others)


# Twins


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("kubectl delete pod a --force --grace-period=0", 1),
        ("set -e\nkubectl -n x delete \\\n  pod/a --force", 1),
        ("kubectl delete pod a --grace-period=0", 0),  # it still waits
        ("kubectl delete pod a --force=false", 0),
        ("kubectl delete pvc a --force", 0),
        ("kubectl delete ns a --force --grace-period=0", 0),
        ("git push --force; kubectl delete pod a", 0),
        ("kubectl delete -f pods.yaml --force", 1),
        ('for p in $pods; do kubectl delete "$KIND" $p --force; done', 1),
        ("echo 'kubectl delete pod a --force", 0),  # half a quote
        ("cat <<EOF\nkubectl delete pod a --force\nEOF", 1),
    ],
)
def test_forced_deletions_in_scripts(script: str, count: int) -> None:
    assert len(list(forced_deletions_in(script))) == count


def test_forced_deletions_in_config_maps_and_hooks() -> None:
    command = "kubectl delete pod a --force"
    assert found("forced-deletion", config_map(command))
    hook = f"lifecycle: {{preStop: {{exec: {{command: [sh, -c, '{command}']}}}}}}"
    assert found("forced-deletion", deployment(hook))


def test_a_grace_period_of_zero_is_removed() -> None:
    text = deployment(pod="terminationGracePeriodSeconds: 0", kind="StatefulSet")
    assert "terminationGracePeriodSeconds" not in pod_spec(
        mended("grace-zero-in-stateful-set", text)
    )
    assert not found("grace-zero-in-stateful-set", text.replace("Seconds: 0", "Seconds: 1"))


@pytest.mark.parametrize(("version", "count"), [((1, 28), 0), ((1, 29), 1)])
def test_one_pod_a_claim_since(version: tuple[int, int], count: int) -> None:
    claims = "volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}]"
    text = deployment(spec=claims, kind="StatefulSet")
    assert len(found("single-writer-claim", text, version=version)) == count


@pytest.mark.parametrize(
    ("spec", "command", "message_part"),
    [
        ("", "[celery, -A, x, beat]", "every rollout runs celery beat twice"),
        ("replicas: 2", "[sh, -c, 'exec celery -A x beat']", "celery beat runs 2 times"),
        ("replicas: 0", "[celery, -A, x, beat]", ""),
        ("strategy: {type: Recreate}", "[celery, -A, x, beat]", ""),
        ("strategy: {rollingUpdate: {maxSurge: 0}}", "[celery, -A, x, beat]", ""),
        ("replicas: 3", "[celery, -A, x, worker]", ""),
        ("replicas: 3", "[celery, -A, x, worker, -B]", "celery beat runs 3 times"),
    ],
)
def test_what_must_run_once(spec: str, command: str, message_part: str) -> None:
    findings = found("scheduler-twice", deployment(f"command: {command}", spec=spec))
    assert len(findings) == bool(message_part)
    assert all(message_part in each.message for each in findings)


def test_an_address_without_a_flag_or_port_may_be_a_version() -> None:
    assert not found("literal-address", config_map("release 10.2.3.4"))
    assert not found("literal-address", config_map("subnet.range=10.0.0.7"))
    binary = config_map("x").replace("data:\n  c: |\n    x", "data:\n  c: 1")
    assert not found("literal-address", binary)
    assert not found("forced-deletion", binary)
    assert not found("members-of-deployment", deployment(), binary)
    dns = deployment("env: [{name: DNS_SERVERS, value: '10.0.0.1:53'}]")
    assert not found("literal-address", dns)


def test_public_aliases_are_well() -> None:
    assert not found("literal-address", deployment(pod="hostAliases: [{ip: 8.8.8.8}]"))


@pytest.mark.parametrize(("spec", "is_told"), [("replicas: 1", False), ("replicas: 2", True)])
def test_one_pod_may_be_called_as_it_likes(spec: str, is_told: bool) -> None:
    text = deployment(spec=spec, pod="hostname: web")
    assert bool(found("hostname-shared", text)) is is_told


def test_every_pod_of_a_daemon_set_is_called_the_same() -> None:
    text = deployment(kind="DaemonSet", pod="hostname: web")
    assert message("hostname-shared", text) == "all pods are called web"


def test_ordinals_that_cannot_be_read_are_not_judged() -> None:
    text = members("args: [web-9.web]").replace(
        "  replicas:", "  ordinals: {start: x}\n  replicas:"
    )
    assert not found("member-beyond-replicas", text)


def test_peers_that_are_published_or_of_a_service_with_an_address_are_not_hidden() -> None:
    text = members("args: [web-0.web]\nreadinessProbe: {tcpSocket: {port: 8080}}")
    assert found("peers-hidden-until-ready", text, HEADLESS)
    assert not found("peers-hidden-until-ready", text, SERVICE)
    published = HEADLESS.replace("spec:\n", "spec:\n  publishNotReadyAddresses: true\n")
    assert not found("peers-hidden-until-ready", text, published)


@pytest.mark.parametrize(("replicas", "is_told"), [(1, False), (2, True)])
def test_one_replica_needs_no_election(replicas: int, is_told: bool) -> None:
    text = deployment("args: [--leader-elect=false]", spec=f"replicas: {replicas}")
    assert bool(found("leader-election-off", text)) is is_told


@pytest.mark.parametrize(
    ("text", "mended_text"),
    [
        ("--peer=web-0.api:7000", "--peer=web-0.web:7000"),
        ("http://web-0.api.shop.svc/x", "http://web-0.web.shop.svc/x"),
        ("web-0.api,web-1.api", ""),  # two findings would each undo the other
        ("http://web-0:80", ""),
    ],
)
def test_a_wrong_name_of_a_member_is_mended(text: str, mended_text: str) -> None:
    findings = found("member-name-wrong", members(f"args: ['{text}']"), HEADLESS)
    if mended_text:
        value = mended("member-name-wrong", members(f"args: ['{text}']"), HEADLESS)
        assert pod_spec(value)["containers"][0]["args"] == [mended_text]
    else:
        assert all(each.edits == () for each in findings)


def test_an_operator_may_make_the_governing_service() -> None:
    operated = "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: pg}\n"
    assert found("governing-service-missing", members(""))
    assert not found("governing-service-missing", members(""), operated)


def test_a_label_of_the_leader_is_given_at_run_time() -> None:
    leader = HEADLESS.replace("{app: web}", "{app: web, role: leader}")
    assert not found("governing-service-selects-others", members(""), leader)
