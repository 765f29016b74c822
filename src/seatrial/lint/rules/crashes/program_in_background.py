"""The script of a container runs several programs, and nobody notices when one of them dies.

`cron & exec nginx`, `app & worker & wait`. Passed over: scripts with `wait -n`, which ends with the
first that ends.

Why it hurts: the container ends when its first process ends. A program in the background that dies
leaves half a container: it is Running, the pod is Ready, no restart is counted, and part of the
work is not done until somebody misses it.

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
            command: [sh, -c, "shop-worker & exec shop-web"]

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

from seatrial.lint.commands import launch_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.crashes._programs import is_application
from seatrial.lint.running import Running, script_run_by
from seatrial.lint.shell.tree import Items, Simple, simple_commands
from seatrial.lint.workload import Container, Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in workload.main_containers:
        running = script_run_by(workload, container, world.inventory)
        if running is not None and "&" in running.text:
            yield from _in_script(container, running)


def _in_script(container: Container, running: Running) -> Hits:
    items = running.items
    background = _applications(items, is_background=True)
    others = _applications(items[-1:], is_background=False)
    ends_with_first = any(each.words[:2] == ("wait", "-n") for each in simple_commands(items))
    if background and len(background) + len(others) > 1 and not ends_with_first:
        yield Hit(
            running.field,
            f"{background[0]} runs in the background of container {container.name}: when it dies"
            " the container is Running all the same",
            "give it a container of its own, or end the script with `wait -n`",
            manifest=running.manifest,
        )


def _applications(items: Items, *, is_background: bool) -> list[str]:
    """The programs of these items that run in the background, or in the foreground."""
    found = []
    for item in items:
        commands = item.pipelines[-1].commands if item.is_background == is_background else ()
        for command in commands[:1]:
            inner = launch_of(command.words) if isinstance(command, Simple) else None
            if inner is not None and is_application(inner.program):
                found.append(inner.program)
    return found


RULE = Rule(
    code="SEA702",
    name="program-in-background",
    severity=WARNING,
    summary="nobody notices when a program in the background dies",
    check_workload=check,
)
