"""A supervisor runs in the container and starts crashed programs again by itself.

Known are supervisord, s6-svscan, runsvdir, monit, circusd, pm2, forever and god, as the
container's command.

Why it hurts: Kubernetes sees the supervisor, which never ends. A program that crashes every second
leaves the count of restarts at 0, the pod Ready where no probe asks that program, and no event;
and all programs share one memory limit and one life.

Prove it: `seatrial verify --trial half-dead` kills one program and asks whether anybody noticed.

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
            command: [supervisord, -n, -c, /etc/supervisord.conf]

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
          - name: web
            image: shop:1.0
            command: [shop-web]
          - name: worker
            image: shop:1.0
            command: [shop-worker]
"""

from seatrial.lint.commands import container_launch, programs_in
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

_SUPERVISORS = frozenset(
    {"supervisord", "s6-svscan", "runsvdir", "monit", "circusd", "pm2", "pm2-runtime", "forever"}
    | {"god"}
)


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in workload.main_containers:
        if container_launch(container) is None:
            continue
        programs = {each.program for each in programs_in(container.words)}
        for program in sorted(programs & _SUPERVISORS):
            yield Hit(
                (*container.path, "command"),
                f"{program} starts crashed programs of container {container.name} again, and"
                " Kubernetes is not told",
                "give each program a container of its own",
            )


RULE = Rule(
    code="SEA703",
    name="supervisor-hides-crash",
    severity=INFO,
    summary="a supervisor in the container hides crashes",
    check_workload=check,
)
