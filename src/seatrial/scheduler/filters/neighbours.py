"""Which pods a rule of another pod speaks of; what affinity and spreading ask."""

from collections.abc import Callable, Mapping
from typing import Any

from seatrial.api.selectors import from_object
from seatrial.scheduler.views import PodView


def selects(term: Mapping[str, Any], asker: PodView) -> Callable[[PodView], bool]:
    """Whether an affinity term of `asker` speaks of a pod: its labels and its namespace."""
    selector = from_object(_with_label_keys(term, asker))
    has_selector = term.get("labelSelector") is not None
    everywhere = term.get("namespaceSelector") == {}
    namespaces = frozenset(term.get("namespaces") or ())
    if not namespaces and not term.get("namespaceSelector"):
        namespaces = frozenset({asker.namespace})

    def speaks_of(pod: PodView) -> bool:
        if not has_selector or not (everywhere or pod.namespace in namespaces):
            return False
        return selector.matches(pod.labels)

    return speaks_of


def _with_label_keys(term: Mapping[str, Any], asker: PodView) -> Mapping[str, Any]:
    """The selector with `matchLabelKeys`: same value as the asker's own."""
    selector = dict(term.get("labelSelector") or {})
    own = {
        key: asker.labels[key] for key in term.get("matchLabelKeys") or () if key in asker.labels
    }
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), **own}
    return selector
