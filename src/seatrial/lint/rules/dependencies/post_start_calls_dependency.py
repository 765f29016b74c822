"""A post-start hook calls something outside of its pod.

Why it hurts: when the hook fails the container is killed and started again, with back-off. A
registry or a database that is away for a moment makes a crash loop of every start.

Prove it: `seatrial verify --trial start-alone` starts the application without its dependency.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
            lifecycle:
              postStart:
                exec:
                  command: [curl, -fsS, -m, "5", "http://registry/register"]

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
            env:
            - name: REGISTRY_URL
              value: http://registry/register
"""

from seatrial.lint.hooks import hook_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.dependencies._outside import hosts_called
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        hook = hook_of(container, "postStart")
        if hook is None or not hook.words or "|| true" in " ".join(hook.words):
            continue
        for host in hosts_called(hook.words, container):
            yield Hit(
                hook.path,
                f"the post-start hook of container {container.name} calls {host}: without {host}"
                " the container is killed and started again, with back-off",
                "do it in the application, which can try again",
            )


RULE = Rule(
    code="SEA601",
    name="post-start-calls-dependency",
    severity=WARNING,
    summary="a post-start hook calls something outside of its pod",
    check_workload=check,
)
