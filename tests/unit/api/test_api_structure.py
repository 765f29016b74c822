"""Structure: wrong types, unknown and missing fields, and what is kept."""

from typing import Any

import pytest

from seatrial.api.kinds import DEPLOYMENT, KINDS, KUBELET_DELAY, LEASE, POD, SECRET
from seatrial.api.schema.schemas import schema_of
from seatrial.api.schema.validate import prune, refusal, take_apart, unknown_fields
from seatrial.api.schema.walk import node_at


def test_every_kind_has_a_schema() -> None:
    for kind in KINDS:
        node = schema_of(kind)
        assert node.shape == "object", kind
        assert {"apiVersion", "kind", "metadata"} <= set(node.fields), kind


def test_an_object_that_fits_is_given_back_itself() -> None:
    pod = {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": "b"}]}}
    structure = take_apart(POD, pod)
    assert structure.value is pod
    assert refusal(POD, structure, strict=True) is None


def test_unknown_fields_are_pruned_and_named() -> None:
    pod = {"spec": {"foo": 1, "containers": [{"name": "a", "bar": {}}]}, "baz": 1}
    structure = take_apart(POD, pod)
    assert structure.value == {"spec": {"containers": [{"name": "a"}]}}
    assert structure.warnings == [
        'unknown field "spec.foo"', 'unknown field "spec.containers[0].bar"', 'unknown field "baz"'
    ]  # fmt: skip
    assert refusal(POD, structure, strict=False) is None
    status = refusal(POD, structure, strict=True)
    assert status is not None
    assert status["code"] == 400
    assert status["message"].startswith(
        'Pod in version "v1" cannot be handled as a Pod: strict decoding error: '
        'unknown field "spec.foo", unknown field'
    )
    assert unknown_fields(POD, pod) == structure.unknown
    assert prune(POD, pod) == structure.value


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"replicas": "3"}, "string|DeploymentSpec.spec.replicas|int32"),
        ({"replicas": 2**31}, "number 2147483648|DeploymentSpec.spec.replicas|int32"),
        ({"replicas": True}, "bool|DeploymentSpec.spec.replicas|int32"),
        ({"replicas": 1.5}, "number 1.5|DeploymentSpec.spec.replicas|int32"),
        ({"paused": "yes"}, "string|DeploymentSpec.spec.paused|bool"),
        ({"template": []}, "array|DeploymentSpec.spec.template|v1.PodTemplateSpec"),
        (
            {"template": {"spec": {"containers": {}}}},
            "object|PodSpec.spec.template.spec.containers|[]v1.Container",
        ),
        (
            {"selector": {"matchLabels": {"a": 1}}},
            "number|LabelSelector.spec.selector.matchLabels|string",
        ),
    ],
)
def test_wrong_types_in_the_decoders_words(spec: dict[str, Any], told: str) -> None:
    status = refusal(DEPLOYMENT, take_apart(DEPLOYMENT, {"spec": spec}), strict=True)
    assert status is not None
    assert status["reason"] == "BadRequest"
    found, field, wanted = told.split("|")
    assert status["message"] == (
        'Deployment in version "v1" cannot be handled as a Deployment: '
        f"json: cannot unmarshal {found} into Go struct field {field} of type {wanted}"
    )


def test_values_are_kept_in_canonical_form() -> None:
    resources = {"limits": {"cpu": 0.5, "memory": "1024Mi"}}
    pod = {
        "metadata": {"creationTimestamp": "2026-01-01T01:00:00+01:00", "labels": None},
        "spec": {"containers": [{"name": "a", "resources": resources, "args": [None]}]},
    }
    assert take_apart(POD, pod).value == {
        "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {
            "containers": [
                {
                    "name": "a",
                    "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}},
                    "args": [""],
                }
            ]
        },
    }
    lease = {"spec": {"renewTime": "2026-01-01T00:00:00.5Z"}}
    assert take_apart(LEASE, lease).value["spec"]["renewTime"] == "2026-01-01T00:00:00.500000Z"


@pytest.mark.parametrize(
    ("obj", "told"),
    [
        ({"data": {"a": "x!"}}, "illegal base64 data at input byte 0"),
        ({"metadata": {"creationTimestamp": "now"}}, 'parsing time "now" as'),
        (
            {"immutable": 1},
            "cannot unmarshal number into Go struct field Secret.immutable of type bool",
        ),
    ],
)
def test_broken_values(obj: dict[str, Any], told: str) -> None:
    (mistake,) = take_apart(SECRET, obj).mistakes
    assert told in mistake.message


def test_a_broken_quantity() -> None:
    pod = {"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": "lots"}}}]}}
    (mistake,) = take_apart(POD, pod).mistakes
    assert mistake.message.startswith("quantities must match the regular expression")
    assert mistake.field == "spec.containers[0].resources.limits[cpu]"


def test_our_own_kinds_speak_like_custom_resources() -> None:
    delay = {
        "metadata": {"name": "x"},
        "spec": {"nodeName": 3},
        "status": {"any": [{"thing": None}]},
    }
    structure = take_apart(KUBELET_DELAY, delay)
    status = refusal(KUBELET_DELAY, structure, strict=True)
    assert status is not None
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"] == (
        'KubeletDelay.faults.seatrial.dev "x" is invalid: [spec.nodeName: Invalid value: '
        '"integer": spec.nodeName in body must be of type string: "integer", '
        "spec.delay: Required value]"
    )
    assert structure.value["status"] == delay["status"]


def test_a_fitting_object_of_ours_may_still_miss_fields() -> None:
    structure = take_apart(KUBELET_DELAY, {"spec": {}})
    assert structure.missing == ("spec.delay",)


def test_walking_a_schema() -> None:
    root = schema_of(POD)
    containers = node_at(root, ["spec", "containers"])
    assert containers is not None
    assert (containers.merge_key, containers.is_merged) == ("name", True)
    image = node_at(root, ["spec", "containers", "image"])
    assert image is not None
    assert image.shape == "string"
    assert node_at(root, ["spec", "nothing", "there"]) is None
