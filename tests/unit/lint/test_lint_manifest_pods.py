"""Secrets, images, logs, node ports, CronJobs and naked pods, at the edges."""

import pytest
from lint_workloads import autoscaler, deployment, found, mended, message

from seatrial.lint.secrecy import is_called_secret, password_in


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "hunter2"), ("apiKey", "abc"), ("MYSQL_PWD", "x1"), ("DB_PASS", "x1"),
        ("AWS_SECRET_ACCESS_KEY", "wJalr"), ("github-token", "ghp_1"), ("SIGNING_KEY", "a1"),
        ("POSTGRES_PASSWORD", "postgres"),
    ],
)  # fmt: skip
def test_called_a_secret(name: str, value: str) -> None:
    assert is_called_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD_FILE", "/run/secret"), ("DB_PASSWORD", "$(OTHER)"), ("TOKEN_TTL", "1h"),
        ("TOKEN", "30s"), ("PASSWORD_MIN_LENGTH", "a8"), ("SECRET_NAME", "db"), ("PWD", "/app"),
        ("SECRET_STORE", "vault"), ("DB_PASSWORD", "vault:secret/db#password"), ("TOKENS", "5"),
        ("TOKEN_ENDPOINT", "https://id.example/token"), ("USE_TOKEN", "yes please"), ("TOKEN", ""),
        ("ALLOW_EMPTY_PASSWORD", "maybe"), ("BYPASS", "a1"), ("KEYBOARD", "a1"), ("DEBUG", "a1"),
        ("DB_PASSWORD", "ENC[AES256,data]"), ("PASSWORD_AUTH", "plain"), ("TOKEN_BUCKET", "leaky"),
    ],
)  # fmt: skip
def test_not_called_a_secret(name: str, value: str) -> None:
    assert not is_called_secret(name, value)


@pytest.mark.parametrize(
    ("value", "password"),
    [
        ("postgres://shop:hunter2@db:5432/shop", "hunter2"),
        ("redis://:hunter2@cache", "hunter2"),
        ("postgres://shop:$(PASSWORD)@db/shop", ""),
        ("postgres://shop@db/shop", ""),
        ("https://example.com/a@b:c", ""),
        ("amqp://user:****@queue", ""),
        ("mail:me@example.com", ""),
        ("http://[::1", ""),
        ("http://a:b@[::1", ""),
    ],
)
def test_the_password_in_a_url(value: str, password: str) -> None:
    assert password_in(value) == password


@pytest.mark.parametrize(
    ("container", "what"),
    [
        ("env: [{name: DB_URL, value: 'postgres://a:b1@db'}]", "the password in DB_URL"),
        ("args: [--db-password=hunter2]", "--db-password"),
        ("args: [--db-password=$(PASSWORD)]", ""),
        ("args: [--db-password-file=/run/a]", ""),
        ("args: ['postgres://a:b1@db']", "the password in a URL"),
        ("env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: a, key: b}}}]", ""),
        ("env: [{name: PASSWORD, value: 123456}]", ""),
    ],
)
def test_secrets_in_a_container(container: str, what: str) -> None:
    messages = [each.message for each in found("secret-in-plain-sight", deployment(container))]
    ending = " of container web stands in the manifest as it is"
    assert messages == ([what + ending] if what else [])


def test_secrets_in_a_config_map() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  %s\n"
    rule = "secret-in-config-map"
    assert found(rule, text % "db-password: hunter2")
    assert found(rule, text % "url: postgres://a:b1@db")
    assert not found(rule, text % "token.yaml: |\n    a: b\n    c: d")
    assert not found(rule, text % "password-policy: strict")


@pytest.mark.parametrize(
    ("image", "is_found"),
    [
        ("web", True), ("web:latest", True), ("localhost:5000/web", True), ("web:Main", True),
        ("web:1.0", False), ("web:stable-alpine", True), ("web:lts-22", False),
        ("web:main-3f2a", False), ("web@sha256:0123", False), ("web:latest@sha256:0123", False),
        ("auto", False), ("ko://example.com/web", False), ("'$(IMAGE)'", False), ("''", False),
    ],
)  # fmt: skip
def test_tags(image: str, *, is_found: bool) -> None:
    assert bool(found("image-tag-mutable", deployment(image=image))) is is_found


