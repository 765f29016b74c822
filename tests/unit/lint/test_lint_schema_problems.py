"""What is said of fields, types, missing fields and refused values, and what a machine may mend."""

from pathlib import Path
from typing import Any

import pytest

from seatrial.lint.edits import RenameKey, SetField, apply_edits
from seatrial.lint.inventory import inventory_of
from seatrial.lint.load.text import read_text
from seatrial.lint.manifest import Manifest, Source, render_path
from seatrial.lint.rule import World
from seatrial.lint.schema.judge import problems_of
from seatrial.lint.schema.problem import Problem
from seatrial.lint.schema.values import path_of

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: web:1
"""
NAMED_WRONG = POD.replace("name: web", "name: Web_1", 1)
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: web:1
"""


def manifests_of(text: str) -> list[Manifest]:
    found = list(read_text(Source("x.yaml", text)))
    assert all(isinstance(each, Manifest) for each in found), found
    return [each for each in found if isinstance(each, Manifest)]


def problems(text: str, minor: int = 37) -> list[Problem]:
    manifests = manifests_of(text)
    world = World(inventory_of(manifests), (1, minor))
    return [each for manifest in manifests for each in problems_of(manifest, world)]


def told(text: str, minor: int = 37) -> list[tuple[str, str, str]]:
    return [(render_path(each.path), each.message, each.advice) for each in problems(text, minor)]


@pytest.mark.parametrize("text", [POD, DEPLOYMENT])
@pytest.mark.parametrize("minor", [25, 30, 37])
def test_what_fits_is_left_alone(text: str, minor: int) -> None:
    assert problems(text, minor) == []


def test_what_people_write_is_left_alone() -> None:
    text = (Path(__file__).parent / "lint_rich.yaml").read_text(encoding="utf-8")
    assert len(manifests_of(text)) > 30
    assert told(text) == []


class TestUnknownFields:
    def test_a_misspelling_is_renamed(self) -> None:
        (found,) = problems(POD + "    livenesProbe: {tcpSocket: {port: 80}}\n")
        assert (found.message, found.advice) == (
            "Container has no field livenesProbe",
            "write livenessProbe",
        )
        assert found.edits == (RenameKey(found.path, "livenessProbe"),)

    @pytest.mark.parametrize(
        ("wrong", "right"),
        [("imagepullpolicy", "imagePullPolicy"), ("resource", "resources"), ("arg", "args"),
         ("volumeMount", "volumeMounts"), ("surroundings", "")],
    )  # fmt: skip
    def test_nearest_names(self, wrong: str, right: str) -> None:
        (found,) = problems(f"{POD}    {wrong}:\n")
        assert found.advice == (
            f"write {right}" if right else "remove it, or look for its right name"
        )

    def test_it_is_not_renamed_to_what_is_there(self) -> None:
        (found,) = problems(POD + "    Image: other\n")
        assert (found.advice, found.edits) == ("remove it: image is there as well", ())

    def test_it_is_not_renamed_when_its_value_would_not_fit(self) -> None:
        found = problems(POD + "    port: 80\n")
        assert [(each.advice, each.edits) for each in found] == [("write ports", ())]

    @pytest.mark.parametrize(
        ("text", "home"),
        [
            (POD + "    terminationGracePeriodSeconds: 60\n", "spec"),
            (POD + "  livenessProbe: {}\n", "spec.containers[]"),
            (POD + "    runAsNonRoot: true\n", "spec.containers[0].securityContext"),
            (DEPLOYMENT.replace("spec:\n", "containers: []\nspec:\n", 1), ""),
        ],
    )
    def test_one_in_the_wrong_place_is_told_its_home(self, text: str, home: str) -> None:
        (found, *_) = problems(text)
        assert home in found.advice

    def test_one_of_a_later_version(self) -> None:
        text = POD + "    lifecycle: {preStop: {sleep: {seconds: 5}}}\n"
        assert problems(text, 29) == []
        assert told(text, 28) == [
            (
                "spec.containers[0].lifecycle.preStop.sleep",
                "LifecycleHandler has no field sleep in Kubernetes 1.28",
                "it is there from 1.29 on: remove it, or upgrade the cluster first",
            )
        ]

    def test_status_is_the_controllers(self) -> None:
        assert problems(POD + "status: {nonsense: 1}\n") == []


