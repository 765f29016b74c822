"""Directories that define the same objects are not one application."""

from lint_examples import manifests

from seatrial.findings.model import Severity
from seatrial.lint.linter import Linter
from seatrial.lint.manifest import Manifest
from seatrial.lint.realms import realms_of
from seatrial.lint.registry import built_in_rules
from seatrial.lint.rule import Hits, Rule, World


def service(name: str, app: str) -> str:
    return f"""\
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  selector: {{app: {app}}}
  ports: [{{port: 80}}]
"""


def deployment(app: str) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: {app}}}}}
  template:
    metadata: {{labels: {{app: {app}}}}}
    spec: {{containers: [{{name: web, image: "web:1"}}]}}
"""


def tree(**files: str) -> list[Manifest]:
    """`dev__web="..."` is dev/web.yaml."""
    return [
        each
        for name, text in files.items()
        for each in manifests(text, f"{name.replace('__', '/')}.yaml")
    ]


def names(found: list[Manifest] | tuple[Manifest, ...]) -> list[str]:
    return [each.source.name for each in found]


def test_without_doubles_everything_is_one_realm() -> None:
    found = tree(a__web=deployment("a"), b__service=service("web", "a"))
    assert [names(each.own) for each in realms_of(found)] == [["a/web.yaml", "b/service.yaml"]]


def test_rival_directories_are_realms_and_the_rest_is_shared() -> None:
    found = tree(
        dev__web=deployment("web"), prod__web=deployment("web"),
        prod__more__extra=service("extra", "web"), common=service("web", "web"),
    )  # fmt: skip
    realms = realms_of(found)
    assert [names(each.own) for each in realms] == [
        ["dev/web.yaml"], ["prod/web.yaml", "prod/more/extra.yaml"],
    ]  # fmt: skip
    assert all(names(each.shared) == ["common.yaml"] for each in realms)


def looked(found: list[Manifest], rule: str) -> list[tuple[str, str]]:
    rules = tuple(each for each in built_in_rules() if each.name == rule)
    looked = Linter(rules, (1, 37)).look(found)
    return [(each.place.file, each.object) for each in looked.findings]


def test_what_is_shared_is_wrong_when_it_is_wrong_everywhere() -> None:
    selecting_one = tree(
        dev__web=deployment("dev"), prod__web=deployment("prod"), common=service("web", "prod")
    )
    assert looked(selecting_one, "service-selects-nothing") == []
    selecting_none = tree(
        dev__web=deployment("dev"), prod__web=deployment("prod"), common=service("web", "wbe")
    )
    assert looked(selecting_none, "service-selects-nothing") == [("common.yaml", "Service/web")]


def test_the_same_object_in_one_file_is_a_mistake_and_in_two_may_be_meant() -> None:
    twice = service("web", "a") + "---\n" + service("web", "b")
    assert looked(tree(dev__a=twice), "object-twice") == [("dev/a.yaml", "Service/web")]
    assert looked(tree(dev__a=service("w", "a"), dev__b=service("w", "b")), "object-twice") == []


def test_a_rule_that_breaks_is_told_and_the_others_run() -> None:
    def breaks(manifest: Manifest, _: World) -> Hits:
        raise KeyError(manifest.name)

    bad = Rule("SEA801", "breaks", Severity.INFO, "", check_manifest=breaks)
    naked = next(each for each in built_in_rules() if each.name == "naked-pod")
    pod = manifests("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n")
    seen = Linter((bad, naked), (1, 37)).look(pod)
    assert [each.rule for each in seen.findings] == ["naked-pod"]
    assert [str(each) for each in seen.broken] == [
        "a.yaml:1:1: the rule breaks broke on Pod/x: KeyError: 'x'"
    ]
