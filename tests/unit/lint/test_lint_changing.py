"""Rules of 2xx at their edges."""

import pytest
from lint_workloads import (
    SERVICE,
    autoscaler,
    budget,
    deployment,
    found,
    mended,
    message,
    world_of,
)

from seatrial.lint.budgets import evictions_allowed
from seatrial.lint.rolling import rolling_of

READY = "readinessProbe: {httpGet: {path: /, port: 8080}}"


def rolling(replicas: int, surge: str, unavailable: str, kind: str = "Deployment") -> str:
    field = "strategy" if kind == "Deployment" else "updateStrategy"
    most = f", maxUnavailable: {unavailable}" if unavailable else ""
    first = f"maxSurge: {surge}" if surge else "partition: 0"
    return deployment(
        READY,
        kind=kind,
        spec=f"replicas: {replicas}\n{field}: {{rollingUpdate: {{{first}{most}}}}}",
    )


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "rule"),
    [
        (1, "25%", "25%", ""),  # surge rounds up to 1, unavailable down to 0
        (1, "0", "25%", "rolling-update-takes-all"),  # both 0: one is taken anyway
        (1, "1", "1", "rolling-update-takes-all"),
        (3, "25%", "100%", "rolling-update-takes-all"),
        (3, "25%", "99%", "rolling-update-halves-capacity"),  # 2.97 rounds down to 2
        (3, "0", "33%", "rolling-update-rounded-up-to-one"),  # 0.99 rounds down to 0
        (3, "0", "34%", ""),
        (4, "0", "50%", "rolling-update-halves-capacity"),
        (2, "25%", "1", "rolling-update-halves-capacity"),
        (3, "0", "0", "rolling-update-cannot-move"),
        (3, "0%", "0%", "rolling-update-cannot-move"),
        (3, "1", "5", "rolling-update-takes-all"),
        (0, "0", "100%", ""),
        (3, "a lot", "100%", ""),  # another rule's business
    ],
)
def test_surge_and_unavailable(replicas: int, surge: str, unavailable: str, rule: str) -> None:
    text = rolling(replicas, surge, unavailable)
    names = [
        "rolling-update-takes-all",
        "rolling-update-cannot-move",
        "rolling-update-rounded-up-to-one",
        "rolling-update-halves-capacity",
    ]
    assert [name for name in names if found(name, text, SERVICE)] == ([rule] if rule else [])


def test_the_share_that_is_really_taken_is_told() -> None:
    assert "10% of 3 rounds down to 0" in message(
        "rolling-update-rounded-up-to-one", rolling(3, "0", "10%")
    )


def test_an_autoscaler_says_how_few_there_may_be() -> None:
    text = rolling(10, "25%", "2")
    assert not found("rolling-update-takes-all", text, SERVICE)
    told = message("rolling-update-takes-all", text, SERVICE, autoscaler(2))
    assert "maxUnavailable 2 of 2 comes to 2" in told


