"""A pod stays for five minutes on a node that is lost, unless it says otherwise."""

from typing import Any

from seatrial.apiserver.admission.review import Review

LOST_NODE_S = 300
_TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


async def admit(review: Review) -> None:
    """Never refuses."""
    if review.old is not None:
        return
    spec = review.obj["spec"]
    present: list[dict[str, Any]] = spec.get("tolerations") or []
    missing = [taint for taint in _TAINTS if not any(_covers(each, taint) for each in present)]
    if missing:
        spec["tolerations"] = [*present, *(_toleration(taint) for taint in missing)]


def _covers(toleration: dict[str, Any], taint: str) -> bool:
    key, effect = toleration.get("key", ""), toleration.get("effect", "")
    return key in {"", taint} and effect in {"", "NoExecute"}


def _toleration(taint: str) -> dict[str, Any]:
    return {
        "key": taint,
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": LOST_NODE_S,
    }
