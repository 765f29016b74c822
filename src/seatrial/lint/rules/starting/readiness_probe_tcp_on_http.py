"""A readiness probe only opens a connection to a port that speaks HTTP.

The port speaks HTTP where its name or the Service's port says so, or where another probe asks it
by HTTP.

Why it hurts: the kernel accepts connections as soon as the socket listens, and goes on accepting
them while the application is stuck, still loads, or answers every request with an error. The pod
is Ready and its clients get 503, or nothing.

Prove it: `seatrial verify --trial ready-means-ready` asks each pod directly the moment it turns
Ready and counts the errors of the first second.

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
            - name: http
              containerPort: 8080
            readinessProbe:
              tcpSocket:
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

from collections.abc import Iterator

from seatrial.lint.probes import probes_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Container, Workload

_PROTOCOLS = frozenset({"http", "https", "kubernetes.io/h2c", "kubernetes.io/ws"})


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        probe = container.probe("readinessProbe")
        if probe is None or probe.handler[0] != "tcpSocket":
            continue
        port = container.port_number(probe.handler[1].get("port"))
        reason = next(_reasons(workload, world, container, port), None)
        if port is not None and reason is not None:
            yield Hit(
                (*probe.path, "tcpSocket"),
                f"the readiness probe of container {container.name} only connects to port {port},"
                f" and {reason}",
                "use httpGet with a page that answers when the server can",
            )


def _reasons(
    workload: Workload, world: World, container: Container, port: int | None
) -> Iterator[str]:
    for each in container.ports:
        if each.get("containerPort") == port and _says_http(each.get("name")):
            yield f"the port is called {each['name']}"
    for served in world.inventory.served_ports(workload):
        if served.number == port:
            protocol = served.port.get("appProtocol")
            if protocol in _PROTOCOLS:
                yield f"{served.service.object} says that it speaks {protocol}"
            elif _says_http(served.port.get("name")):
                yield f"{served.service.object} calls it {served.port['name']}"
    for name, probe in probes_of(container):
        handler, action = probe.handler
        if handler == "httpGet" and container.port_number(action.get("port")) == port:
            yield f"its {name} asks the same port by HTTP"


def _says_http(name: object) -> bool:
    """`http`, `https`, `http-api`: the way ports are named after their protocol."""
    return isinstance(name, str) and name.partition("-")[0] in {"http", "https", "http2"}


RULE = Rule(
    code="SEA101",
    name="readiness-probe-tcp-on-http",
    severity=WARNING,
    summary="a readiness probe only connects to an HTTP port",
    check_workload=check,
)