def test_surge_makes_up_for_what_must_not_be_missed() -> None:
    value = mended("rolling-update-takes-all", rolling(1, "0", "25%"), SERVICE)
    assert value["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


@pytest.mark.parametrize(
    ("container", "pod"),
    [
        ("", "hostNetwork: true"),
        ("", "volumes: [{name: a, persistentVolumeClaim: {claimName: a}}]"),
    ],
)
def test_a_pod_more_is_not_offered_where_it_may_find_no_place(container: str, pod: str) -> None:
    spec = "replicas: 1\nstrategy: {rollingUpdate: {maxSurge: 0}}"
    text = deployment(container, pod=pod, spec=spec)
    (finding,) = found("rolling-update-takes-all", text, SERVICE)
    assert finding.edits == ()


@pytest.mark.parametrize(
    ("version", "unavailable", "replicas", "expected"),
    [
        ((1, 34), "3", 3, 1),  # not served yet
        ((1, 35), "3", 3, 3),
        ((1, 35), "50%", 3, 1),  # rounds down
        ((1, 35), "10%", 3, 1),  # but not to 0
        ((1, 35), "", 3, 1),
    ],
)
def test_members_of_a_stateful_set(
    version: tuple[int, int], unavailable: str, replicas: int, expected: int
) -> None:
    world = world_of(rolling(replicas, "", unavailable, "StatefulSet"), version=version)
    (workload,) = world.inventory.workloads
    found_rolling = rolling_of(workload, world.inventory, version)
    assert found_rolling is not None
    assert found_rolling.unavailable == expected


def test_one_member_has_no_other_way() -> None:
    assert not found("rolling-update-takes-all", rolling(1, "", "1", "StatefulSet"), SERVICE)
    text = rolling(3, "", "3", "StatefulSet")
    value = mended("rolling-update-takes-all", text, SERVICE)
    assert value["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"] == 1


def test_a_daemon_set_does_not_surge_by_itself() -> None:
    spec = "updateStrategy: {rollingUpdate: {maxUnavailable: 0}}"
    assert found("rolling-update-cannot-move", deployment(kind="DaemonSet", spec=spec))


@pytest.mark.parametrize(
    ("spec", "replicas", "expected"),
    [
        ({"minAvailable": 1}, 1, 0),
        ({"minAvailable": 1}, 2, 1),
        ({"minAvailable": 5}, 3, 0),
        ({"minAvailable": "50%"}, 3, 1),  # 1.5 rounds up to 2
        ({"minAvailable": "67%"}, 3, 0),  # 2.01 rounds up to 3
        ({"minAvailable": "100%"}, 9, 0),
        ({"maxUnavailable": 0}, 3, 0),
        ({"maxUnavailable": "0%"}, 3, 0),
        ({"maxUnavailable": "1%"}, 3, 1),  # 0.03 rounds up to 1
        ({"maxUnavailable": 7}, 3, 3),
        ({}, 3, 0),
        ({"minAvailable": "half"}, 3, None),
        ({"minAvailable": True}, 3, None),
        ({"minAvailable": [1]}, 3, None),
    ],
)
def test_evictions(spec: dict[str, object], replicas: int, expected: int | None) -> None:
    assert evictions_allowed(spec, replicas) == expected


def test_a_budget_that_allows_nothing() -> None:
    text = deployment(spec="replicas: 3")
    assert message("disruption-budget-allows-nothing", text, budget("minAvailable: 67%")) == (
        "minAvailable 67% of Deployment/web with 3 replicas allows no eviction: its nodes cannot be"
        " drained"
    )
    assert "neither" in message("disruption-budget-allows-nothing", text, budget(""))
    assert not found("disruption-budget-allows-nothing", text, budget("maxUnavailable: 1%"))


def test_one_replica_may_not_simply_be_let_go() -> None:
    text = deployment(spec="replicas: 1")
    (finding,) = found("disruption-budget-allows-nothing", text, budget("minAvailable: 1"))
    assert finding.edits == ()
    value = mended(
        "disruption-budget-allows-nothing",
        deployment(spec="replicas: 2"),
        budget("minAvailable: 2"),
    )
    assert value["spec"] == {"selector": {"matchLabels": {"app": "web"}}, "maxUnavailable": 1}


def test_a_budget_over_two_workloads_counts_both() -> None:
    other = deployment(spec="replicas: 2").replace("name: web\nspec", "name: api\nspec", 1)
    texts = (deployment(spec="replicas: 2"), other)
    assert not found("disruption-budget-allows-nothing", *texts, budget("minAvailable: 3"))
    told = message("disruption-budget-allows-nothing", *texts, budget("minAvailable: 4"))
    assert "Deployment/web, Deployment/api with 4 replicas" in told


def test_a_budget_of_no_known_number_is_passed_over() -> None:
    daemons = deployment(kind="DaemonSet")
    assert not found("disruption-budget-allows-nothing", daemons, budget("minAvailable: 1"))
    none = deployment(spec="replicas: 0")
    assert not found("disruption-budget-allows-nothing", none, budget("minAvailable: 1"))


def test_a_budget_and_the_quiet_hours() -> None:
    texts = (deployment(spec="replicas: 6"), budget("minAvailable: 2"))
    assert not found("disruption-budget-over-autoscaler", *texts)
    assert not found("disruption-budget-over-autoscaler", *texts, autoscaler(3))
    told = message("disruption-budget-over-autoscaler", *texts, autoscaler(2))
    assert "runs its minReplicas, 2" in told
    left_out = (deployment(), budget("minAvailable: 2"), autoscaler(2))
    assert found("disruption-budget-allows-nothing", *left_out)
    assert not found("disruption-budget-over-autoscaler", *left_out)


@pytest.mark.parametrize(
    ("selector", "is_found"),
    [
        ("{}", False),  # everything in the namespace
        ("{matchLabels: {app: web}}", False),
        ("{matchExpressions: [{key: app, operator: In, values: [web]}]}", False),
        ("{matchLabels: {app: web, tier: front}}", True),
        ("null", True),
    ],
)
def test_whom_a_budget_selects(selector: str, is_found: bool) -> None:
    texts = (deployment(), budget("maxUnavailable: 1", selector=selector))
    assert bool(found("disruption-budget-selects-nothing", *texts)) is is_found


def test_a_budget_among_no_workloads_is_passed_over() -> None:
    assert not found("disruption-budget-selects-nothing", budget("maxUnavailable: 1"))
    elsewhere = budget("maxUnavailable: 1").replace("name: web", "name: web\n  namespace: other")
    assert not found("disruption-budget-selects-nothing", deployment(), elsewhere)


def test_two_budgets_for_one_pod() -> None:
    all_of_them = budget("minAvailable: 1", name="all", selector="{}")
    texts = (deployment(spec="replicas: 3"), budget("maxUnavailable: 1"), all_of_them)
    (finding,) = found("disruption-budgets-overlap", *texts)
    assert finding.object == "PodDisruptionBudget/all"


def test_the_policy_for_broken_pods_came_with_a_version() -> None:
    text = budget("maxUnavailable: 1")
    assert found("disruption-budget-keeps-broken-pods", text, version=(1, 27))
    assert not found("disruption-budget-keeps-broken-pods", text, version=(1, 26))


@pytest.mark.parametrize(
    ("container", "spec", "annotations", "is_found"),
    [
        ("startupProbe: {failureThreshold: 60}", "", "", False),  # 600 of 600
        ("startupProbe: {failureThreshold: 61}", "", "", True),
        ("startupProbe: {failureThreshold: 60}", "minReadySeconds: 1", "", True),
        ("startupProbe: {failureThreshold: 99}", "", "seatrial.dev/start-time: 9m", False),
        ("", "", "seatrial.dev/start-time: 11m", True),
        ("readinessProbe: {initialDelaySeconds: 601}", "", "", True),
        ("readinessProbe: {periodSeconds: 100, successThreshold: 7}", "", "", False),
        ("readinessProbe: {periodSeconds: 101, successThreshold: 7}", "", "", True),
    ],
)
def test_a_deadline_and_what_a_start_may_take(
    container: str, spec: str, annotations: str, is_found: bool
) -> None:
    text = deployment(container, spec=spec, annotations=annotations)
    assert bool(found("progress-deadline-short", text)) is is_found


def test_a_default_deadline_counts_too() -> None:
    assert found("progress-deadline-refused", deployment(spec="minReadySeconds: 600"))
    assert not found("progress-deadline-refused", deployment(spec="minReadySeconds: 599"))


@pytest.mark.parametrize(
    ("pod", "is_found"),
    [
        ("nodeName: node-7", True),
        ("nodeSelector: {kubernetes.io/hostname: node-7}", True),
        ("nodeSelector: {disk: ssd}", False),
        (
            "affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution:"
            " [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}",
            True,
        ),
        (
            "affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution:"
            " [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: db}}}]}}",
            False,
        ),
        (
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:"
            " {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In,"
            " values: [a]}]}]}}}",
            True,
        ),
        (
            "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:"
            " {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In,"
            " values: [a, b]}]}]}}}",
            False,
        ),
    ],
)
def test_ties_to_one_node(pod: str, is_found: bool) -> None:
    assert bool(found("all-on-one-node", deployment(spec="replicas: 3", pod=pod))) is is_found
    assert not found("all-on-one-node", deployment(spec="replicas: 1", pod=pod))


def test_an_anti_affinity_to_others_spreads_nothing() -> None:
    term = (
        "affinity: {{podAntiAffinity: {{preferredDuringSchedulingIgnoredDuringExecution: [{{weight:"
        " 1, podAffinityTerm: {{topologyKey: kubernetes.io/hostname, labelSelector: {{matchLabels:"
        " {{app: {app}}}}}}}}}]}}}}"
    )
    own, other = (deployment(spec="replicas: 3", pod=term.format(app=app)) for app in ("web", "db"))
    assert found("spread-missing", other, SERVICE)
    assert not found("spread-missing", own, SERVICE)


def test_a_single_replica() -> None:
    assert found("single-replica", deployment(), SERVICE)
    assert not found("single-replica", deployment())
    assert not found("single-replica", deployment(spec="replicas: 0"), SERVICE)
    claim = "volumes: [{name: a, persistentVolumeClaim: {claimName: a}}]"
    assert not found("single-replica", deployment(pod=claim), SERVICE)
    (finding,) = found("single-replica", deployment(spec="replicas: 5"), SERVICE, autoscaler(1))
    assert (finding.object, finding.field) == ("HorizontalPodAutoscaler/web", "spec.minReplicas")
