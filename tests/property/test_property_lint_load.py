"""Whatever text or object it is: a value or one line, and never an exception."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.lint.inventory import inventory_of
from seatrial.lint.load.scalars import plain
from seatrial.lint.load.text import BAD_DOCUMENTS_MAX, read_documents, read_text
from seatrial.lint.manifest import Manifest, Source
from seatrial.lint.rule import World
from seatrial.lint.schema.judge import problems_of

# What makes YAML go wrong, more often than chance would have it.
PIECES = st.sampled_from([
    "a", "b: ", "kind: List\n", "items:\n", "- ", "  ", "\n", "\n---\n", "---", "...\n", "\t", "{",
    "}", "[", "]", ",", ": ", "'", '"', "&x ", "*x", "<<: *x\n", "<<: ", "!!int ", "!x ", "|\n",
    ">-\n", "#", "%YAML 1.2\n", "{{ .x }}", "{% if %}", "? ", "~", "yes", "0x1F", "1e3", "\r\n",
    "\x00", "\x07", "\ufeff", "\u2028", "é", "😀", "\\ud83d", "@", "`",
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60)
WHOLE = st.integers(-(2**63), 2**63 - 1)  # what is larger, Go reads as a float
FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | FINITE | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(TEXTS)
@example("{{ if }}\na: b\n{{ end }}\n---\na: [")
@example("&x a\n---\n*x")
def test_any_text_is_read_or_refused(text: str) -> None:
    for name in ("x.yaml", "x.json"):
        found = list(read_documents(Source(name, text)))
        assert len([each for each in found if not isinstance(each, Manifest)]) < 100
        for each in found:
            if isinstance(each, Manifest):
                assert isinstance(each.value, dict)
                assert each.place(("metadata", "name")).line >= 1


@given(st.lists(TEXTS, min_size=1, max_size=BAD_DOCUMENTS_MAX - 1))
def test_what_stands_before_and_after_broken_documents_is_read(texts: list[str]) -> None:
    middle = "\n---\n".join(text.replace("---", "").replace("%YAML", "") for text in texts)
    text = f"kind: First\n---\n{middle}\n---\nkind: Last\n"
    found = [each for each in read_text(Source("x.yaml", text)) if isinstance(each, Manifest)]
    lines = [each.place().line for each in found if each.kind in ("First", "Last")]
    assert lines[0] == 1
    assert len(lines) >= 2
    if not {"\r", "\x85", "\u2028", "\u2029"} & set(text):  # these end lines, too
        assert lines[-1] == text.count("\n")


@given(JSON.filter(lambda value: isinstance(value, dict) and value.get("kind") != "List"))
def test_json_and_yaml_are_the_same(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        (manifest,) = read_text(Source("x.json", text))
        assert isinstance(manifest, Manifest)
        assert json.dumps(manifest.value, sort_keys=True) == json.dumps(_go(value), sort_keys=True)


def _go(value: Any) -> Any:
    """As Go writes it: 1.0 is 1."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if isinstance(value, dict):
        return {key: _go(each) for key, each in value.items()}
    return [_go(each) for each in value] if isinstance(value, list) else value


@given(WHOLE | FINITE)
def test_numbers_come_back(number: float) -> None:
    written = yaml.safe_dump(number).removesuffix("...\n").strip()
    assert plain(written) == number


@given(st.text(max_size=20).filter(lambda text: text.isprintable()))
def test_a_plain_scalar_is_one_value(text: str) -> None:
    assert isinstance(plain(text), str | int | float | bool | None)


OBJECTS: list[dict[str, Any]] = [
    {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "web", "labels": {"a": "b"}, "annotations": {"a": "b"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}, "matchExpressions": []},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [
                        {
                            "name": "web",
                            "image": "web:1",
                            "env": [{"name": "A", "value": "b"}],
                            "ports": [{"containerPort": 80, "name": "http"}],
                            "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}},
                            "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
                            "lifecycle": {"preStop": {"sleep": {"seconds": 3}}},
                            "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                        }
                    ],
                    "volumes": [{"name": "data", "emptyDir": {}}],
                    "tolerations": [{"key": "a", "operator": "Exists"}],
                    "readinessGates": [{"conditionType": "a"}],
                },
            },
        },
    }
    for api_version, kind in (
        ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("batch/v1", "Job"),
    )
]  # fmt: skip
OBJECTS += [
    {
        **OBJECTS[0], "apiVersion": "v1", "kind": "Pod",
        "spec": OBJECTS[0]["spec"]["template"]["spec"],
    },
    {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"a": "b"}, "type": "NodePort", "clusterIP": "None", "externalIPs": [],
                 "ports": [{"port": 80, "targetPort": "http", "nodePort": 30000, "name": "a"}],
                 "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 1}}},
    },
    {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque",
        "data": {"a": "YQ=="}, "stringData": {"b": "c"}, "immutable": True,
    },
    {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.example.org"},
        "spec": {"group": "example.org", "scope": "Cluster", "names": {"plural": "b", "kind": "B"},
                 "versions": [{"name": "v1", "served": True, "storage": True, "schema": {
                     "openAPIV3Schema": {"type": "object", "properties": {
                         "spec": {"type": "object", "required": ["a"], "properties": {
                             "a": {"type": "array", "items": {"type": "string"}}}}}}}}]},
    },
]  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for step, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(each, (*path, step))


def _manifests(name: str, text: str) -> list[Manifest]:
    return [each for each in read_text(Source(name, text)) if isinstance(each, Manifest)]


@pytest.mark.parametrize("whole", OBJECTS, ids=lambda each: each["kind"])
@given(data=st.data())
def test_no_object_is_too_strange(whole: dict[str, Any], data: st.DataObject) -> None:
    changed = deepcopy(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(list(_places(changed))[3:]))
        holder = changed
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = data.draw(JSON)
    boat = {"apiVersion": "example.org/v1", "kind": "B", "spec": {"a": [1]}}
    manifests = [
        *_manifests("x.yaml", yaml.safe_dump(changed, sort_keys=False)),
        *_manifests("b.json", json.dumps(boat)),
    ]
    world = World(inventory_of(manifests), (1, data.draw(st.sampled_from([25, 31, 37]))))
    for manifest in manifests:
        for problem in problems_of(manifest, world):
            assert problem.message
            assert problem.advice
            assert manifest.place(problem.path).line >= 1
