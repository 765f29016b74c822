"""An init container talks to a port of a container that starts after it.

Why it hurts: the main containers of a pod start when all init containers have ended. A migration
that goes through a database proxy beside the application finds nobody on localhost, fails, and is
tried again for ever.

Prove it: `seatrial verify --trial start-alone`: no pod leaves Init.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      initContainers:
      - name: migrate
        image: shop:1.0
        args: [migrate]
        env:
        - name: DATABASE_URL
          value: postgres://localhost:5432/shop
      containers:
      - name: shop
        image: shop-web:1.0
      - name: proxy
        image: db-proxy:1.0
        ports:
        - containerPort: 5432

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      initContainers:
      - name: proxy
        image: db-proxy:1.0
        restartPolicy: Always
        ports:
        - containerPort: 5432
        startupProbe:
          tcpSocket:
            port: 5432
      - name: migrate
        image: shop:1.0
        args: [migrate]
        env:
        - name: DATABASE_URL
          value: postgres://localhost:5432/shop
      containers:
      - name: shop
        image: shop-web:1.0
"""

from collections.abc import Iterable, Iterator

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.texts import Text, hosts_in, texts_in
from seatrial.lint.workload import Container, Workload

SIDECARS_SINCE = (1, 29)  # on by default
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def check(workload: Workload, world: World) -> Hits:
    if not workload.pod_spec.get("initContainers"):
        return
    later = {port: each for each in workload.main_containers for port in _ports(each)}
    for container, texts in texts_in(workload, world.inventory):
        if container.role == "sidecar":
            later = {port: each for port, each in later.items() if port not in _ports(container)}
        if container.role != "init":
            continue
        for text, port in _local_ports(texts):
            owner = later.get(port)
            if owner is not None and owner.image != container.image:
                yield Hit(
                    text.field,
                    f"init container {container.name} talks to localhost:{port}, which container"
                    f" {owner.name} serves, and that starts only afterwards",
                    _advice(owner.name, world.kubernetes_version),
                )


def _advice(name: str, version: tuple[int, int]) -> str:
    if version < SIDECARS_SINCE:
        return f"do it in a main container, where {name} is there too"
    return f"make {name} a sidecar: an init container with restartPolicy: Always, before this one"


def _ports(container: Container) -> Iterator[int]:
    for each in container.ports:
        if isinstance(each.get("containerPort"), int):
            yield each["containerPort"]


def _local_ports(texts: Iterable[Text]) -> Iterator[tuple[Text, int]]:
    for text in texts:
        if "localhost" in text.text or "127.0.0.1" in text.text or "::1" in text.text:
            for host in hosts_in(text.text):
                if host.name in _LOCAL and host.port is not None:
                    yield text, host.port


RULE = Rule(
    code="SEA604",
    name="init-needs-sidecar",
    severity=WARNING,
    summary="an init container talks to a container that starts after it",
    check_workload=check,
)
