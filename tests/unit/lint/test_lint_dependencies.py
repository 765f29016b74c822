"""Rules of 6xx at their edges."""

import pytest
from lint_workloads import SERVICE, deployment, found, message

from seatrial.lint.rules.dependencies._calls import Call, call_in
from seatrial.lint.rules.dependencies._waiters import waiter_in


def waiting(script: str, *, more: str = "", command: str = "", kind: str = "Deployment") -> str:
    """A workload with an init container that runs the script."""
    lines = "".join(f"      {line}\n" for line in script.splitlines())
    run = command or f"command:\n  - sh\n  - -c\n  - |\n{lines}"
    return deployment(
        pod=f"{more}\ninitContainers:\n- name: wait\n  image: busybox:1\n  {run}", kind=kind
    )


def service(name: str, fields: str = "", app: str = "") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  {fields}\n"
        f"  selector: {{app: {app or name}}}\n  ports: [{{port: 5432}}]\n"
    )


def named(text: str, name: str) -> str:
    return text.replace("name: web\nspec", f"name: {name}\nspec").replace(
        "{app: web}", f"{{app: {name}}}"
    )


# Calls


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("nc -z db 5432", "tcp://db:5432"),
        ("nc -w 2 -vz db 5432", "tcp://db:5432"),
        ("wget -q -T 1 -O /dev/null http://fortune", "http://fortune"),
        ("curl -fsS -m 5 https://api:8443/ready", "https://api:8443"),
        ("curl db:8080/x", "http://db:8080"),
        ("nslookup db.shop.svc.cluster.local", "dns://db.shop.svc.cluster.local"),
        ("getent hosts db", "dns://db"),
        ("pg_isready -h db -p 6432", "postgres://db:6432"),
        ("pg_isready --host=db", "postgres://db:5432"),
        ("psql postgres://u@db/x -c 'select 1'", "postgres://db:5432"),
        ("redis-cli -h cache ping", "redis://cache:6379"),
        ("/usr/bin/mysqladmin ping -h $DB_HOST", "tcp://mysql:3306"),
        ("mysqladmin ping -h ${DB_HOST}", "tcp://mysql:3306"),
        ("/bin/grpc_health_probe -addr=api:50051", "tcp://api:50051"),
        ("telnet db 5432", "tcp://db:5432"),
    ],
)
def test_what_a_command_asks(line: str, url: str) -> None:
    words = tuple(line.replace("'", "").split())
    call = call_in(words, {"DB_HOST": "mysql", "DB": "no"})
    assert call is not None
    assert (call.url, call.is_local) == (url, False)


@pytest.mark.parametrize(
    "line",
    [
        "nc -z localhost 5432",
        "wget http://127.0.0.1:8080/",
        "pg_isready -h $UNKNOWN",
        "nc -z $(hostname) 80",
        "redis-cli -h ::1 ping",
    ],
)
def test_the_pod_itself_is_no_dependency(line: str) -> None:
    call = call_in(tuple(line.split()), {})
    assert call is not None
    assert call.is_local


@pytest.mark.parametrize(
    "line", ["pg_isready", "redis-cli ping", "/bin/grpc_health_probe -addr=:8080", "app", "", "nc"]
)
def test_commands_that_name_no_host(line: str) -> None:
    call = call_in(tuple(line.split()), {})
    assert call is None or call.is_local


@pytest.mark.parametrize(
    ("line", "has_limit"),
    [
        ("curl http://db", False),
        ("curl --max-time 2 http://db", True),
        ("curl -m2 http://db", True),
        ("wget http://db", False),
        ("nc -z db 1", False),
        ("nc -zw2 db 1", False),  # options in one word are not taken apart
        ("pg_isready -h db", True),  # 3 s by default
    ],
)
def test_whether_a_try_ends_by_itself(line: str, has_limit: bool) -> None:
    call = call_in(tuple(line.split()), {})
    assert isinstance(call, Call)
    assert call.has_limit is has_limit


# Waits


