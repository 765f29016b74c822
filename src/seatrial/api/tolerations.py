"""Which taints a pod tolerates: what the scheduler and the node lifecycle both ask."""

from collections.abc import Iterable, Mapping
from typing import Any


def tolerates(tolerations: Iterable[Mapping[str, Any]], taint: Mapping[str, str]) -> bool:
    """Any of the tolerations covers the taint."""
    return any(covers(each, taint) for each in tolerations)


def covers(toleration: Mapping[str, Any], taint: Mapping[str, str]) -> bool:
    """This toleration covers the taint; how long is another question (`tolerationSeconds`)."""
    effect, key = toleration.get("effect"), toleration.get("key")
    if effect and effect != taint.get("effect"):
        return False
    if key and key != taint.get("key"):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    # An empty key is only meaningful with Exists (validation refuses anything else).
    return bool(key) and (toleration.get("value") or "") == (taint.get("value") or "")
