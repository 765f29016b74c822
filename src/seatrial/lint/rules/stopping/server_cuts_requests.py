"""The server itself gives up requests before the longest one could end.

The longest request is declared by the annotation `seatrial.dev/longest-request`; the server's
limit is read from its command and variables. hypercorn gives up after 3 seconds unless it is told
otherwise, gunicorn after 30.

Why it hurts: the pod may have minutes to stop: the server cuts what is in flight after its own
limit all the same, at every deletion.

Prove it: `seatrial verify --trial in-flight` stops pods under long requests and counts those that
are cut.

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
          annotations:
            seatrial.dev/longest-request: 10s
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            command: [hypercorn, 'app:app']
            readinessProbe:
              httpGet:
                path: /
                port: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080

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
          annotations:
            seatrial.dev/longest-request: 10s
        spec:
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            command: [hypercorn, --graceful-timeout, '15', 'app:app']
            readinessProbe:
              httpGet:
                path: /
                port: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080
"""

from seatrial.lint.declared import declared_by
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.servers import limit_of
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    longest_s = declared_by(workload).longest_request_s
    if longest_s is None or not workload.is_lasting:
        return
    for container in workload.main_containers:
        limit = limit_of(container)
        if limit is not None and limit.seconds < longest_s:
            by = limit.said_by or "its default"
            yield Hit(
                container.path,
                f"{limit.server} in container {container.name} cuts requests {limit.seconds:g} s"
                f" after SIGTERM ({by}), and the longest one takes {longest_s:g} s",
                "give the server more time than the longest request takes",
            )


RULE = Rule(
    code="SEA302",
    name="server-cuts-requests",
    severity=ERROR,
    summary="the server gives up requests before the longest one could end",
    check_workload=check,
)