def test_an_image_that_is_never_pulled() -> None:
    fixed = mended("image-never-pulled", deployment("imagePullPolicy: Never"))
    assert fixed["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == "IfNotPresent"
    assert not found("image-never-pulled", deployment("imagePullPolicy: Always"))


LOG = "args: [--log-file=/var/log/web.log]\nvolumeMounts: [{name: logs, mountPath: /var/log}]"


def test_a_log_that_a_sidecar_reads() -> None:
    volumes = "volumes: [{name: logs, emptyDir: {}}]\n"
    reader = (
        "initContainers: [{name: tail, image: 'tail:1', restartPolicy: Always,"
        " volumeMounts: [{name: logs, mountPath: /logs}]}]\n"
    )
    assert found("logs-in-a-file", deployment(LOG, pod=volumes))
    assert not found("logs-in-a-file", deployment(LOG, pod=volumes + reader))
    assert found("logs-in-a-file", deployment(LOG, pod=volumes + reader.replace("logs,", "b,")))


@pytest.mark.parametrize(
    ("args", "is_found"),
    [
        ("[--log-file, /var/log/a]", True),
        ("[--log-file, '-']", False),
        ("[--access-logfile=/dev/stdout]", False),
        ("[--log-file=/proc/1/fd/1]", False),
        ("[--log-level=/a]", False),
    ],
)
def test_where_a_log_goes(args: str, *, is_found: bool) -> None:
    assert bool(found("logs-in-a-file", deployment(f"args: {args}"))) is is_found


PORT = "ports: [{containerPort: 80, hostPort: 80}]"


@pytest.mark.parametrize(
    ("spec", "kind", "said"),
    [
        ("", "Deployment", "before it stops one"),
        ("replicas: 8", "Deployment", "more replicas than nodes"),
        ("strategy: {type: Recreate}", "Deployment", ""),
        ("strategy: {rollingUpdate: {maxUnavailable: 1}}", "Deployment", ""),
        ("replicas: 1", "StatefulSet", ""),
        ("replicas: 2", "StatefulSet", "more replicas than nodes"),
        ("", "DaemonSet", ""),
        ("replicas: 0", "Deployment", ""),
    ],
)
def test_a_port_of_the_node(spec: str, kind: str, said: str) -> None:
    text = deployment(spec=spec, kind=kind, ports=PORT)
    messages = [each.message for each in found("host-port", text)]
    assert [said in each for each in messages] == ([True] if said else [])


def test_an_autoscaled_workload_has_as_many_as_it_may() -> None:
    recreated = deployment(spec="strategy: {type: Recreate}", ports=PORT)
    assert found("host-port", recreated, autoscaler(1))


def test_what_the_cluster_is_made_of_may_use_the_node() -> None:
    critical = "hostNetwork: true\npriorityClassName: system-cluster-critical"
    assert not found("host-namespace", deployment(pod=critical))
    assert message("host-namespace", deployment(pod="hostPID: true")) == (
        "the pod shares its node's processes"
    )


POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a%s}\nspec: {containers: []%s}\n"


@pytest.mark.parametrize(
    ("metadata", "spec", "is_found"),
    [
        ("", "", True),
        ("", ", restartPolicy: Never", False),
        (", annotations: {helm.sh/hook: test}", "", False),
        ("", ", priorityClassName: system-node-critical", False),
        (", ownerReferences: [{name: a}]", "", False),
    ],
)
def test_naked_pods(metadata: str, spec: str, *, is_found: bool) -> None:
    assert bool(found("naked-pod", POD % (metadata, spec))) is is_found


CRON = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: '@daily'%s}\n"


def test_how_late_a_run_may_start_is_for_its_author_to_say() -> None:
    (finding,) = found("cron-job-deadline-missing", CRON % "")
    assert finding.edits == ()
    assert found("cron-job-deadline-missing", CRON % ", startingDeadlineSeconds: 5")
    assert not found("cron-job-deadline-missing", CRON % ", startingDeadlineSeconds: 10")


def test_whether_runs_may_overlap_is_for_its_author_to_say() -> None:
    (finding,) = found("cron-job-overlaps", CRON % "")
    assert finding.edits == ()
    assert not found("cron-job-overlaps", CRON % ", concurrencyPolicy: Allow")


def test_a_variable_that_is_added_to() -> None:
    text = deployment("env: [{name: A, value: a}, {name: A, value: '$(A) b'}]")
    assert not found("variable-twice", text)


def test_a_variable_of_two_values() -> None:
    text = deployment("env: [{name: A, value: a}, {name: B, value: b}, {name: A, value: c}]")
    assert message("variable-twice", text) == "container web sets A a second time: this one wins"
