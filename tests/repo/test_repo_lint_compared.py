"""The page that compares lint with other linters is complete, and true of the rules there are."""

from pathlib import Path

import pytest

from seatrial.lint.registry import built_in_rules

PAGE = Path(__file__).parents[2] / "docs/reference/lint/compared.md"

# kube-linter 35de568, docs/generated/checks.md: all that are built in.
KUBE_LINTER_CHECKS = """
access-to-create-pods access-to-secrets cluster-admin-role-binding dangling-horizontalpodautoscaler
dangling-ingress dangling-networkpolicy dangling-networkpolicypeer-podselector dangling-service
dangling-servicemonitor default-service-account deprecated-service-account-field dnsconfig-options
docker-sock drop-net-raw-capability duplicate-env-var env-value-from env-var-secret exposed-services
host-ipc host-network host-pid hpa-minimum-three-replicas invalid-target-ports
job-ttl-seconds-after-finished latest-tag liveness-port minimum-three-replicas mismatching-selector
no-anti-affinity no-extensions-v1beta no-liveness-probe no-node-affinity no-read-only-root-fs
no-readiness-probe no-rolling-update-strategy non-existent-service-account non-isolated-pod
pdb-max-unavailable pdb-min-available pdb-unhealthy-pod-eviction-policy priority-class-name
privilege-escalation-container privileged-container privileged-ports read-secret-from-env-var
readiness-port required-annotation-email required-label-owner restart-policy run-as-non-root
scc-deny-privileged-container schema-validation sensitive-host-mounts sorted-keys ssh-port
startup-port unsafe-proc-mount unsafe-sysctls unset-cpu-requirements unset-memory-requirements
use-namespace wildcard-in-rules writable-host-mount
"""

# kube-score 06dedc9, README_CHECKS.md: all.
KUBE_SCORE_CHECKS = """
deployment-strategy deployment-replicas ingress-targets-service cronjob-has-deadline
cronjob-restartpolicy container-resources container-resource-requests-equal-limits
container-cpu-requests-equal-limits container-memory-requests-equal-limits container-image-tag
container-image-pull-policy container-ephemeral-storage-request-and-limit
container-ephemeral-storage-request-equals-limit container-ports-check
environment-variable-key-duplication statefulset-has-poddisruptionbudget
deployment-has-poddisruptionbudget poddisruptionbudget-has-policy pod-networkpolicy
networkpolicy-targets-pod pod-probes pod-probes-identical
container-security-context-user-group-id container-security-context-privileged
container-security-context-readonlyrootfilesystem container-seccomp-profile service-targets-pod
service-type stable-version deployment-has-host-podantiaffinity
statefulset-has-host-podantiaffinity deployment-targeted-by-hpa-does-not-have-replicas-configured
statefulset-has-servicename deployment-pod-selector-labels-match-template-metadata-labels
statefulset-pod-selector-labels-match-template-metadata-labels label-values
horizontalpodautoscaler-has-target horizontalpodautoscaler-replicas pod-topology-spread-constraints
"""

KUBE_LINTER, KUBE_SCORE = KUBE_LINTER_CHECKS.split(), KUBE_SCORE_CHECKS.split()


def section(name: str) -> str:
    text = PAGE.read_text()
    return text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table; heads and lines below them left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [each for each in cells if each[0] not in ("their rule", "what", "---")]


def quoted(text: str) -> list[str]:
    return text.split("`")[1::2]


def linked(text: str) -> list[str]:
    """Names of pages beside this one that the text links to."""
    targets = [part.partition(")")[0] for part in text.split("](")[1:]]
    return [each.removesuffix(".md") for each in targets if "/" not in each]


@pytest.mark.parametrize(
    ("linter", "checks"), [("kube-linter", KUBE_LINTER), ("kube-score", KUBE_SCORE)]
)
def test_every_check_of_theirs_has_one_row(linter: str, checks: list[str]) -> None:
    theirs = [name for row in rows(section(linter)) for name in quoted(row[0])]
    assert [name for name in theirs if theirs.count(name) > 1] == []
    assert set(checks) <= set(theirs)


def test_the_lists_are_as_long_as_theirs() -> None:
    assert (len(set(KUBE_LINTER)), len(set(KUBE_SCORE))) == (63, 39)


def test_every_rule_of_ours_is_registered() -> None:
    names = {rule.name for rule in built_in_rules()}
    assert sorted(set(linked(PAGE.read_text())) - names) == []


def test_no_rule_of_theirs_is_left_out_without_a_reason() -> None:
    compared = [
        *rows(section("kube-linter")),
        *rows(section("kube-score")),
        *rows(section("Others")),
    ]
    assert [
        row for row in compared if not linked(row[1]) and not (row[1] == "none" and row[2])
    ] == []


def test_what_no_other_linter_finds_is_no_row_above() -> None:
    ours = {name for row in rows(section("What no other linter finds")) for name in linked(row[1])}
    theirs = {name for row in rows(section("kube-score")) for name in linked(row[1])}
    theirs |= {name for row in rows(section("kube-linter")) for name in linked(row[1])}
    assert ours
    # These look at the same fields as a rule of theirs, which only asks whether they are there.
    assert ours & theirs <= {
        "rolling-update-takes-all", "rolling-update-cannot-move", "service-port-undeclared",
        "key-missing", "spread-selects-others", "empty-dir-beyond-limit",
    }  # fmt: skip
