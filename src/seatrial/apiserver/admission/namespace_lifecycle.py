"""Nothing is made in a namespace that is not there or is on its way out."""

from seatrial.api import status
from seatrial.api.kinds import NAMESPACE
from seatrial.api.objects import is_terminating
from seatrial.apiserver.admission.review import Review
from seatrial.apiserver.refusal import Refused


async def admit(review: Review) -> None:
    """Raises Refused (403, 404)."""
    if review.old is not None or not review.kind.namespaced:
        return
    namespace = await review.objects.get(NAMESPACE, "", review.namespace)
    if is_terminating(namespace.shared):
        raise Refused(_terminating(review))


def _terminating(review: Review) -> status.Status:
    name = review.obj["metadata"].get("name", "")
    why = (
        f"unable to create new content in namespace {review.namespace} "
        "because it is being terminated"
    )
    refusal = status.forbidden(review.kind, name, why)
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {review.namespace} is being terminated",
        "field": "metadata.namespace",
    }
    refusal["details"] = {**refusal.get("details", {}), "causes": [cause]}
    return refusal
