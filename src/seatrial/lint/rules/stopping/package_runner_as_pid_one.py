"""A package runner is the container's process: npm, yarn, pnpm, go run, gradle, and their like.

`poetry run` and `pipenv run` take the program's place, and `uv run` passes signals on and waits:
they are passed over.

Why it hurts: such a runner starts the program below itself, often below one more shell. On
SIGTERM some pass nothing on, some do not wait for the program to end, and with the runner gone
the container is gone: requests in flight are cut, whatever the program's own handler would have
done.

Prove it: `seatrial verify --trial sigterm` shows who got the signal, the exit code and what was
left.

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
            command: [npm, run, start]

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
            - containerPort: 8080
            command: [node, server.js]
"""

from seatrial.lint.commands import container_launch, word_path
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Container, Workload

_INSTEAD = {
    "npm": "node", "npx": "node", "yarn": "node", "yarnpkg": "node", "pnpm": "node",
    "pnpx": "node", "corepack": "node", "nodemon": "node",
    "bun": "bun SCRIPT", "bunx": "bun SCRIPT", "go": "the built binary",
    "dotnet": "the built application (dotnet APP.dll)",
    "mvn": "java -jar", "mvnw": "java -jar", "gradle": "java -jar", "gradlew": "java -jar",
}  # fmt: skip


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in workload.containers:
        runner, index = _runner(container)
        if runner:
            yield Hit(
                word_path(container, index),
                f"{runner} starts what container {container.name} is for below itself, and does not"
                " reliably hand SIGTERM on and wait",
                f"start {_INSTEAD.get(runner, 'the program itself')} directly",
            )


def _runner(container: Container) -> tuple[str, int]:
    launch = container_launch(container)
    if launch is None:
        return "", 0
    return launch.runner, len(container.words) - len(launch.words)


RULE = Rule(
    code="SEA304",
    name="package-runner-as-pid-one",
    severity=WARNING,
    summary="a package runner stands between SIGTERM and the program",
    check_workload=check,
)
