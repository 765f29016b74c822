"""A pre-stop hook tells the server to stop before any proxy has heard of it.

Why it hurts: the hook runs first of all: the server closes its listener earlier than SIGTERM
would have made it. The proxies go on sending for seconds, and every new connection is refused.

Prove it: `seatrial verify --trial drain-tolerance` finds the longest delay of the endpoint's
removal that loses nothing: here it is none.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: nginx:1.29
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
            lifecycle:
              preStop:
                exec:
                  command: [sh, -c, nginx -s quit]
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: nginx:1.29
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
            lifecycle:
              preStop:
                exec:
                  command: [sh, -c, sleep 5; nginx -s quit]
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080
"""

from seatrial.lint.commands import launch_of
from seatrial.lint.edits import Edit, SetField
from seatrial.lint.hooks import Hook, sleep_s
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.shell.tree import Simple
from seatrial.lint.stopping import WINDOW_S, stop_of
from seatrial.lint.workload import Workload

_KILLERS = frozenset({"kill", "pkill", "killall", "skill"})
_ENDING = frozenset({"TERM", "QUIT", "INT", "KILL", "15", "3", "2", "9", "WINCH", "28"})


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in world.inventory.serving_containers(workload):
        stop = stop_of(workload, container)
        found = _stops_first(stop.hook) if stop.hook is not None else None
        if stop.hook is None or found is None or stop.window_s:
            continue
        yield Hit(
            (*stop.hook.path, "exec", "command"),
            f"preStop of container {container.name} begins with {' '.join(found.words)!r}: it stops"
            " serving before any proxy has heard of the deletion",
            f"let the hook sleep {WINDOW_S} s first",
            _mend(stop.hook),
        )


def _stops_first(hook: Hook) -> Simple | None:
    """The command that stops the server, where none before it waits."""
    for command in hook.commands:
        if sleep_s(command.words) > 0:
            return None
        if _is_stop(command):
            return command
    return None


def _is_stop(command: Simple) -> bool:
    words = command.words[1:]
    match command.program:
        case "nginx" | "angie":
            return "-s" in words and bool({"quit", "stop"} & set(words))
        case "apachectl" | "apache2ctl" | "httpd" | "apache2":
            return "-k" in words and bool({"stop", "graceful-stop"} & set(words))
        case "caddy" | "unitd":
            return words[:1] == ("stop",)
        case program if program in _KILLERS:
            return _signal(words) in _ENDING
    return False


def _signal(words: tuple[str, ...]) -> str:
    """`TERM` of `-TERM`, `-s TERM`, `--signal=SIGTERM`, and of no option at all."""
    for at, word in enumerate(words):
        if word in {"-s", "--signal", "-n"}:
            return "".join(words[at + 1 : at + 2]).upper().removeprefix("SIG")
        if word.startswith("-") and word != "-":
            return word.removeprefix("--signal=").lstrip("-").upper().removeprefix("SIG")
    return "TERM"


def _mend(hook: Hook) -> tuple[Edit, ...]:
    script = launch_of(hook.words).script
    if script is None:
        return ()
    path = (*hook.path, "exec", "command", script.index)
    return (SetField(path, f"sleep {WINDOW_S}; {script.text}"),)


RULE = Rule(
    code="SEA301",
    name="pre-stop-stops-at-once",
    severity=WARNING,
    summary="a pre-stop hook stops the server before the proxies have heard",
    check_workload=check,
)
