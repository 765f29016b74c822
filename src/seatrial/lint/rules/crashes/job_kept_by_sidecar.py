"""A Job never completes, because a proxy or an agent beside its work never ends.

Known are well-known proxies, agents and servers by the names of their images. Passed over: pods
whose containers can end each other (`shareProcessNamespace`, `/quitquitquit`, `pkill`).

Why it hurts: a Job is complete when all its main containers have exited. The work is done, the
proxy runs on; the Job is active for ever, and a CronJob starts no other, or one more each time.

Prove it: run it, and wait: `kubectl wait --for=condition=complete` never returns.

Bad:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: migrate
            image: shop:1.0
          - name: proxy
            image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18.0

Good:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: migrate
    spec:
      template:
        spec:
          restartPolicy: Never
          initContainers:
          - name: proxy
            image: gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.18.0
            restartPolicy: Always
          containers:
          - name: migrate
            image: shop:1.0
"""

from seatrial.lint.images import image_parts
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.texts import texts_of_workload
from seatrial.lint.workload import Workload

SIDECARS_SINCE = (1, 29)  # on by default
_ENDLESS = frozenset(
    {"cloud-sql-proxy", "gce-proxy", "proxyv2", "envoy", "pgbouncer", "alloydb-auth-proxy"}
    | {"fluent-bit", "fluentd", "filebeat", "promtail", "vector", "telegraf", "vault"}
    | {"opentelemetry-collector", "opentelemetry-collector-contrib", "jaeger-agent", "daprd"}
    | {"nginx", "haproxy", "redis", "valkey", "memcached", "postgres", "mysql", "mongo"}
)
_ENDINGS = ("quitquitquit", "pkill", "killall", "kill ", "/shutdown", "--exit-when")


def check(workload: Workload, world: World) -> Hits:
    main = workload.main_containers
    if workload.is_lasting or len(main) < 2 or workload.pod_spec.get("shareProcessNamespace"):
        return
    if any(each in text.text for text in texts_of_workload(workload) for each in _ENDINGS):
        return
    for container in main:
        name = image_parts(container.image)[0].rpartition("/")[2]
        if name in _ENDLESS and not container.value.get("command"):
            yield Hit(
                container.path,
                f"container {container.name} ({name}) never ends, and the Job is not complete"
                " before it has",
                "make it a sidecar: an init container with restartPolicy: Always, which is ended"
                " when the work is done"
                if world.kubernetes_version >= SIDECARS_SINCE
                else "have the work end it when it is done",
            )


RULE = Rule(
    code="SEA702",
    name="job-kept-by-sidecar",
    severity=WARNING,
    summary="a Job never completes because of what runs beside its work",
    check_workload=check,
)
