"""What clients ask first."""

import pytest
from apiserver_harness import Harness

from seatrial.api.kinds import KINDS
from seatrial.client.transport.inproc import InProcessTransport
from seatrial.client.transport.interface import Request

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


async def test_every_kind_is_found_both_ways(bare: Harness) -> None:
    listed = set()
    groups = await bare.ok("GET", "/apis")
    paths = [
        "/api/v1",
        *(f"/apis/{each['versions'][0]['groupVersion']}" for each in groups["groups"]),
    ]
    for path in paths:
        document = await bare.ok("GET", path)
        for resource in document["resources"]:
            listed.add((document["groupVersion"], resource["name"]))
    aggregated = set()
    for root in ("/api", "/apis"):
        document = await bare.ok("GET", root, accept=AGGREGATED)
        assert document["kind"] == "APIGroupDiscoveryList"
        for group in document["items"]:
            name = group["metadata"].get("name")
            for version in group["versions"]:
                gv = f"{name}/{version['version']}" if name else version["version"]
                for resource in version["resources"]:
                    aggregated.add((gv, resource["resource"]))
                    for sub in resource.get("subresources", ()):
                        aggregated.add((gv, f"{resource['resource']}/{sub['subresource']}"))
    assert aggregated == listed
    assert {(kind.api_version, kind.plural) for kind in KINDS} <= listed


async def test_old_clients_get_the_old_form(bare: Harness) -> None:
    assert (await bare.ok("GET", "/api"))["versions"] == ["v1"]
    answer = await bare.send("GET", "/apis", accept=AGGREGATED)
    assert answer.headers["content-type"] == AGGREGATED


async def test_a_scale_is_another_kind(bare: Harness) -> None:
    document = await bare.ok("GET", "/apis/apps/v1")
    (scale,) = [each for each in document["resources"] if each["name"] == "deployments/scale"]
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/version"])
async def test_health_and_version_are_open_to_all(bare: Harness, path: str) -> None:
    nobody = InProcessTransport(bare.app)
    assert (await nobody.send(Request("GET", path))).status == 200
    refused = await nobody.send(Request("GET", "/api"))
    assert (refused.status, "www-authenticate" in refused.headers) == (401, True)
    await nobody.aclose()


async def test_version_is_one_that_kubectl_understands(bare: Harness) -> None:
    version = await bare.ok("GET", "/version")
    assert (version["major"], version["minor"]) == ("1", "37")


async def test_openapi_knows_field_validation(bare: Harness) -> None:
    index = await bare.ok("GET", "/openapi/v3")
    assert "apis/apps/v1" in index["paths"]
    document = await bare.ok("GET", "/openapi/v3/apis/apps/v1")
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert "fieldValidation" in [each["name"] for each in patch["parameters"]]
    assert patch["x-kubernetes-group-version-kind"]["kind"] == "Deployment"
    assert (await bare.ok("GET", "/openapi/v2"))["swagger"] == "2.0"


@pytest.mark.parametrize("path", ["/nothing", "/apis/nothing", "/openapi/v3/apis/nothing/v1"])
async def test_other_paths_are_not_found(bare: Harness, path: str) -> None:
    await bare.refused(404, "GET", path)


async def test_only_protobuf_is_not_acceptable(bare: Harness) -> None:
    await bare.refused(406, "GET", "/api/v1/pods", accept="application/vnd.kubernetes.protobuf")
