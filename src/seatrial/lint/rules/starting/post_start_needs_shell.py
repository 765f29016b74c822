"""A postStart hook runs a shell or a tool in an image that has none.

The image's name says so: distroless, scratch, static.

Why it hurts: the hook cannot be run, so the kubelet kills the container (`FailedPostStartHook`)
and starts it again, for ever: the application never gets to serve.

Prove it: `seatrial verify --trial post-start-fails` shows what a failed hook does to the
container.

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
            image: gcr.io/distroless/python3-debian12
            ports:
            - containerPort: 8080
            lifecycle:
              postStart:
                exec:
                  command: [sh, -c, touch /tmp/started]

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
            image: gcr.io/distroless/python3-debian12
            ports:
            - containerPort: 8080
            lifecycle:
              postStart:
                httpGet:
                  path: /started
                  port: 8080
"""

from seatrial.lint.hooks import hook_of
from seatrial.lint.images import lacks_shell, needs_tools
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        hook = hook_of(container, "postStart")
        if hook is not None and needs_tools(hook.words) and lacks_shell(container):
            yield Hit(
                (*hook.path, "exec", "command"),
                f"postStart of container {container.name} runs {hook.words[0]}, and image"
                f" {container.image} has neither shell nor tools",
                "do it in the application, by an httpGet hook, or in an init container",
            )


RULE = Rule(
    code="SEA104",
    name="post-start-needs-shell",
    severity=ERROR,
    summary="a postStart hook needs a shell that the image does not have",
    check_workload=check,
)
