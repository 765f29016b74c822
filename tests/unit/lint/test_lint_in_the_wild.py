"""Manifests as the world writes them: what is no fault is not told, and nothing is told twice."""

from lint_workloads import SERVICE, deployment, found, message

HEADLESS = SERVICE.replace("spec:\n", "spec:\n  clusterIP: None\n")
PROBE = "readinessProbe: {httpGet: {path: /, port: %s}}"


def of_version(version: str) -> str:
    """One of several Deployments behind one Service, as meshes have them."""
    return deployment().replace("name: web\nspec", f"name: web-{version}\nspec")


def test_two_versions_behind_one_service_are_two_pods() -> None:
    assert found("single-replica", deployment(), SERVICE)
    assert not found("single-replica", of_version("v1"), of_version("v2"), SERVICE)


def test_a_window_helps_nobody_where_no_other_pod_serves() -> None:
    rule = "drain-window-missing"
    alone = deployment(kind="StatefulSet", spec="serviceName: web")
    several = deployment(kind="StatefulSet", spec="serviceName: web\nreplicas: 3")
    assert not found(rule, alone, SERVICE)
    assert found(rule, several, SERVICE)
    assert not found(rule, deployment(spec="strategy: {type: Recreate}"), SERVICE)
    assert found(rule, deployment(spec="replicas: 2\nstrategy: {type: Recreate}"), SERVICE)


def test_clients_of_a_member_ask_for_that_member() -> None:
    rule = "drain-window-missing"
    several = deployment(kind="StatefulSet", spec="serviceName: web\nreplicas: 3")
    assert not found(rule, several, HEADLESS)
    assert not found(rule, deployment(kind="DaemonSet"), HEADLESS)
    assert found(rule, deployment(), HEADLESS)


def test_an_undeclared_port_is_told_once() -> None:
    text = deployment(PROBE % 10254)
    assert found("probe-port-undeclared", text, SERVICE)
    assert not found("readiness-probe-elsewhere", text, SERVICE)


def test_nobody_waits_for_the_first_pod_of_recreate() -> None:
    rule = "min-ready-seconds-missing"
    assert found(rule, deployment(PROBE % 8080), SERVICE)
    assert not found(rule, deployment(PROBE % 8080, spec="strategy: {type: Recreate}"), SERVICE)


def test_a_misspelt_selector_is_told_once() -> None:
    text = deployment().replace("matchLabels", "matchLabel")
    assert found("field-unknown", text)
    assert not found("selector-mismatch", text)


def test_a_misspelling_of_what_is_there_is_not_renamed_to_something_else() -> None:
    text = deployment(pod="container: [{name: a, image: a:1}]")
    (finding,) = found("field-unknown", text)
    assert finding.advice == "remove it: containers is there as well"
    assert not finding.edits


def test_the_address_of_a_named_store() -> None:
    assert found("literal-address", deployment("env: [{name: REDIS, value: 10.0.12.7}]"))
    assert not found("literal-address", deployment("env: [{name: MARIADB, value: 10.6.4.1}]"))
    assert "10.0.12.7" in message("literal-address", deployment(
        "env: [{name: REDIS, value: 10.0.12.7}]"))  # fmt: skip