ENDLESS = [
    "while true; do wget -q http://db && break; sleep 1; done",
    "until nslookup db; do echo waiting; sleep 2; done",
    "while ! nc -z db 5432; do sleep 1; done",
    "until nc -z db 5432\ndo\n  sleep 1\ndone\necho done",
    "while true; do nc -z db 5432 && exit 0; sleep 1; done",
    "set -e; until pg_isready -h db; do sleep 1; done; exec migrate",
    "until [ -f /shared/ready ]; do sleep 1; done",
    "kubectl rollout status deploy/db",
    "wait-for-it.sh db:5432 -t 0 -- true",
]
BOUNDED = [
    "i=0; while [ $i -lt 30 ]; do nc -z db 1 && break; i=$((i+1)); sleep 1; done",
    "for i in 1 2 3; do nc -z db 1 && break; sleep 1; done",
    "until nc -z db 1; do n=$((n+1)); [ $n -gt 9 ] && exit 1; sleep 1; done",
    "timeout 60 sh -c 'until nc -z db 1; do sleep 1; done'",
    "while ! nc -z db 1; do sleep 1; test -e /give-up && exit 3; done",
    "kubectl rollout status deploy/db --timeout=60s",
    "kubectl wait --for=condition=ready pod/db",
    "wait-for-it.sh db:5432 -t 30",
    "end=$((SECONDS+60)); until nc -z db 1 || test $SECONDS = $end; do sleep 1; done",
    "while read -r line; do echo $line; done",
    "chown -R 1000 /data",
    "until nc -z db 1; do sleep 1",  # not a script
]


@pytest.mark.parametrize("script", ENDLESS)
def test_waits_without_a_limit(script: str) -> None:
    assert len(found("init-waits-for-ever", waiting(script))) == 1


@pytest.mark.parametrize("script", BOUNDED)
def test_waits_with_one(script: str) -> None:
    assert not found("init-waits-for-ever", waiting(script))


def test_programs_that_wait() -> None:
    text = waiting("", command="command: [kubectl, rollout, status, deploy/db]")
    assert found("init-waits-for-ever", text)
    assert not found("init-waits-for-ever", waiting("", command="args: [rollout, status]"))


def test_the_advice_is_the_waiter_that_asks_the_same() -> None:
    (finding,) = found("init-waits-for-ever", waiting("until pg_isready -h db; do sleep 1; done"))
    assert "seatrial wait postgres://db:5432 --timeout 5m" in finding.advice


def test_a_call_inside_of_a_test_is_seen() -> None:
    script = "until [ $(curl -s -w '%{http_code}' http://es:9200) = 200 ]; do sleep 5; done"
    assert "waits for es without" in message("init-waits-for-ever", waiting(script))


def test_a_job_with_a_deadline_waits_no_longer_than_that() -> None:
    text = waiting(ENDLESS[0], kind="Job")
    assert found("init-waits-for-ever", text)
    limited = text.replace("  selector:", "  activeDeadlineSeconds: 60\n  selector:")
    assert not found("init-waits-for-ever", limited)
    assert not found("init-waits-for-ever", waiting(ENDLESS[0], more="activeDeadlineSeconds: 9"))


def test_a_name_is_there_before_the_pods_but_for_headless_services() -> None:
    text = waiting("until nslookup db; do sleep 1; done")
    assert found("init-waits-for-name-only", text, service("db"))
    assert not found("init-waits-for-name-only", text, service("db", "clusterIP: None"))
    assert not found("init-waits-for-name-only", text)
    both = waiting("until nslookup db && nc -z db 5432; do sleep 1; done")
    assert not found("init-waits-for-name-only", both, service("db"))


def test_waiting_for_oneself() -> None:
    text = waiting("until wget -q http://web/; do sleep 1; done")
    assert found("init-waits-for-itself", text, SERVICE)
    canary = named(deployment(), "canary").replace("{app: canary}", "{app: web}")
    assert not found("init-waits-for-itself", text, canary, SERVICE)  # somebody else answers
    name_only = waiting("until nslookup web; do sleep 1; done")
    assert not found("init-waits-for-itself", name_only, SERVICE)


def test_a_ring_of_three() -> None:
    def one(name: str, other: str) -> str:
        return named(waiting(f"until nc -z {other} 1; do sleep 1; done"), name)

    services = [service(name) for name in "abc"]
    ring = [one("a", "b"), one("b", "c"), one("c", "a")]
    messages = [each.message for each in found("init-waits-in-a-ring", *ring, *services)]
    assert messages[0] == (
        "waiting for b closes a ring: Deployment/a → Deployment/b → Deployment/c → Deployment/a;"
        " none of them can be first"
    )
    assert len(messages) == 3
    chain = [one("a", "b"), one("b", "c"), named(deployment(), "c")]
    assert not found("init-waits-in-a-ring", *chain, *services)