class TestTypes:
    @pytest.mark.parametrize(
        ("field", "message", "mended"),
        [
            ("env: [{name: A, value: 8080}]", "value is the number 8080, and takes text", "8080"),
            ("env: [{name: A, value: 1.10}]", "value is the number 1.10, and takes text", "1.10"),
            ("env: [{name: A, value: 0777}]", "value is the number 0777, and takes text", "0777"),
            ("env: [{name: A, value: yes}]", "value is true, and takes text", "yes"),
            ('ports: [{containerPort: "80"}]',
             "containerPort is the text 80, and takes a whole number", 80),
            ('stdin: "true"', "stdin is the text true, and takes true or false", True),
            ("args: -v", "args is the text -v, and takes a list", None),
            ("ports: {containerPort: 80}", "ports is a mapping, and takes a list", None),
            ("command: [sh, 3]", "command[1] is the number 3, and takes text", "3"),
            ("resources: {limits: {memory: 1Gb}}",
             "memory is '1Gb', which is not a quantity such as 500m or 128Mi", None),
        ],
    )  # fmt: skip
    def test_wrong_types(self, field: str, message: str, mended: Any) -> None:
        (found,) = problems(f"{POD}    {field}\n")
        assert found.message == message
        assert found.edits == (() if mended is None else (SetField(found.path, mended),))

    @pytest.mark.parametrize("value", ["${PORT}", "$(PORT)", "'{{ port }}'", "<%= port %>"])
    def test_what_another_tool_fills_in_is_left_alone(self, value: str) -> None:
        assert problems(f"{POD}    ports:\n    - containerPort: {value}\n") == []

    def test_nulls_are_as_if_they_were_not_there(self) -> None:
        assert problems(POD + "    ports:\n    resources: ~\n") == []


class TestMissing:
    def test_missing_fields(self) -> None:
        text = DEPLOYMENT.replace("  selector:\n    matchLabels: {app: web}\n", "")
        text = text.replace("- name: web\n        image", "- image")
        assert told(text) == [
            ("spec.template.spec.containers[0].name", "Container has no name, which is required",
             "add name"),
            ("spec.selector", "DeploymentSpec has no selector, which is required", "add selector"),
        ]  # fmt: skip

    def test_one_that_is_misspelt_is_not_missing(self) -> None:
        (found,) = problems(DEPLOYMENT.replace("selector:", "selectorr:"))
        assert found.sort == "unknown"

    @pytest.mark.parametrize("minor", [25, 30, 37])
    def test_what_was_never_asked_for_is_not_missing(self, minor: int) -> None:
        text = DEPLOYMENT.replace("Deployment", "StatefulSet")
        assert problems(text, minor) == []


class TestValues:
    def test_words(self) -> None:
        (found,) = problems(POD + "    imagePullPolicy: always\n")
        words = "Always, IfNotPresent or Never"
        assert found.message == f"imagePullPolicy is 'always', and takes {words}"
        assert found.edits == (SetField(found.path, "Always"),)

    def test_rules_of_the_api_server(self) -> None:
        name, port = problems(NAMED_WRONG + "    ports: [{containerPort: 0}]\n")
        assert name.message.startswith(
            'the API server refuses metadata.name: Invalid value: "Web_1": a lowercase RFC 1123'
        )
        assert (name.path, name.advice) == (("metadata", "name"), "write a value that it takes")
        assert (render_path(port.path), port.advice) == (
            "spec.containers[0].ports[0].containerPort",
            "add it",
        )

    def test_nulls_in_a_list_are_nothing_to_go_by(self) -> None:
        (found,) = problems(POD + "  - ~\n")
        assert found.message == "containers[1] is nothing, and takes a mapping"

    def test_volumes_of_a_stateful_set_may_be_claims(self) -> None:
        text = DEPLOYMENT.replace("Deployment", "StatefulSet")
        text += "        volumeMounts: [{name: data, mountPath: /data}]\n"
        claims = "  volumeClaimTemplates:\n  - metadata: {name: data}\n"
        assert [each.message for each in problems(text)] == [
            "the API server refuses spec.template.spec.containers[0].volumeMounts[0].name:"
            ' Not found: "data"'
        ]
        assert problems(text + claims) == []

    def test_paths(self) -> None:
        assert path_of("spec.ports[0].name") == ("spec", "ports", 0, "name")
        assert path_of("data[a.b]") == ("data", "a.b")


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: boats, kind: Boat}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [length, flag]
            properties:
              length: {type: integer}
              flag: {type: string, default: red}
              sails: {type: array, items: {type: string}}
              berth: {x-kubernetes-int-or-string: true}
              extra: {type: object, x-kubernetes-preserve-unknown-fields: true}
---
"""


def test_custom_resources_are_compared_with_their_definition() -> None:
    boat = (
        "apiVersion: example.org/v1\nkind: Boat\nmetadata: {name: b, labels: {a: %s}}\nspec: %s\n"
    )
    assert problems(CRD + boat % ("b", "{length: 3, berth: x, extra: {y: 1}}")) == []
    assert [each[0] for each in told(CRD + boat % ("1", "{sail: [1], sails: [1]}"))] == [
        "metadata.labels.a", "spec.sail", "spec.sails[0]", "spec.length",
    ]  # fmt: skip
    assert problems(boat % ("b", "{nonsense: 1}")) == []


def test_mended_manifests_have_no_problems() -> None:
    text = (
        POD
        + "    imagePullPolicy: never\n    livenesProbe: {exec: {command: [x]}}\n    tty: 'true'\n"
    )
    (manifest,) = manifests_of(text)
    found = problems(text)
    mended = apply_edits(manifest.value, [edit for each in found for edit in each.edits])
    again = Manifest(mended, manifest.source, manifest.node)
    assert len(found) == 3
    assert problems_of(again, World(inventory_of([again]))) == ()
