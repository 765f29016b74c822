"""Rules of 1xx at their edges."""

import pytest
from lint_workloads import SERVICE, deployment, found, mended, message, pod_spec

HTTP = "httpGet: {path: /, port: 8080}"


def probe(name: str, **numbers: int) -> str:
    fields = "".join(f", {key}: {value}" for key, value in numbers.items())
    return f"{name}: {{{HTTP}{fields}}}"


START_45 = "seatrial.dev/start-time: 45s"


def test_a_startup_probe_makes_ready_wait() -> None:
    assert found("readiness-probe-missing", deployment(), SERVICE)
    assert not found("readiness-probe-missing", deployment(probe("startupProbe")), SERVICE)


@pytest.mark.parametrize(
    ("container", "rule"),
    [
        # 0 + 10 x 3 = 30: it is killed for certain
        (probe("livenessProbe"), "slow-start-killed"),
        # 15 + 10 x 3 = 45: the last probe that fails comes after 35 to 45 s
        (probe("livenessProbe", initialDelaySeconds=15), "slow-start-tight"),
        (probe("livenessProbe", initialDelaySeconds=24), "slow-start-tight"),
        # 25 + 10 x 2 = 45: the earliest last probe comes when it has just started
        (probe("livenessProbe", initialDelaySeconds=25), ""),
        # the startup probe counts, where there is one
        (
            probe("startupProbe") + "\n" + probe("livenessProbe", initialDelaySeconds=99),
            "slow-start-killed",
        ),
        (probe("startupProbe", failureThreshold=6) + "\n" + probe("livenessProbe"), ""),
        (probe("readinessProbe"), ""),
    ],
)  # fmt: skip
def test_the_budget_of_a_declared_start(container: str, rule: str) -> None:
    text = deployment(container, annotations=START_45)
    rules = [each for each in ("slow-start-killed", "slow-start-tight") if found(each, text)]
    assert rules == ([rule] if rule else [])


def test_a_start_that_is_killed_is_told_with_its_figures() -> None:
    text = deployment(
        probe("livenessProbe", periodSeconds=5, failureThreshold=2), annotations=START_45
    )
    assert message("slow-start-killed", text) == (
        "container web needs 45 s to start and is killed after 10 s (0 + 5 x 2) by its"
        " livenessProbe"
    )


def test_a_start_is_given_twice_its_time() -> None:
    text = deployment(probe("livenessProbe", periodSeconds=7), annotations=START_45)
    (container,) = pod_spec(mended("slow-start-killed", text))["containers"]
    action = {"path": "/", "port": 8080}
    startup = container["startupProbe"]
    assert startup == {"httpGet": action, "periodSeconds": 7, "failureThreshold": 14}
    assert 90 <= 7 * (14 - 1) < 90 + 7


def test_nothing_is_known_of_a_start_that_is_not_declared() -> None:
    assert not found("slow-start-killed", deployment(probe("livenessProbe")))
    assert not found("liveness-without-time-to-start", deployment(probe("livenessProbe")))
    short = deployment(probe("livenessProbe", periodSeconds=3))
    assert "longer than 9 s (0 + 3 x 3)" in message("liveness-without-time-to-start", short)


@pytest.mark.parametrize(
    ("port", "ports", "is_found"),
    [
        ("http", "ports: [{name: http, containerPort: 8080}]", False),
        ("http", "ports: [{name: web, containerPort: 8080}]", True),
        ('"8080"', "ports: [{containerPort: 8080}]", True),
        ("8080", "", False),
    ],
)
def test_ports_by_name(port: str, ports: str, is_found: bool) -> None:
    text = deployment(f"readinessProbe: {{tcpSocket: {{port: {port}}}}}", ports=ports)
    assert bool(found("probe-port-name-unknown", text)) is is_found


def test_a_number_in_quotes_becomes_a_number() -> None:
    text = deployment('readinessProbe: {tcpSocket: {port: "9000"}}')
    (container,) = pod_spec(mended("probe-port-name-unknown", text))["containers"]
    assert container["readinessProbe"]["tcpSocket"]["port"] == 9000


@pytest.mark.parametrize(
    ("ports", "is_found"),
    [
        ("ports: [{containerPort: 9000}]", True),
        ("ports: [{containerPort: 8080}]", False),
        ("", False),  # declaring ports is optional
    ],
)
def test_undeclared_ports(ports: str, is_found: bool) -> None:
    text = deployment(probe("livenessProbe"), ports=ports)
    assert bool(found("probe-port-undeclared", text)) is is_found