def test_a_ring_beside_the_way_is_not_ones_own() -> None:
    def one(name: str, other: str) -> str:
        return named(waiting(f"until nc -z {other} 1; do sleep 1; done"), name)

    texts = [one("a", "b"), one("b", "c"), one("c", "b"), *(service(name) for name in "abc")]
    rings = {each.object for each in found("init-waits-in-a-ring", *texts)}
    assert rings == {"Deployment/b", "Deployment/c"}


# Probes


@pytest.mark.parametrize(
    ("probe", "host"),
    [
        ("exec: {command: [pg_isready, -h, db]}", "db"),
        ("exec: {command: [sh, -c, 'curl -f http://db/health || exit 1']}", "db"),
        ("httpGet: {host: db, path: /, port: 80}", "db"),
        ("tcpSocket: {host: 10.0.0.1, port: 80}", "10.0.0.1"),
        ("exec: {command: [redis-cli, ping]}", ""),
        ("exec: {command: [sh, -c, 'curl -f http://localhost:8080/']}", ""),
        ("httpGet: {host: 127.0.0.1, path: /, port: 80}", ""),
        ("httpGet: {path: /, port: 80}", ""),
        ("exec: {command: [sh, -c, 'pg_isready -h $POD_IP']}", ""),
    ],
)
def test_what_a_liveness_probe_asks(probe: str, host: str) -> None:
    findings = found("liveness-calls-dependency", deployment(f"livenessProbe: {{{probe}}}"))
    assert len(findings) == bool(host)
    assert all(f"asks {host}:" in each.message for each in findings)


def test_a_readiness_probe_may_ask_whom_it_likes() -> None:
    text = deployment("readinessProbe: {exec: {command: [pg_isready, -h, db]}}")
    assert not found("liveness-calls-dependency", text)
    assert not found("startup-probe-calls-dependency", text)


def test_the_patience_of_a_liveness_probe_is_told() -> None:
    probe = "livenessProbe: {tcpSocket: {host: db, port: 1}, periodSeconds: 5, failureThreshold: 4}"
    assert message("liveness-calls-dependency", deployment(probe)).endswith("is away for 20 s")


@pytest.mark.parametrize(
    ("path", "better"),
    [
        ("/actuator/health", "/actuator/health/liveness"),
        ("/shop/actuator/health?x=1", "/shop/actuator/health/liveness"),
        ("/actuator/health/liveness", ""),
        ("/q/health", "/q/health/live"),
        ("/readyz", "a page that tells only of the process itself"),
        ("/health/ready/", "a page that tells only of the process itself"),
        ("/already", ""),
        ("/healthz", ""),
        ("", ""),
    ],
)
def test_pages_that_tell_of_dependencies(path: str, better: str) -> None:
    probe = f"livenessProbe: {{httpGet: {{path: '{path}', port: 80}}}}"
    findings = found("liveness-asks-readiness", deployment(probe))
    assert [each.advice for each in findings] == ([f"ask {better}"] if better else [])


@pytest.mark.parametrize(
    ("env", "is_told"),
    [
        ("{name: DB_HOST, value: db}", True),
        ("{name: DB_HOST, value: db.default.svc}", False),  # of another namespace than ""
        ("{name: URL, value: 'http://db/'}", True),
        ("{name: ENGINE, value: db}", False),  # a word
        ("{name: SELF_URL, value: 'http://web/'}", False),
    ],
)
def test_services_that_a_workload_depends_on(env: str, is_told: bool) -> None:
    text = deployment(f"readinessProbe: {{tcpSocket: {{port: 8080}}}}\nenv: [{env}]")
    services = (service("db"), SERVICE)
    assert bool(found("readiness-ignores-dependency", text, *services)) is is_told


def test_a_probe_that_asks_a_page_is_believed() -> None:
    container = "readinessProbe: {httpGet: {path: /, port: 8080}}"
    text = deployment(container, annotations="seatrial.dev/depends-on: Service/db")
    assert not found("readiness-ignores-dependency", text)
    assert not found("dependency-without-readiness", text)


# Order


