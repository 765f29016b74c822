"""A well-known database runs without a volume where it keeps its data.

Known are the official images of PostgreSQL, MySQL, MariaDB, MongoDB, Cassandra, Elasticsearch,
RabbitMQ and others, while they run with their own command.

Why it hurts: the first crash, failed liveness probe or out-of-memory kill starts a new container
with an empty layer. The database comes up again, empty, reports that it is healthy, and the
application creates its tables anew.

Prove it: `seatrial verify --trial container-restart` writes, kills the container but not the pod,
and reads back.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: db
    spec:
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: postgres
            image: postgres:17

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: db
    spec:
      serviceName: db
      selector:
        matchLabels: {app: db}
      template:
        metadata:
          labels: {app: db}
        spec:
          containers:
          - name: postgres
            image: postgres:17
            volumeMounts:
            - name: data
              mountPath: /var/lib/postgresql/data
              subPath: pgdata
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 10Gi
"""

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.data._databases import databases_in
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container, directory, mount in databases_in(workload):
        if mount is None:
            yield Hit(
                (*container.path, "volumeMounts"),
                f"image {container.image} keeps its data in {directory}, where no volume is"
                " mounted: every restart of the container begins with an empty database",
                f"make it a StatefulSet with a volumeClaimTemplate mounted at {directory}",
            )


RULE = Rule(
    code="SEA401",
    name="database-without-volume",
    severity=ERROR,
    summary="a well-known database has no volume for its data",
    check_workload=check,
)
