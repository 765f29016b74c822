"""A probe asks a port by a name that none of the container's ports has.

Why it hurts: the kubelet looks the name up among the container's own ports. It finds none, so
every probe fails: the container never becomes ready, or is killed for ever.

Prove it: `seatrial verify --trial scale-up` waits for the first pod to become Ready, in vain.

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
            image: web:1.0
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: http

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
            image: web:1.0
            ports:
            - name: http
              containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: http
"""

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.probes import probes_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Container, Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        names = [each.get("name") for each in container.ports]
        for name, probe in probes_of(container):
            handler, action = probe.handler
            port = action.get("port")
            if handler in {"httpGet", "tcpSocket"} and isinstance(port, str) and port not in names:
                path = (*probe.path, handler, "port")
                yield Hit(
                    path,
                    f"{name} of container {container.name} asks port {port!r}, and"
                    f" {_told(container)}",
                    "give the port's number, or declare a port of this name",
                    _mend(path, port, container),
                )


def _told(container: Container) -> str:
    names = [str(each["name"]) for each in container.ports if each.get("name")]
    return f"its ports are called {', '.join(names)}" if names else "none of its ports has a name"


def _mend(path: tuple[str | int, ...], port: str, container: Container) -> tuple[Edit, ...]:
    if port.isascii() and port.isdecimal():
        return (SetField(path, int(port)),)
    numbers = [each.get("containerPort") for each in container.ports]
    only = numbers[0] if len(numbers) == 1 else None
    return (SetField(path, only),) if isinstance(only, int) else ()


RULE = Rule(
    code="SEA101",
    name="probe-port-name-unknown",
    severity=ERROR,
    summary="a probe asks a named port that the container does not have",
    check_workload=check,
)
