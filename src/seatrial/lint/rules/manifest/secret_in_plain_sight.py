"""A variable that is called like a secret has its value in the manifest.

Why it hurts: the password is in the repository, in every copy of it, in `kubectl describe` and in
the logs of whatever prints its environment. Changing it is a release.

Prove it: nothing to run; read the manifest.

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
            - name: DB_PASSWORD
              value: hunter2

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
            - name: DB_PASSWORD
              valueFrom:
                secretKeyRef: {name: db, key: password}
"""

from seatrial.lint.manifest import mapping, sequence
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.secrecy import is_called_secret
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        for index, entry in enumerate(sequence(container.value.get("env"))):
            name, value = str(mapping(entry).get("name", "")), mapping(entry).get("value")
            if isinstance(value, str) and is_called_secret(name, value):
                yield Hit(
                    (*container.path, "env", index, "value"),
                    f"{name} of container {container.name} stands in the manifest as it is",
                    "put it into a Secret and refer to it with valueFrom.secretKeyRef",
                )


RULE = Rule(
    code="SEA803",
    name="secret-in-plain-sight",
    severity=WARNING,
    summary="a password or token as a plain environment variable",
    check_workload=check,
)