@pytest.mark.parametrize(
    ("container", "names"),
    [
        ("args: ['$(DB_SERVICE_HOST):$(DB_SERVICE_PORT)']", ["DB_SERVICE_HOST", "DB_SERVICE_PORT"]),
        ("command: [sh, -c, 'app ${MY_DB_SERVICE_HOST}']", ["MY_DB_SERVICE_HOST"]),
        ("args: [$KUBERNETES_SERVICE_HOST]", []),
        ("args: [DB_SERVICE_HOST]", []),
        ("args: [$DB_SERVICE_HOST]\nenv: [{name: DB_SERVICE_HOST, value: db}]", []),
        ("args: [$DB_SERVICE_HOST]\nenv: [{name: DB_SERVICE_HOST, valueFrom: {}}]", []),
        ("args: [$DB_SERVICE_HOST]\nenvFrom: [{configMapRef: {name: c}}]", []),
    ],
)
def test_variables_of_services(container: str, names: list[str]) -> None:
    findings = found("service-variable", deployment(container))
    assert [each.message.partition(" ")[0] for each in findings] == names
    off = deployment(container, pod="enableServiceLinks: false")
    assert not found("service-variable", off)
    assert len(found("service-variable-switched-off", off)) == len(names)


def test_an_init_container_cannot_use_what_starts_after_it() -> None:
    init = "initContainers:\n- name: i\n  image: i:1\n  args: ['--db=localhost:8080']\n"
    assert found("init-needs-sidecar", deployment(pod=init))
    sidecar = "- name: s\n  image: s:1\n  restartPolicy: Always\n  ports: [{containerPort: 8080}]\n"
    before = init.replace("initContainers:\n", "initContainers:\n" + sidecar)
    assert not found("init-needs-sidecar", deployment(pod=before))
    assert found("init-needs-sidecar", deployment(pod=init + sidecar))
    assert not found("init-needs-sidecar", deployment(pod=init.replace("8080", "8081")))


@pytest.mark.parametrize(
    ("command", "is_told"),
    [
        ("[sh, -c, 'sleep 30; exec app']", True),
        ("[sh, -c, 'echo wait && sleep 1m && app']", True),
        ("[sh, -c, 'sleep 2; app']", False),
        ("[sh, -c, 'app; sleep 30']", False),
        ("[sh, -c, 'sleep infinity']", False),
        ("[sh, -c, 'sleep 3600']", False),  # a place to exec into
        ("[sleep, '3600']", False),
        ("[sh, -c, 'while true; do sleep 30; app; done']", False),
    ],
)
def test_sleeping_before_the_start(command: str, is_told: bool) -> None:
    assert bool(found("order-by-sleeping", deployment(f"command: {command}"))) is is_told


def test_an_init_container_that_only_sleeps() -> None:
    assert found("order-by-sleeping", waiting("", command="command: [sleep, '20']"))
    assert found("order-by-sleeping", waiting("sleep 20"))
    assert not found("order-by-sleeping", waiting("until nc -z db 1; do sleep 5; done"))


def test_a_client_without_a_url_and_a_script_that_cannot_be_read() -> None:
    assert call_in(("curl", "-s"), {}) is None
    text = waiting("until test '$(nc db' = 1; do sleep 1; done")
    assert "without" in message("init-waits-for-ever", text)
    broken = waiting("until test '$(nc `db)' = 1; do sleep 1; done")
    assert found("init-waits-for-ever", broken)


def test_an_init_container_whose_image_decides_is_not_judged() -> None:
    text = waiting("", command="args: [db]")
    assert not found("init-waits-for-ever", text)
    assert not found("init-waits-for-name-only", text, service("db"))


def test_a_try_under_timeout_is_still_in_an_endless_loop() -> None:
    text = waiting("until timeout 2 nc -z db 1; do sleep 1; done")
    assert "waits for db without" in message("init-waits-for-ever", text)


def test_without_services_nothing_is_depended_on() -> None:
    text = deployment("readinessProbe: {tcpSocket: {port: 1}}\nenv: [{name: A_HOST, value: db}]")
    assert not found("readiness-ignores-dependency", text)


def test_there_were_no_sidecars_before() -> None:
    init = "initContainers:\n- name: i\n  image: i:1\n  args: ['--db=localhost:8080']\n"
    (old,) = found("init-needs-sidecar", deployment(pod=init), version=(1, 28))
    (new,) = found("init-needs-sidecar", deployment(pod=init), version=(1, 29))
    assert ("restartPolicy" in old.advice, "restartPolicy" in new.advice) == (False, True)


