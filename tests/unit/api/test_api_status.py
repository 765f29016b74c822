"""Refusals, word for word; and the OpenAPI documents."""

import json

from seatrial.api import causes, openapi, status
from seatrial.api.kinds import CONTAINER_KILL, DEPLOYMENT, KINDS, POD, REPLICA_SET


def test_a_refusal_is_a_whole_status_object() -> None:
    assert status.not_found(DEPLOYMENT, "web") == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'deployments.apps "web" not found',
        "reason": "NotFound",
        "details": {"name": "web", "group": "apps", "kind": "deployments"},
        "code": 404,
    }


def test_the_words_of_refusals() -> None:
    assert status.already_exists(POD, "a")["message"] == 'pods "a" already exists'
    assert status.conflict(POD, "a")["message"] == (
        'Operation cannot be fulfilled on pods "a": the object has been modified; please apply '
        "your changes to the latest version and try again"
    )
    assert status.forbidden(POD, "a", "no")["message"] == 'pods "a" is forbidden: no'
    uid = status.uid_conflict(POD, "a", wanted="1", found="2")
    assert uid["message"].endswith("UID in precondition: 1, UID in object meta: 2")
    revision = status.revision_conflict(POD, "a", wanted="1", found="2")
    assert "ResourceVersion in precondition: 1" in revision["message"]
    assert status.path_not_found()["message"] == (
        "the server could not find the requested resource"
    )
    assert status.expired_revision(3, 9)["message"] == "too old resource version: 3 (9)"
    assert "patch is not supported" in status.method_not_allowed(POD, "patch")["message"]
    assert status.internal("x")["message"] == "Internal error occurred: x"
    assert status.too_many("later")["details"] == {"retryAfterSeconds": 1}


def test_codes_and_reasons() -> None:
    made = [
        status.bad_request("x"), status.unauthorized(), status.not_acceptable(["a/b"]),
        status.unsupported_media_type(["a/b"]), status.expired_continue(), status.too_large(1),
        status.future_revision(9, 3), status.unavailable("x"), status.timeout("x"),
    ]  # fmt: skip
    assert [(each["code"], each["reason"]) for each in made] == [
        (400, "BadRequest"), (401, "Unauthorized"), (406, "NotAcceptable"),
        (415, "UnsupportedMediaType"), (410, "Expired"), (413, "RequestEntityTooLarge"),
        (504, "Timeout"), (503, "ServiceUnavailable"), (504, "Timeout"),
    ]  # fmt: skip
    assert all(each["status"] == "Failure" for each in made)


def test_success() -> None:
    assert status.success(POD, "a", uid="u") == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "a", "kind": "pods", "uid": "u"},
        "code": 200,
    }


def test_one_cause_and_several() -> None:
    one = causes.required("spec.a")
    two = causes.unsupported("spec.b", "x", ("y", "z"))
    assert (
        status.invalid(POD, "p", [one])["message"] == 'Pod "p" is invalid: spec.a: Required value'
    )
    whole = status.invalid(DEPLOYMENT, "d", [one, two, one])
    assert whole["message"] == (
        'Deployment.apps "d" is invalid: [spec.a: Required value, spec.b: Unsupported value: "x": '
        'supported values: "y", "z"]'
    )
    assert whole["details"]["kind"] == "Deployment"
    assert whole["details"]["causes"][1] == {
        "reason": "FieldValueNotSupported",
        "message": 'Unsupported value: "x": supported values: "y", "z"',
        "field": "spec.b",
    }


def test_openapi_3_is_closed_and_has_no_null() -> None:
    kinds = [DEPLOYMENT, REPLICA_SET]
    document = openapi.document_v3(kinds)
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    for part in text.split('"$ref": "#/components/schemas/')[1:]:
        assert part.partition('"')[0] in schemas
    assert "#/$defs/" not in text
    assert '["string", "null"]' not in text
    deployment = schemas["io.k8s.api.apps.v1.Deployment"]
    assert deployment["properties"]["spec"]["allOf"] == [
        {"$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"}
    ]
    assert "enum" not in deployment["properties"]["kind"]
    one = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    known = [each["name"] for each in one["patch"]["parameters"]]
    assert "fieldValidation" in known
    assert one["patch"]["x-kubernetes-group-version-kind"]["kind"] == "Deployment"
    port = schemas["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]
    assert port["format"] == "int-or-string"


def test_openapi_2_has_every_kind() -> None:
    document = openapi.document_v2(KINDS)
    assert "io.k8s.api.core.v1.Pod" in document["definitions"]
    assert "dev.seatrial.faults.v1.ContainerKill" in document["definitions"]
    assert CONTAINER_KILL.path(None, "{name}") in document["paths"]
    text = json.dumps(document)
    for part in text.split('"$ref": "#/definitions/')[1:]:
        assert part.partition('"')[0] in document["definitions"]
