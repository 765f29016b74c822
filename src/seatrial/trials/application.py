"""The application under trial: its manifests with their places, and its settings.

Does: reads YAML and JSON files and directories of them; expands Lists; refuses what cannot be
applied, by file and line.
Does not: judge values (the API server does, with the same words for everybody).
Holds: objects come out in the order in which they may be applied; each knows its file and line.
Differs from Kubernetes: a manifest's namespace is not kept, each trial has one of its own; objects
of kind Namespace are therefore left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from seatrial.api.kinds import Kind, KindTable
from seatrial.api.objects import Object, name_of
from seatrial.trials.errors import ManifestError
from seatrial.trials.form import refuse_malformed
from seatrial.trials.settings import (
    FILE_NAME,
    ImageSource,
    Settings,
    merge_settings,
    read_settings,
)

SUFFIXES = (".yaml", ".yml", ".json")
# What others refer to comes before what refers to it; everything else follows.
APPLY_FIRST = ("ServiceAccount", "Secret", "ConfigMap", "Service")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object of the application, as its author wrote it."""

    object: Object
    kind: Kind
    place: str  # "fortune.yaml:12"


@dataclass(frozen=True, slots=True)
class Application:
    """What is under trial."""

    name: str
    manifests: tuple[Manifest, ...]
    settings: Settings

    @property
    def images(self) -> Mapping[str, ImageSource]:
        """Where the images come from that no registry has; for the shelf of our own cluster."""
        return self.settings.images

    def place_of(self, kind: str, name: str) -> str:
        """File and line of an object, "" when it is not ours."""
        for manifest in self.manifests:
            if manifest.kind.kind == kind and name_of(manifest.object) == name:
                return manifest.place
        return ""


def load_application(paths: Sequence[Path], *, kinds: KindTable | None = None) -> Application:
    """The application of these files and directories (every *.yaml, *.yml, *.json below them).

    Raises ManifestError, SettingsError.
    """
    table = kinds or KindTable()
    files = [file for path in paths for file in _files(path)]
    manifests = [manifest for file in files for manifest in _read(file, table)]
    if not manifests:
        named = ", ".join(str(path) for path in paths) or "nothing"
        raise ManifestError(
            f"no manifest in {named}", remedy="name a YAML file or a directory that holds some"
        )
    _refuse_doubles(manifests)
    ordered = sorted(
        (each for each in manifests if each.kind.kind != "Namespace"),
        key=lambda each: _rank(each.kind.kind),
    )
    settings = merge_settings(tuple(read_settings(path) for path in _settings_files(paths)))
    return Application(_name(paths[0]), tuple(ordered), settings)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
    if not path.exists():
        raise ManifestError(f"{path} does not exist", remedy="check the path")
    return [path]


def _settings_files(paths: Sequence[Path]) -> list[Path]:
    homes = dict.fromkeys(path if path.is_dir() else path.parent for path in paths)
    return [home / FILE_NAME for home in homes if (home / FILE_NAME).exists()]


def _name(path: Path) -> str:
    """`shop/web` for a directory, `web` for a file: enough to know it by."""
    resolved = path.resolve()
    return "/".join(resolved.parts[-2:]).lstrip("/") if resolved.is_dir() else resolved.stem


def _rank(kind: str) -> int:
    return APPLY_FIRST.index(kind) if kind in APPLY_FIRST else len(APPLY_FIRST)


def _read(file: Path, table: KindTable) -> Iterator[Manifest]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ManifestError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"{file}: is not UTF-8 text") from error
    for line, document in _documents(file, text):
        for obj in _expand(document):
            yield _manifest(obj, f"{file}:{line}", table)


class _Loader(yaml.SafeLoader):
    """YAML as Kubernetes reads it: dates stay text, a key that is there twice is refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value == "<<" or not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} is there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _documents(file: Path, text: str) -> Iterator[tuple[int, Any]]:
    """Line (from 1) and value of each document that is not empty."""
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            document = loader.construct_document(node) if node else None
            if node and document is not None:
                yield node.start_mark.line + 1, document
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise ManifestError(f"{file}:{line}: not YAML: {what}") from error
    except yaml.YAMLError as error:
        raise ManifestError(f"{file}: not YAML: {error}") from error
    finally:
        loader.dispose()


def _expand(document: Any) -> Iterator[Any]:
    if isinstance(document, dict) and str(document.get("kind", "")).endswith("List"):
        items = document.get("items")
        if isinstance(items, list):
            yield from items
            return
    yield document


def _manifest(obj: Any, place: str, table: KindTable) -> Manifest:
    if not isinstance(obj, dict):
        raise ManifestError(f"{place}: a {type(obj).__name__} is no Kubernetes object")
    api_version, kind = obj.get("apiVersion"), obj.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str):
        raise ManifestError(
            f"{place}: apiVersion or kind is missing", remedy="every object needs both"
        )
    found = table.by_kind(api_version, kind)
    if found is None:
        raise ManifestError(
            f'{place}: no matches for kind "{kind}" in version "{api_version}"',
            remedy=_other_version(kind, table) or "leave it out of this trial",
        )
    if not isinstance(obj.get("metadata"), dict) or not name_of(obj):
        raise ManifestError(f"{place}: {kind} has no metadata.name")
    refuse_malformed(found, obj, place)
    return Manifest(obj, found, place)


def _other_version(kind: str, table: KindTable) -> str:
    versions = [each.api_version for each in table.kinds if each.kind == kind]
    return f"{kind} is known in {', '.join(versions)}" if versions else ""


def _refuse_doubles(manifests: Sequence[Manifest]) -> None:
    seen: dict[tuple[str, str, str], str] = {}
    for manifest in manifests:
        name = name_of(manifest.object)
        key = (manifest.kind.api_version, manifest.kind.kind, name)
        if key in seen:
            raise ManifestError(
                f"{manifest.place}: {manifest.kind.kind} {name} is also in {seen[key]}",
                remedy="a trial runs everything in one namespace: names must be unique",
            )
        seen[key] = manifest.place
