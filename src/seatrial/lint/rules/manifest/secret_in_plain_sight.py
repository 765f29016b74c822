"""A variable or an option that is called like a secret has its value in the manifest, or a URL has
a password in it.

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

from collections.abc import Iterator

from seatrial.lint.manifest import FieldPath
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.secrecy import is_called_secret, password_in
from seatrial.lint.texts import texts_of
from seatrial.lint.workload import Container, Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        for path, what in _secrets(container):
            yield Hit(
                path,
                f"{what} of container {container.name} stands in the manifest as it is",
                "put it into a Secret and refer to it with valueFrom.secretKeyRef",
            )


def _secrets(container: Container) -> Iterator[tuple[FieldPath, str]]:
    for text in texts_of(container):
        option, found, value = text.text.partition("=")
        if text.name and is_called_secret(text.name, text.text):
            yield text.field, text.name
        elif password_in(text.text):
            yield text.field, f"the password in {text.name or 'a URL'}"
        elif not text.name and found and _is_option(option) and is_called_secret(option, value):
            yield text.field, option


def _is_option(word: str) -> bool:
    return word.startswith("-") and " " not in word


RULE = Rule(
    code="SEA803",
    name="secret-in-plain-sight",
    severity=WARNING,
    summary="a password or token in a plain variable, argument or URL",
    check_workload=check,
)
