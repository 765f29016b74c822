"""The YAML of an init container that waits: a ConfigMap with the waiter, the Role that pods and
jobs need, and what belongs into the pod's spec. Pure.

Holds: a limit. A pod that waits for ever says nothing to anybody; a waiter that gave up is started
again, and `kubectl get pods` shows it. The limit is long: kubelet's pauses grow to five minutes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from seatrial.waiter.objects import KINDS
from seatrial.waiter.options import OPTIONS, Settings
from seatrial.waiter.targets import Object, Target

TIMEOUT = "5m"
# These have a meaning only where the manifest is made.
NOT_FOR_THE_POD = {"manifest", "bundle", "kubeconfig", "context"}

CONFIG_MAP = """\
# The waiter. Apply this, and what follows up to the last part, beside the application.
apiVersion: v1
kind: ConfigMap
metadata:
  name: seatrial-wait
data:
  wait.py: |
{source}"""

ROLE = """\
# What the waiter may see{where}; bind it to the service account that the pod runs as.
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: seatrial-wait{namespace}
rules:
{rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: seatrial-wait{namespace}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: seatrial-wait
subjects:
- kind: ServiceAccount
  name: default
  namespace: default  # the pod's
"""

POD_SPEC = """\
# For the pod's spec: put these two lists, or add to those that are there.
initContainers:
- name: wait
  image: python:3-slim
  command:
{command}
  resources:
    requests: {{cpu: 10m, memory: 32Mi}}
    limits: {{memory: 64Mi}}
  securityContext:
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities: {{drop: [ALL]}}
  volumeMounts:
  - {{name: seatrial-wait, mountPath: /seatrial}}
volumes:
- name: seatrial-wait
  configMap: {{name: seatrial-wait}}
"""


def render_manifest(settings: Settings, targets: Sequence[Target], *, source: str) -> str:
    """The whole; `source` is the waiter's text."""
    objects = [target for target in targets if isinstance(target, Object)]
    namespaces = sorted({target.namespace for target in objects})
    parts = [
        CONFIG_MAP.format(source=indent(source, 4)),
        *(render_role(namespace, objects) for namespace in namespaces),
        POD_SPEC.format(command=render_command(settings)),
    ]
    return "---\n".join(parts).rstrip("\n")


def render_role(namespace: str, objects: Sequence[Object]) -> str:
    """Role and binding for the objects in one namespace; "" is the pod's own."""
    rules = []
    for name, kind in KINDS.items():
        names = sorted(
            {each.name for each in objects if (each.kind, each.namespace) == (name, namespace)}
        )
        if names:
            rules.append(
                f"- apiGroups: [{json.dumps(kind.group)}]\n  resources: [{kind.plural}]\n"
                f"  resourceNames: {json.dumps(names)}\n  verbs: [list, watch]"
            )
    return ROLE.format(
        where=f" in namespace {namespace}" if namespace else "",
        namespace=f"\n  namespace: {namespace}" if namespace else "",
        rules="\n".join(rules),
    )


def render_command(settings: Settings) -> str:
    """The command line again, as a YAML list; JSON's strings are YAML's."""
    words = ["python3", "-I", "-S", "/seatrial/wait.py", *pod_options(settings), *settings.targets]
    return "\n".join(f"  - {json.dumps(word)}" for word in words)


def pod_options(settings: Settings) -> list[str]:
    """The options that were given and mean something in the pod."""
    given = {"timeout": TIMEOUT, **settings.given}
    return [
        f"--{option.key.replace('_', '-')}"
        + (f"={given[option.key]}" if option.takes_value else "")
        for option in OPTIONS
        if option.key in given and option.key not in NOT_FOR_THE_POD
    ]


def indent(text: str, count: int) -> str:
    """Every line that is not empty, `count` blanks further in."""
    lines = text.splitlines(keepends=True)
    return "".join(" " * count + line if line.strip() else line for line in lines)
