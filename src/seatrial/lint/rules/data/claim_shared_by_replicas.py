"""Several pods want one claim that a single node, or a single pod, may use at a time.

Why it hurts: `ReadWriteOnce` lets one node attach the volume. Pods that are placed on another one
wait in ContainerCreating with "Multi-Attach error" for ever; under `ReadWriteOncePod` the second
pod is not even placed. Where all of them happen to land on one node, several processes write to
one file system that they believe to be theirs.

Prove it: `seatrial verify --trial relocation` shows pods that never become Ready, and data that
two writers share.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: wiki
    spec:
      replicas: 3
      selector:
        matchLabels: {app: wiki}
      template:
        metadata:
          labels: {app: wiki}
        spec:
          containers:
          - name: wiki
            image: wiki:1.0
            volumeMounts:
            - name: pages
              mountPath: /pages
          volumes:
          - name: pages
            persistentVolumeClaim:
              claimName: pages
    ---
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata:
      name: pages
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests:
          storage: 1Gi

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: wiki
    spec:
      serviceName: wiki
      replicas: 3
      selector:
        matchLabels: {app: wiki}
      template:
        metadata:
          labels: {app: wiki}
        spec:
          containers:
          - name: wiki
            image: wiki:1.0
            volumeMounts:
            - name: pages
              mountPath: /pages
      volumeClaimTemplates:
      - metadata:
          name: pages
        spec:
          accessModes: [ReadWriteOnce]
          resources:
            requests:
              storage: 1Gi
"""

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.data._claims import is_kept_on_one_node, single_node_claims
from seatrial.lint.workload import Workload

_WAYS_OUT = (
    "make it a StatefulSet with a volumeClaimTemplate, so that each replica has its own, or use"
    " a claim with ReadWriteMany"
)


def check(workload: Workload, world: World) -> Hits:
    if not workload.volumes or not workload.is_lasting:
        return
    replicas = world.inventory.replicas_at_most(workload)
    if replicas is not None and replicas < 2:
        return
    many = "pods on every node" if replicas is None else f"{replicas} replicas"
    for volume, modes in single_node_claims(workload, world.inventory):
        if is_kept_on_one_node(workload) and "ReadWriteOncePod" not in modes:
            continue
        yield Hit(
            (*volume.field, "persistentVolumeClaim"),
            f"{many} want claim {volume.source.get('claimName')}, which is {', '.join(modes)}: pods"
            " on any other node than the first one's wait for ever",
            _WAYS_OUT,
        )


RULE = Rule(
    code="SEA402",
    name="claim-shared-by-replicas",
    severity=ERROR,
    summary="several replicas want a claim that one node may use at a time",
    check_workload=check,
)
