"""Rules of 7xx at their edges, and their arithmetic for any figures."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lint_examples import manifests
from lint_workloads import SERVICE, again, deployment, found, mended, message

from seatrial.lint.inventory import inventory_of
from seatrial.lint.registry import MODULES, rule_module
from seatrial.lint.rule import World
from seatrial.lint.rules.crashes._heaps import size_in
from seatrial.lint.rules.crashes._jobs import FIRST_DELAY_S, LONGEST_DELAY_S, waiting_s
from seatrial.lint.runner import run_rules
from seatrial.lint.story import story_of

FAMILIES = {"data", "identity", "dependencies", "crashes"}


@pytest.mark.parametrize("name", [each for each in MODULES if each.split(".")[0] in FAMILIES])
def test_edits_mend_the_bad_example(name: str) -> None:
    module = rule_module(name)
    read = manifests(story_of(module.__doc__).bad)
    for finding in run_rules(World(inventory_of(read)), [module.RULE]):
        if finding.edits:
            others = [each for each in read if each is not finding.manifest]
            left = run_rules(World(again(finding, *others)), [module.RULE])
            assert (finding.field, finding.message) not in [(e.field, e.message) for e in left]


def job(spec: str = "", *, policy: str = "Never", kind: str = "Job", top: str = "") -> str:
    head = f"apiVersion: batch/v1\nkind: {kind}\nmetadata:\n  name: j\nspec:\n"
    pod = (
        f"template: {{spec: {{restartPolicy: {policy}, containers: [{{name: j, image: 'j:1'}}]}}}}"
    )
    if kind == "Job":
        return f"{head}  {pod}\n" + (f"  {spec}\n" if spec else "")
    body = f"  jobTemplate:\n    spec:\n      {pod}\n" + (f"      {spec}\n" if spec else "")
    return head + "  schedule: '* * * * *'\n" + (f"  {top}\n" if top else "") + body


# Jobs


@pytest.mark.parametrize(
    ("retries", "seconds"),
    [(0, 0), (1, 10), (2, 30), (6, 630), (7, 1230), (8, 1830), (1000, 630 + 994 * 600)],
)
def test_the_delays_of_a_job_that_always_fails(retries: int, seconds: int) -> None:
    assert waiting_s(retries) == seconds


@settings(deadline=None)
@given(st.integers(0, 3000))
def test_one_more_try_costs_one_more_delay(retries: int) -> None:
    delay = min(FIRST_DELAY_S * 2 ** min(retries, 40), LONGEST_DELAY_S)
    assert waiting_s(retries + 1) - waiting_s(retries) == delay


@pytest.mark.parametrize(("limit", "is_told"), [(6, False), (148, False), (149, True)])
def test_more_than_a_day_of_tries(limit: int, is_told: bool) -> None:
    # 630 s for the first six, 600 s for each other one: 85,830 s with 148, 86,430 s with 149
    assert bool(found("job-fails-late", job(f"backoffLimit: {limit}"))) is is_told


def test_a_deadline_ends_all_tries() -> None:
    assert not found("job-fails-late", job("backoffLimit: 999\n  activeDeadlineSeconds: 60"))


@pytest.mark.parametrize(
    ("kind", "policy", "is_refused"),
    [
        ("Deployment", "Always", False),
        ("Deployment", "OnFailure", True),
        ("StatefulSet", "Never", True),
        ("DaemonSet", "Never", True),
        ("Job", "Never", False),
        ("Job", "OnFailure", False),
        ("Job", "Always", True),
        ("Pod", "Never", False),
    ],
)
def test_restart_policies(kind: str, policy: str, is_refused: bool) -> None:
    text = deployment(pod=f"restartPolicy: {policy}", kind=kind)
    assert bool(found("restart-policy-refused", text)) is is_refused


def test_a_job_has_to_say_its_restart_policy() -> None:
    assert "which is the default" in message("restart-policy-refused", deployment(kind="Job"))


def test_an_eviction_is_ignored_where_it_may_be() -> None:
    value = mended("eviction-fails-job", job("backoffLimit: 0"))
    assert value["spec"]["podFailurePolicy"]["rules"][0]["action"] == "Ignore"
    (finding,) = found("eviction-fails-job", job("backoffLimit: 0", policy="OnFailure"))
    assert finding.edits == ()
    assert not found("eviction-fails-job", job("backoffLimit: 1"))
    assert not found("eviction-fails-job", job("backoffLimit: 0"), version=(1, 30))


def test_a_failure_policy_in_a_cron_job() -> None:
    policy = "podFailurePolicy: {rules: [{action: FailJob}]}"
    text = job(policy, policy="OnFailure", kind="CronJob")
    (finding,) = found("pod-failure-policy-refused", text)
    assert finding.field == "spec.jobTemplate.spec.template.spec.restartPolicy"
    more = job(f"{policy}\n  podReplacementPolicy: TerminatingOrFailed")
    assert mended("pod-failure-policy-refused", more)["spec"].get("podReplacementPolicy") is None


@pytest.mark.parametrize(
    ("top", "spec", "is_told"),
    [
        ("concurrencyPolicy: Forbid", "", True),
        ("concurrencyPolicy: Forbid", "activeDeadlineSeconds: 9", False),
        ("concurrencyPolicy: Replace", "", False),
        ("", "", False),
    ],
)
def test_a_run_that_keeps_others_out(top: str, spec: str, is_told: bool) -> None:
    text = job(spec, kind="CronJob", top=top)
    assert bool(found("job-without-deadline", text)) is is_told


def test_jobs_of_cron_jobs_and_hooks_are_removed_by_others() -> None:
    assert found("job-finished-kept", job())
    assert not found("job-finished-kept", job(kind="CronJob"))
    hook = job().replace("  name: j\n", "  name: j\n  annotations: {helm.sh/hook: pre-install}\n")
    assert not found("job-finished-kept", hook)


# Half pods


def beside(text: str, name: str, image: str, more: str = "") -> str:
    """The workload with one more container."""
    return f"{text}      - name: {name}\n        image: {image}\n" + (
        f"        {more}\n" if more else ""
    )


def test_containers_that_serve_and_do_not_say_when() -> None:
    probed = deployment("readinessProbe: {tcpSocket: {port: 8080}}")
    text = beside(probed, "app", "a:1", "ports: [{containerPort: 9000}]")
    assert "container app does not" in message("readiness-of-one-container", text, SERVICE)
    assert not found("readiness-of-one-container", text)  # nobody sends it requests
    metrics = text.replace("containerPort: 9000", "containerPort: 9000, name: metrics")
    assert not found("readiness-of-one-container", metrics, SERVICE)
    assert not found("readiness-of-one-container", beside(probed, "app", "a:1"), SERVICE)


@pytest.mark.parametrize(
    ("pod", "image", "more", "is_told"),
    [
        ("", "x/cloud-sql-proxy:2", "", True),
        ("shareProcessNamespace: true", "x/cloud-sql-proxy:2", "", False),
        ("", "nginx:1", "", True),
        ("", "nginx:1", "command: [nginx, -t]", False),
        ("", "my-step:1", "", False),
    ],
)
def test_a_job_beside_what_never_ends(pod: str, image: str, more: str, is_told: bool) -> None:
    text = beside(deployment(kind="Job", pod=pod), "proxy", image, more)
    assert bool(found("job-kept-by-sidecar", text)) is is_told


def test_a_job_that_ends_its_proxy_itself() -> None:
    text = deployment(
        "command: [sh, -c, 'migrate; curl -X POST localhost:15020/quitquitquit']", kind="Job"
    )
    assert not found("job-kept-by-sidecar", beside(text, "p", "istio/proxyv2:1"))


@pytest.mark.parametrize(
    ("script", "is_told"),
    [
        ("nginx; tail -f /dev/null", True),
        ("service app start && sleep infinity", True),
        ("app & tail -F /var/log/app.log", True),
        ("while true; do app; done", True),
        ("exec app", False),
        ("app", False),
        ("tail -f /dev/null", False),  # a place to exec into
        ("sleep infinity", False),
        ("echo ready; sleep infinity", False),
        ("while true; do app; sleep 10; done", False),  # it is the pause that is its work
        ("while true; do wget -q http://web; done", False),
        ("app; sleep 5", False),
    ],
)
def test_shells_that_outlive_their_application(script: str, is_told: bool) -> None:
    text = deployment(f"command: [sh, -c, '{script}']")
    assert bool(found("crash-hidden-by-shell", text)) is is_told


# Memory


@pytest.mark.parametrize(
    ("text", "units", "size"),
    [
        ("512m", {"m": 2**20}, 2**29),
        ("512M", {"m": 2**20}, 2**29),
        ("7", {"": 1}, 7),
        ("off", {"": 1}, None),
        ("", {"": 1}, None),
        ("1.5g", {"g": 1}, None),
        ("-1m", {"m": 1}, None),
    ],
)
def test_sizes(text: str, units: dict[str, int], size: int | None) -> None:
    assert size_in(text, units) == size


def heap(option: str, limit: str = "1Gi") -> str:
    return deployment(f"{option}\nresources: {{limits: {{memory: {limit}}}}}")


@pytest.mark.parametrize(
    ("option", "rule"),
    [
        ("args: [java, -Xmx1024m]", "heap-beyond-limit"),
        ("args: [java, -Xmx1023m]", "heap-without-room"),
        ("args: [java, -Xmx870m]", ""),  # 85 % of 1024 MiB is 870.4 MiB
        ("args: [java, -Xmx871m]", "heap-without-room"),
        ("command: [sh, -c, 'exec java -Xmx2g -jar a.jar']", "heap-beyond-limit"),
        ("env: [{name: JAVA_OPTS, value: '-server -Xmx1g'}]", "heap-beyond-limit"),
        ("env: [{name: JAVA_OPTS, value: '-XX:MaxRAMPercentage=90.0'}]", "heap-without-room"),
        ("env: [{name: JAVA_OPTS, value: '-XX:MaxRAMPercentage=75'}]", ""),
        ("env: [{name: JAVA_OPTS, value: '-Xmx${HEAP}'}]", ""),
        ("env: [{name: NODE_OPTIONS, value: '--max-old-space-size=1024'}]", "heap-beyond-limit"),
        ("env: [{name: NODE_OPTIONS, value: '--max_old_space_size=900'}]", "heap-without-room"),
        ("env: [{name: GOMEMLIMIT, value: 1GiB}]", "heap-beyond-limit"),
        ("env: [{name: GOMEMLIMIT, value: 973MiB}]", "heap-without-room"),
        ("env: [{name: GOMEMLIMIT, value: 972MiB}]", ""),  # 95 % of 1024 MiB is 972.8 MiB
        ("env: [{name: GOMEMLIMIT, value: 'off'}]", ""),
        ("args: [redis-server, --maxmemory, 1gb]", "heap-beyond-limit"),
        ("args: [redis-server, --maxmemory, 1g]", "heap-without-room"),  # 10^9 bytes
        ("args: [redis-server, --maxmemory, 512mb]", ""),
        ("args: [redis-server, --maxmemory, '0']", ""),
    ],
)
def test_heaps_against_the_limit(option: str, rule: str) -> None:
    text = heap(option)
    rules = [each for each in ("heap-beyond-limit", "heap-without-room") if found(each, text)]
    assert rules == ([rule] if rule else [])


def test_a_heap_without_a_limit_is_not_judged() -> None:
    text = deployment("args: [java, -Xmx64g]")
    assert not found("heap-beyond-limit", text)


@settings(deadline=None)
@given(st.integers(1, 4096), st.integers(1, 4096))
def test_a_heap_is_beyond_without_room_or_well(size: int, limit: int) -> None:
    text = heap(f"args: [java, -Xmx{size}m]", f"{limit}Mi")
    beyond = bool(found("heap-beyond-limit", text))
    tight = bool(found("heap-without-room", text))
    assert beyond == (size >= limit)
    assert tight == (not beyond and size * 2**20 > limit * 2**20 * 85 // 100)


@pytest.mark.parametrize(
    ("others", "pod", "is_told"),
    [
        ("", "", True),
        ("spec: {limits: [{type: Container, default: {memory: 1Gi}}]}", "", False),
        ("spec: {limits: [{type: Container, max: {memory: 1Gi}}]}", "", True),
        ("", "resources: {limits: {memory: 1Gi}}", False),
    ],
)
def test_who_gives_a_memory_limit(others: str, pod: str, is_told: bool) -> None:
    texts = [deployment(pod=pod)]
    if others:
        texts.append(f"apiVersion: v1\nkind: LimitRange\nmetadata: {{name: l}}\n{others}\n")
    assert bool(found("memory-limit-missing", *texts)) is is_told


@pytest.mark.parametrize(
    ("size", "mount", "is_told"),
    [("1Gi", "", True), ("1023Mi", "", False), ("2Gi", ", readOnly: true", False)],
)
def test_memory_volumes_against_their_writer(size: str, mount: str, is_told: bool) -> None:
    text = deployment(
        f"volumeMounts: [{{name: m, mountPath: /m{mount}}}]\n"
        "resources: {limits: {memory: 1Gi}}",
        pod=f"volumes: [{{name: m, emptyDir: {{medium: Memory, sizeLimit: {size}}}}}]",
    )
    assert bool(found("memory-volume-beyond-limit", text)) is is_told
    assert not found("memory-volume-without-size-limit", text)


def test_supervisors_behind_a_shell_are_seen() -> None:
    text = deployment("command: [sh, -c, 'setup && exec /usr/bin/supervisord -n']")
    assert found("supervisor-hides-crash", text)
    assert not found("supervisor-hides-crash", deployment("command: [app, supervisord]"))


def test_alerts_are_missed_once() -> None:
    def rule(name: str, expression: str) -> str:
        return (
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n"
            f"metadata: {{name: {name}}}\nspec: {{groups: [{{rules: [{{expr: {expression}}}]}}]}}\n"
        )

    assert len(found("restarts-not-watched", rule("a", "up"), rule("b", "up"))) == 1
    watching = rule("b", "kube_deployment_status_replicas_unavailable")
    assert not found("restarts-not-watched", rule("a", "up"), watching)


@pytest.mark.parametrize(
    ("script", "program"),
    [
        ("cron & exec nginx", "cron"),
        ("a & b & wait", "a"),
        ("exec nginx", ""),
        ("app & wait $!", ""),  # a shell that waits for its only child
        ("trap x TERM; app & wait", ""),
        ("a & b & wait -n", ""),
        ("sleep 5 & exec app", ""),
        ("tail -f /log & exec app", ""),
        ("a && b", ""),
        ("setup; nohup a & exec b", "a"),
    ],
)
def test_programs_that_nobody_watches(script: str, program: str) -> None:
    findings = found("program-in-background", deployment(f"command: [sh, -c, '{script}']"))
    assert [each.message.partition(" ")[0] for each in findings] == ([program] if program else [])


def test_a_script_in_a_config_map_is_read() -> None:
    text = deployment(
        "command: [sh, /scripts/start.sh]\nvolumeMounts: [{name: s, mountPath: /scripts}]",
        pod="volumes: [{name: s, configMap: {name: scripts}}]",
    )
    scripts = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: scripts}\ndata:\n  start.sh: |\n"
        "    cron &\n    nginx &\n    tail -f /dev/null\n"
    )
    for rule in ("crash-hidden-by-shell", "program-in-background"):
        (finding,) = found(rule, text, scripts)
        assert finding.object == "ConfigMap/scripts"
