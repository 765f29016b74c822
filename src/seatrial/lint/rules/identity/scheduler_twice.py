"""A program that must run once, runs twice: by its replicas, or during every rollout.

Known are `celery beat`, `rqscheduler`, `clockwork` and `sidekiq-scheduler`: each starts every job
of its timetable, and knows of no other.

Why it hurts: with two of them every job is started twice. A rolling update runs the old and the
new one side by side, for as long as the new one takes to become Ready and the old one to stop.

Prove it: `seatrial verify --trial twins` runs two and counts what is done twice.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: beat
    spec:
      replicas: 1
      selector:
        matchLabels: {app: beat}
      template:
        metadata:
          labels: {app: beat}
        spec:
          containers:
          - name: beat
            image: shop:1.0
            command: [celery, -A, shop, beat]

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: beat
    spec:
      replicas: 1
      strategy:
        type: Recreate
      selector:
        matchLabels: {app: beat}
      template:
        metadata:
          labels: {app: beat}
        spec:
          containers:
          - name: beat
            image: shop:1.0
            command: [celery, -A, shop, beat]
"""

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.manifest import mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import SCALABLE, Container, Workload

_ALONE = frozenset({"rqscheduler", "clockwork", "sidekiq-scheduler"})
_STRATEGY = ("spec", "strategy")


def check(workload: Workload, world: World) -> Hits:
    if workload.kind not in SCALABLE:
        return
    for container in workload.main_containers:
        program = _runs_once(container)
        if program:
            yield from _twice(workload, program, world.inventory.replicas_at_most(workload) or 0)
            return


def _runs_once(container: Container) -> str:
    words = [word for text in container.words for word in text.split()]
    programs = {word.rpartition("/")[2] for word in words}
    if "celery" in programs and ("beat" in words or "-B" in words or "--beat" in words):
        return "celery beat"
    return next(iter(sorted(programs & _ALONE)), "")


def _twice(workload: Workload, program: str, replicas: int) -> Hits:
    strategy = mapping(workload.manifest.spec.get("strategy"))
    if replicas > 1:
        yield Hit(
            ("spec", "replicas"),
            f"{program} runs {replicas} times: every job of its timetable is started by each",
            "run one replica of it, apart from the workers",
        )
    elif workload.kind == "Deployment" and replicas and strategy.get("type") != "Recreate":
        surge = mapping(strategy.get("rollingUpdate")).get("maxSurge", "25%")
        edits: tuple[Edit, ...] = (SetField(_STRATEGY, {"type": "Recreate"}),)
        if surge not in (0, "0%"):
            yield Hit(
                _STRATEGY,
                f"every rollout runs {program} twice until the new pod is Ready",
                "set strategy.type to Recreate",
                edits,
            )


RULE = Rule(
    code="SEA503",
    name="scheduler-twice",
    severity=WARNING,
    summary="a program that must run once runs twice",
    check_workload=check,
)