def test_a_port_that_a_service_leads_to_is_known() -> None:
    text = deployment(probe("livenessProbe"), ports="ports: [{containerPort: 9000}]")
    assert not found("probe-port-undeclared", text, SERVICE)


@pytest.mark.parametrize(
    ("container", "service", "is_found"),
    [
        ("", SERVICE, False),
        ("", SERVICE.replace("- port", "- name: http\n    port"), True),
        ("", SERVICE.replace("- port", "- appProtocol: https\n    port"), True),
        ("", SERVICE.replace("- port", "- name: httpd-admin\n    port"), False),
        (probe("livenessProbe"), SERVICE, True),
    ],
)
def test_who_says_that_a_port_speaks_http(container: str, service: str, is_found: bool) -> None:
    text = deployment(f"readinessProbe: {{tcpSocket: {{port: 8080}}}}\n{container}")
    assert bool(found("readiness-probe-tcp-on-http", text, service)) is is_found


@pytest.mark.parametrize(
    ("live", "is_found"),
    [
        (probe("livenessProbe"), True),
        (probe("livenessProbe", failureThreshold=2), True),
        (probe("livenessProbe", failureThreshold=4), False),
        (probe("livenessProbe", periodSeconds=11), False),
        ("livenessProbe: {httpGet: {path: /alive, port: 8080}}", False),
        ("livenessProbe: {httpGet: {port: 8080, scheme: HTTP}}", True),  # defaults
        ("livenessProbe: {httpGet: {port: 8080, scheme: HTTPS}}", False),
        ("livenessProbe: {tcpSocket: {port: 8080}}", False),
    ],
)
def test_the_same_question(live: str, is_found: bool) -> None:
    text = deployment(f"{probe('readinessProbe')}\n{live}")
    assert bool(found("readiness-same-as-liveness", text)) is is_found


@pytest.mark.parametrize(
    ("command", "is_found"),
    [
        ("['true']", True),
        ("[/bin/echo, ok]", True),
        ("[sh, -c, exit 0]", True),
        ("[sh, -c, 'true; exit 1']", False),
        ("[sh, -c, test -f /tmp/ready]", False),
        ("[sh, -c, 'echo ok; curl -f localhost']", False),
        ("[sh, -c, 'if']", False),
    ],
)
def test_probes_that_cannot_fail(command: str, is_found: bool) -> None:
    text = deployment(f"readinessProbe: {{exec: {{command: {command}}}}}")
    assert bool(found("readiness-probe-always-true", text)) is is_found


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "'::1'"])
def test_the_node_is_not_the_pod(host: str) -> None:
    text = f"livenessProbe: {{httpGet: {{path: /, port: 8080, host: {host}}}}}"
    assert found("probe-asks-the-node", deployment(text))
    assert not found("probe-asks-the-node", deployment(text, pod="hostNetwork: true"))


def test_headless_services_may_publish_who_is_not_ready() -> None:
    early = SERVICE + "  publishNotReadyAddresses: true\n"
    assert found("service-publishes-not-ready", early)
    assert not found("service-publishes-not-ready", early + "  clusterIP: None\n")


@pytest.mark.parametrize(
    ("image", "is_found"),
    [
        ("gcr.io/distroless/static-debian12", True),
        ("gcr.io/distroless/base:debug", False),
        ("cgr.dev/chainguard/static:latest", True),
        ("registry.example:5000/team/web:1.0-distroless", True),
        ("mit/scratch-editor:1", False),
        ("web:1.0", False),
    ],
)
def test_images_without_a_shell(image: str, is_found: bool) -> None:
    hook = "lifecycle: {postStart: {exec: {command: [sh, -c, 'true']}}}"
    assert bool(found("post-start-needs-shell", deployment(hook, image=image))) is is_found


def test_an_images_own_program_needs_no_shell() -> None:
    hook = "lifecycle: {postStart: {exec: {command: [/app/warm-up]}}}"
    text = deployment(hook, image="gcr.io/distroless/static-debian12")
    assert not found("post-start-needs-shell", text)


def test_a_sleep_after_the_start_is_measured_against_its_probes() -> None:
    hook = "lifecycle: {postStart: {exec: {command: [sh, -c, 'sleep 20; sleep 1m']}}}"
    assert "sleeps 80 s" in message("post-start-delays-start", deployment(hook))
    startup = probe("startupProbe", failureThreshold=8)
    assert not found("post-start-delays-start", deployment(f"{hook}\n{startup}"))
