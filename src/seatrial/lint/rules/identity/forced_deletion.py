"""A script deletes pods by force: `kubectl delete pod ... --force --grace-period=0`.

Looked at are commands, arguments and hooks of all workloads, and the scripts in ConfigMaps.

Why it hurts: a forced deletion removes the object at once and does not wait for the process. A
StatefulSet then makes the member anew while the old one may live on: two processes with one name
and one volume. In every workload it cuts what is in flight.

Prove it: `seatrial verify --trial twins` deletes by force while the old process lives on.

Bad:
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: nightly-restart
    spec:
      schedule: "0 3 * * *"
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: OnFailure
              containers:
              - name: kubectl
                image: kubectl:1.37
                command: [kubectl, delete, pod, db-0, --force, --grace-period=0]

Good:
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: nightly-restart
    spec:
      schedule: "0 3 * * *"
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: OnFailure
              containers:
              - name: kubectl
                image: kubectl:1.37
                command: [kubectl, rollout, restart, statefulset/db]
"""

from collections.abc import Iterator, Sequence

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, Manifest, mapping
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.identity._deletions import forced_deletions_in, is_forced_deletion
from seatrial.lint.texts import Text, texts_in
from seatrial.lint.workload import TEMPLATES, Container, workload_of


def check(manifest: Manifest, world: World) -> Hits:
    for field, command in _deletions(manifest, world.inventory):
        yield Hit(
            field,
            f"`{command}` frees the pod's name while its process may still run",
            "delete without --force; restart with `kubectl rollout restart`",
        )


def _deletions(manifest: Manifest, inventory: Inventory) -> Iterator[tuple[FieldPath, str]]:
    workload = workload_of(manifest)
    if workload is not None:
        for container, texts in texts_in(workload, inventory):
            yield from _in_container(container, texts)
        return
    for key, value in mapping(manifest.value.get("data")).items():
        if isinstance(value, str):
            yield from ((("data", str(key)), each) for each in forced_deletions_in(value))


def _in_container(container: Container, texts: Sequence[Text]) -> Iterator[tuple[FieldPath, str]]:
    if not any("--force" in text.text for text in texts):
        return
    if is_forced_deletion(container.words):
        yield (*container.path, "command"), " ".join(container.words)
    for text in texts:
        yield from ((text.field, each) for each in forced_deletions_in(text.text))


RULE = Rule(
    code="SEA503",
    name="forced-deletion",
    severity=ERROR,
    summary="a script deletes pods by force",
    check_manifest=check,
    kinds=frozenset({"ConfigMap", *TEMPLATES}),
)
