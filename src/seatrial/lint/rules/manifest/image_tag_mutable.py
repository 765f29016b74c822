"""An image is named by `latest`, or by no tag at all.

Why it hurts: two pods of one ReplicaSet may run two versions, depending on the day their node
pulled it. A rollback goes back to the same name and brings nothing back.

Prove it: push another image under the tag and delete one pod.

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
            image: web:latest

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
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

# Names that everybody moves.
MOVING = frozenset(
    {
        "", "latest", "main", "master", "trunk", "head", "edge", "nightly", "dev", "devel",
        "develop", "stable", "unstable", "testing", "canary", "rolling", "snapshot", "lts",
    }
)  # fmt: skip


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        image = container.image
        # What a tool will put something else for: Istio's injector, ko.
        is_placeholder = image == "auto" or image.startswith("ko://")
        if not image or is_placeholder or "@" in image or "$" in image:
            continue
        tag = image.rpartition("/")[2].partition(":")[2]
        if _moves(tag.lower()):
            named = f"has the tag {tag}" if tag else "has no tag"
            yield Hit(
                (*container.path, "image"),
                f"image {image} {named}: what it is changes under the pods",
                "name a version, or better a digest (image@sha256:...)",
            )


def _moves(tag: str) -> bool:
    """`latest`, and `stable-alpine`; a number in it may be that of a version or of a build."""
    return tag.partition("-")[0] in MOVING and not any(map(str.isdigit, tag))


RULE = Rule(
    code="SEA811",
    name="image-tag-mutable",
    severity=WARNING,
    summary="an image without a tag, or with one that moves",
    check_workload=check,
)
