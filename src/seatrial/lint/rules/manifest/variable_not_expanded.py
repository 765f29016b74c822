"""A variable refers to another one that is set after it.

Why it hurts: `$(NAME)` is replaced only where NAME stands before it. Else the container gets the
text `$(NAME)` as it is, and connects to a host of that name.

Prove it: `kubectl exec POD -- env`.

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
            env:
            - {name: DB_URL, value: "postgres://$(DB_HOST)/shop"}
            - {name: DB_HOST, value: db}

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
            env:
            - {name: DB_HOST, value: db}
            - {name: DB_URL, value: "postgres://$(DB_HOST)/shop"}
"""

from collections.abc import Iterator

from seatrial.lint.manifest import mapping, sequence
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        entries = [mapping(each) for each in sequence(container.value.get("env"))]
        names = [str(each.get("name")) for each in entries]
        # What a ConfigMap or Secret brings as a whole is there before all of them.
        is_all_known = not sequence(container.value.get("envFrom"))
        for index, entry in enumerate(entries):
            later = set(names[index + 1 :]) - set(names[:index]) - {str(entry.get("name"))}
            for name in _references(entry.get("value")):
                if is_all_known and name in later:
                    yield Hit(
                        (*container.path, "env", index, "value"),
                        f"{entry.get('name')} refers to {name}, which is set after it: the"
                        f" container gets the text $({name})",
                        f"set {name} first",
                    )


def _references(value: object) -> Iterator[str]:
    """The names in `$(NAME)`; `$$(NAME)` is not one."""
    if not isinstance(value, str):
        return
    rest = value.replace("$$", "")
    while "$(" in rest:
        _, _, rest = rest.partition("$(")
        name, closed, rest = rest.partition(")")
        if closed:
            yield name


RULE = Rule(
    code="SEA816",
    name="variable-not-expanded",
    severity=ERROR,
    summary="a variable that refers to one that is set after it",
    check_workload=check,
)
