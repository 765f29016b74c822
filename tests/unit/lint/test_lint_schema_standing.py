"""Which API versions are served when, and what to write instead."""

import json
from pathlib import Path

import pytest

from seatrial.lint.schema import standing as module
from seatrial.lint.schema.shapes import shape_of
from seatrial.lint.schema.standing import NEWEST, OLDEST, Standing, best, standing


def test_the_table_is_what_the_schemas_say() -> None:
    text = Path(module.__file__).with_name("served.json").read_text(encoding="utf-8")
    wrong = [
        (api_version, kind, minor)
        for api_version, kinds in json.loads(text).items()
        for kind, (first, last) in kinds.items()
        for minor in range(OLDEST, NEWEST + 1)
        if (shape_of(api_version, kind, minor) is not None) != (first <= minor <= last)
    ]
    assert wrong == [], "run python -m tools.served_versions"


@pytest.mark.parametrize(
    ("api_version", "kind", "minor", "found"),
    [
        ("apps/v1", "Deployment", 37, Standing("served", 25)),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", 25,
         Standing("retiring", 25, 25, "autoscaling/v2")),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", 26,
         Standing("removed", 25, 25, "autoscaling/v2")),
        ("batch/v1beta1", "CronJob", 25, Standing("removed", 0, 24, "batch/v1")),
        ("extensions/v1beta1", "Ingress", 25, Standing("removed", 0, 21, "networking.k8s.io/v1")),
        ("policy/v1beta1", "PodSecurityPolicy", 30, Standing("removed", 0, 24)),
        ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", 25,
         Standing("retiring", 25, 25, "flowcontrol.apiserver.k8s.io/v1beta2")),
        ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", 32,
         Standing("removed", 26, 31, "flowcontrol.apiserver.k8s.io/v1")),
        ("resource.k8s.io/v1", "ResourceClaim", 33,
         Standing("not yet", 34, 0, "resource.k8s.io/v1beta2")),
        ("v1", "Endpoints", 32, Standing("served", 25)),
        ("v1", "Endpoints", 33, Standing("retiring", 25, 0, "discovery.k8s.io/v1 EndpointSlice")),
        ("v1", "Deployment", 30, Standing("unknown", instead="apps/v1")),
        ("apps/v1", "CronJob", 30, Standing("unknown", instead="batch/v1")),
        ("apps/v1", "Deploymnet", 30, Standing("unknown", instead="apps/v1 Deployment")),
        ("apps/v1", "Boat", 30, Standing("unknown")),
        ("v1", "Box", 30, Standing("foreign")),
        ("v1", "Config", 30, Standing("foreign")),
        ("example.org/v1", "Deployment", 30, Standing("foreign")),
        ("cert-manager.io/v1", "Certificate", 30, Standing("foreign")),
    ],
)  # fmt: skip
def test_standing(api_version: str, kind: str, minor: int, found: Standing) -> None:
    assert standing(api_version, kind, minor) == found


def test_mature_goes_before_new() -> None:
    versions = ["a/v2alpha1", "a/v1", "a/v1beta2", "a/v1beta10", "b/v2beta1"]
    assert best(versions) == "a/v1"
    assert best(versions[2:]) == "b/v2beta1"
    assert best(["a/v1beta2", "a/v1beta10"]) == "a/v1beta10"
    assert best([]) == ""
