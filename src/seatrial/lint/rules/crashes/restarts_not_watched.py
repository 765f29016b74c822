"""There are alerts among the manifests, and none of them is about pods that restart or are missing.

Only when asked for: such alerts often come with the cluster and not with the application.

Why it hurts: a replica that crashes for ever is never replaced by another one. With two of three
left nothing fails, until the second one goes as well.

Prove it: `seatrial verify --trial dead-replica` makes one replica crash for ever, and shows how
that can be seen.

Bad:
    apiVersion: monitoring.coreos.com/v1
    kind: PrometheusRule
    metadata:
      name: shop
    spec:
      groups:
      - name: shop
        rules:
        - alert: ShopErrors
          expr: rate(shop_errors_total[5m]) > 1

Good:
    apiVersion: monitoring.coreos.com/v1
    kind: PrometheusRule
    metadata:
      name: shop
    spec:
      groups:
      - name: shop
        rules:
        - alert: ShopErrors
          expr: rate(shop_errors_total[5m]) > 1
        - alert: ShopRestarts
          expr: increase(kube_pod_container_status_restarts_total{container="shop"}[15m]) > 3
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World

_SIGNS = (
    "status_restarts_total", "waiting_reason", "replicas_unavailable", "replicas_available",
    "kube_pod_status_ready", "kube_pod_status_phase", "CrashLoop",
)  # fmt: skip


def check(manifest: Manifest, world: World) -> Hits:
    rules = world.inventory.of_kind("PrometheusRule")
    if manifest is not rules[0]:
        return  # said once
    if not any(sign in str(each.spec) for each in rules for sign in _SIGNS):
        yield Hit(
            ("spec", "groups"),
            "no alert is about containers that restart, or about missing replicas",
            "add one on increase(kube_pod_container_status_restarts_total[15m])",
        )


RULE = Rule(
    code="SEA703",
    name="restarts-not-watched",
    severity=INFO,
    summary="no alert is about containers that restart",
    check_manifest=check,
    kinds=frozenset({"PrometheusRule"}),
    is_default=False,
)
