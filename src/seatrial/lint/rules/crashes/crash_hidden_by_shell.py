"""The shell of a container lives on when its application has died.

Its script starts the application and ends with `tail -f` or `sleep infinity`, or starts it again
and again in a loop of its own.

Why it hurts: Kubernetes watches the first process of the container, which is the shell. The
container is Running, nothing is restarted, the count of restarts stays 0, and nothing serves. In a
loop of its own the application is started again without back-off, and nobody is told that it
crashes.

Prove it: `seatrial verify --trial crash` kills the application and waits for the container to end.

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
            command: [sh, -c, "shop --daemon && tail -f /var/log/shop.log"]

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
            command: [sh, -c, "exec shop --log=/dev/stdout"]
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.crashes._programs import is_application
from seatrial.lint.running import Running, script_run_by
from seatrial.lint.shell.tree import Items, Loop, Simple, commands_in, simple_commands
from seatrial.lint.workload import Container, Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in workload.main_containers:
        running = script_run_by(workload, container, world.inventory)
        if running is not None:
            yield from _in_script(container, running)


def _in_script(container: Container, running: Running) -> Hits:
    reason = _keeps_up(running.items) or _starts_again(running.items)
    if reason:
        yield Hit(
            running.field,
            f"container {container.name} is Running when its application has died: {reason}",
            "exec the application in the foreground, and let Kubernetes start it again",
            manifest=running.manifest,
        )


def _keeps_up(items: Items) -> str:
    """The script ends with a command that never ends, after an application."""
    commands = list(simple_commands(items))
    last = commands[-1] if commands else Simple((), 0, 0)
    has_application = any(is_application(each.program) for each in commands[:-1])
    return f"the script ends with `{' '.join(last.words)}`" * (has_application and _is_idle(last))


def _is_idle(command: Simple) -> bool:
    words = command.words[1:]
    if command.program == "tail":
        return any(word.startswith(("-f", "-F", "--follow")) for word in words)
    return command.program == "sleep" and words[:1] in {("infinity",), ("inf",)}


def _starts_again(items: Items) -> str:
    """`while true; do app; done`: a loop without an end around an application, without a pause."""
    for command in commands_in(items):
        if not isinstance(command, Loop) or command.word not in {"while", "until"}:
            continue
        condition = [each.words for each in simple_commands(command.condition)]
        body = list(simple_commands(command.body))
        if condition not in ([("true",)], [(":",)]) or len(body) != 1:
            continue
        if is_application(body[0].program):
            return f"the script starts {body[0].program} again by itself"
    return ""


RULE = Rule(
    code="SEA703",
    name="crash-hidden-by-shell",
    severity=WARNING,
    summary="the shell of a container lives on when its application has died",
    check_workload=check,
)
