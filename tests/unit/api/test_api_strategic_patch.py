"""Strategic merge patch against the answers of the real implementation.

`strategic_patch.json` holds an object, patches, and what `kubectl patch --local --type strategic`
(v1.37) made of them, without empty fields.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from seatrial.api.kinds import DEPLOYMENT, POD
from seatrial.api.patch.errors import PatchError
from seatrial.api.patch.strategic import apply_strategic_patch
from seatrial.api.schema.schemas import schema_of

GOLDEN = json.loads((Path(__file__).parent / "strategic_patch.json").read_bytes())


def without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_empty(v) for k, v in value.items() if v not in (None, {}, [])}
    return [without_empty(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: json.dumps(case["patch"])[:60])
def test_a_patch_does_what_kubernetes_does(case: dict[str, Any]) -> None:
    target = copy.deepcopy(GOLDEN["object"])
    if case.get("refused"):
        with pytest.raises(PatchError):
            apply_strategic_patch(schema_of(DEPLOYMENT), target, case["patch"])
    else:
        got = apply_strategic_patch(schema_of(DEPLOYMENT), target, case["patch"])
        assert without_empty(got) == case["result"]
    assert target == GOLDEN["object"], "the target was changed"


@pytest.mark.parametrize(
    "patch",
    [
        [],
        {"metadata": {"finalizers": [["x"]]}},
        {"spec": {"containers": [{"name": {"a": 1}}]}},
        {"spec": {"containers": ["a"]}},
        {"spec": {"$retainKeys": "containers", "containers": []}},
        {"spec": {"$setElementOrder/containers": {}, "containers": [{"name": "a"}]}},
    ],
)
def test_nonsense_is_refused(patch: Any) -> None:
    pod = {"metadata": {"finalizers": ["f"]}, "spec": {"containers": [{"name": "a"}]}}
    with pytest.raises(PatchError):
        apply_strategic_patch(schema_of(POD), pod, patch)


def test_an_entry_that_the_order_forgets_goes_last() -> None:
    patch = {
        "spec": {
            "$setElementOrder/containers": [{"name": "a"}],
            "containers": [{"name": "b", "image": "x"}],
        }
    }
    got = apply_strategic_patch(schema_of(POD), {"spec": {"containers": [{"name": "a"}]}}, patch)
    assert [each["name"] for each in got["spec"]["containers"]] == ["a", "b"]
