"""A pod speaks to the API in the name of an account, with a token of its own.

Does: name the account `default` when the pod names none; mount `kube-api-access-xxxxx` with a
token, the cluster's certificate and the namespace where clients look for them.
"""

from typing import Any

from seatrial.api import status
from seatrial.api.kinds import SERVICE_ACCOUNT
from seatrial.api.objects import Object
from seatrial.apiserver.admission.namespace_furniture import ROOT_CA, ROOT_CA_KEY
from seatrial.apiserver.admission.review import Review
from seatrial.apiserver.refusal import Refused
from seatrial.kit.chance import name_suffix

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
# An hour, and seven seconds by which Kubernetes tells its own requests apart.
TOKEN_LIFETIME_S = 3607
_FILE_MODE = 0o644


async def admit(review: Review) -> None:
    """Raises Refused (403) when the account is not there."""
    if review.old is not None:
        return
    spec = review.obj["spec"]
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = await review.objects.find(SERVICE_ACCOUNT, review.namespace, name)
    if account is None:
        why = (
            f"error looking up service account {review.namespace}/{name}: "
            f'serviceaccount "{name}" not found'
        )
        raise Refused(status.forbidden(review.kind, review.obj["metadata"]["name"], why))
    _add_pull_secrets(spec, account.shared)
    if _wants_token(spec, account.shared):
        _mount_token(spec)


def _add_pull_secrets(spec: dict[str, Any], account: Object) -> None:
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = [dict(each) for each in account["imagePullSecrets"]]


def _wants_token(spec: dict[str, Any], account: Object) -> bool:
    own = spec.get("automountServiceAccountToken")
    wanted = account.get("automountServiceAccountToken") if own is None else own
    return wanted is not False


def _mount_token(spec: dict[str, Any]) -> None:
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    lacking = [each for each in containers if not _has_token(each)]
    if not lacking:
        return
    volume = f"kube-api-access-{name_suffix()}"
    spec["volumes"] = [*(spec.get("volumes") or ()), _token_volume(volume)]
    for container in lacking:
        mount = {"name": volume, "readOnly": True, "mountPath": TOKEN_PATH}
        container["volumeMounts"] = [*(container.get("volumeMounts") or ()), mount]


def _has_token(container: dict[str, Any]) -> bool:
    return any(each.get("mountPath") == TOKEN_PATH for each in container.get("volumeMounts") or ())


def _token_volume(name: str) -> dict[str, Any]:
    namespace = {
        "path": "namespace",
        "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
    }
    sources = [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_LIFETIME_S, "path": "token"}},
        {"configMap": {"name": ROOT_CA, "items": [{"key": ROOT_CA_KEY, "path": ROOT_CA_KEY}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": _FILE_MODE}}