def migration(annotations: str = "{}", image: str = "web:2.0", args: str = "[migrate]") -> str:
    return (
        f"apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: up\n  annotations: {annotations}\n"
        "spec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n"
        f"      - {{name: m, image: '{image}', args: {args}}}\n"
    )


@pytest.mark.parametrize(
    ("job", "init", "is_told"),
    [
        (migration(), "", True),  # the tag may differ
        (migration(image="tool:1"), "", False),
        (migration(args="[report]"), "", False),
        (migration("{helm.sh/hook: pre-upgrade}"), "", False),
        (migration("{argocd.argoproj.io/sync-wave: '1'}"), "", False),
        (migration(), "args: [wait, job/up]", False),
        (migration(), "args: [alembic, upgrade, head]", False),
        (migration(), "args: [chown]", True),
    ],
)
def test_who_waits_for_a_migration(job: str, init: str, is_told: bool) -> None:
    pod = f"initContainers:\n- name: i\n  image: i:1\n  {init}" if init else ""
    findings = found("migration-not-waited-for", job, deployment(pod=pod))
    assert [each.object for each in findings] == ["Deployment/web"] * is_told


@pytest.mark.parametrize(
    ("line", "urls", "is_endless"),
    [
        ("seatrial wait tcp://db:5432 --timeout 5m", ["tcp://db:5432"], False),
        ("seatrial wait tcp://db:5432 http://api/ready", ["tcp://db:5432", "http://api"], False),
        ("seatrial wait tcp://db:5432 --timeout 0", ["tcp://db:5432"], True),
        ("seatrial wait tcp://db:5432 --timeout=0s", ["tcp://db:5432"], True),
        ("seatrial wait --any tcp://a:1 tcp://b:1", [], False),
        ("seatrial wait job/migrate", [], False),
        ("seatrial wait tcp://$DB:1", ["tcp://pg:1"], False),
        ("/wait-for-it.sh db:5432 -t 0 -- true", ["tcp://db:5432"], True),
        ("wait-for-it db:5432 --timeout=0", ["tcp://db:5432"], True),
        ("wait-for-it.sh db:5432", ["tcp://db:5432"], False),
        ("wait4x tcp db:5432", ["tcp://db:5432"], False),
        ("dockerize -wait tcp://db:5432 -timeout 9s", ["tcp://db:5432"], False),
        ("kubectl rollout status deploy/db", [], True),
        ("kubectl rollout status deploy/db --timeout=9s", [], False),
    ],
)
def test_programs_whose_work_is_to_wait(line: str, urls: list[str], is_endless: bool) -> None:
    waiter = waiter_in(tuple(line.split()), {"DB": "pg"})
    assert waiter is not None
    assert ([call.url for call in waiter.calls], waiter.is_endless) == (urls, is_endless)


@pytest.mark.parametrize("line", ["", "seatrial lint", "kubectl wait pod/a", "app wait"])
def test_programs_that_do_something_else(line: str) -> None:
    assert waiter_in(tuple(line.split()), {}) is None


def test_alternatives_have_to_be_ready_one_at_a_time() -> None:
    waiter = waiter_in(("seatrial", "wait", "tcp://a:1 or tcp://b:1"), {})
    assert waiter is not None
    assert waiter.calls == ()


def test_a_ring_of_waiters() -> None:
    def one(name: str, other: str) -> str:
        command = f"command: [seatrial, wait, 'tcp://{other}:80', --timeout, 5m]"
        return named(waiting("", command=command), name)

    texts = [one("a", "b"), one("b", "a"), service("a"), service("b")]
    assert len(found("init-waits-in-a-ring", *texts)) == 2
    assert not found("init-waits-for-ever", *texts)


def test_a_wait_in_a_config_map_is_told_there() -> None:
    init = (
        "volumes: [{name: s, configMap: {name: scripts}}]\ninitContainers:\n- name: i\n"
        "  image: i:1\n  command: [sh, /scripts/wait.sh]\n"
        "  volumeMounts: [{name: s, mountPath: /scripts}]"
    )
    scripts = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: scripts}\ndata:\n  wait.sh: |\n"
        "    until nc -z db 5432; do sleep 1; done\n"
    )
    (finding,) = found("init-waits-for-ever", deployment(pod=init), scripts)
    assert (finding.object, finding.field) == ("ConfigMap/scripts", 'data["wait.sh"]')
    assert not found("init-waits-for-ever", deployment(pod=init))
