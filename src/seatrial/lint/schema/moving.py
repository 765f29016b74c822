"""From one API version to another: what to tell, and whether a machine may do it. Pure.

Holds: a machine changes the apiVersion only where the rest fits the new schema as it is, and means
the same there.
"""

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.manifest import Manifest
from seatrial.lint.schema.compare import compare
from seatrial.lint.schema.shapes import shape_of

# Their defaults were others (surge, deadlines, update strategy): what is not written changes.
_OTHER_DEFAULTS = frozenset({
    "admissionregistration.k8s.io/v1beta1", "apps/v1beta1", "extensions/v1beta1",
})  # fmt: skip
# Instead of a kind that nothing of its own sort replaced.
_OTHER_WAYS = {
    "PodSecurityPolicy": "label the Namespace for Pod Security admission instead",
    "ComponentStatus": "ask the components' own health endpoints",
}


def advice_to_move(manifest: Manifest, instead: str, minor: int) -> str:
    """What to write instead; `instead` as in `Standing`."""
    if not instead:
        return _OTHER_WAYS.get(manifest.kind, "use another kind, or a cluster that serves this one")
    if " " in instead:
        return f"write {instead}"
    if not _fits(manifest, instead, minor):
        return f"write {instead}, whose fields differ: see the migration guide of Kubernetes"
    return f"write apiVersion: {instead}"


def edits_to_move(manifest: Manifest, instead: str, minor: int) -> tuple[Edit, ...]:
    """The new apiVersion, where that is all."""
    if not instead or " " in instead or _means_something_else(manifest):
        return ()
    if not _fits(manifest, instead, minor):
        return ()
    return (SetField(("apiVersion",), instead),)


def _fits(manifest: Manifest, api_version: str, minor: int) -> bool:
    root = shape_of(api_version, manifest.kind, minor)
    return root is not None and not compare(root, manifest.value)


def _means_something_else(manifest: Manifest) -> bool:
    if manifest.api_version in _OTHER_DEFAULTS:
        return True
    # An empty selector selected no pod in v1beta1, and selects every pod in v1.
    is_budget = manifest.api_version == "policy/v1beta1" and manifest.kind == "PodDisruptionBudget"
    return is_budget and not manifest.spec.get("selector")
