"""Scripts that a container runs from a ConfigMap: the text behind `sh /scripts/start.sh`.

Does: follows the command's path through mounts, `subPath` and `items` to the ConfigMap's key.
Does not: know the scripts that an image brings along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import normpath, relpath
from typing import Any

from seatrial.lint.commands import SHELLS, container_launch
from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, Manifest, mapping, sequence
from seatrial.lint.shell.parse import parse_script
from seatrial.lint.shell.tokens import ScriptError
from seatrial.lint.shell.tree import Items
from seatrial.lint.volumes import Mount, mount_of, mounts_of
from seatrial.lint.workload import Container, Workload


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A script that stands in a ConfigMap among the manifests."""

    path: str  # as the container calls it
    shell: str
    config_map: Manifest
    field: FieldPath  # in the ConfigMap
    text: str
    items: Items


def script_file_of(
    workload: Workload, container: Container, inventory: Inventory
) -> ScriptFile | None:
    """The script that is the container's process; None where none is, or it is not among them."""
    launch = container_launch(container)
    if launch is None or launch.script is not None or not launch.words:
        return None
    shell, path = _called(launch.words)
    mount = mount_of(path, mounts_of(workload, container)) if path.startswith("/") else None
    if mount is None or mount.volume.kind != "configMap":
        return None
    name = str(mount.volume.source.get("name", ""))
    config_map = inventory.find("ConfigMap", name, workload.manifest.namespace)
    key = _key(path, mount, _entry(mount, workload))
    text = mapping(config_map.value.get("data")).get(key) if config_map is not None else None
    if config_map is None or not isinstance(text, str):
        return None
    shell = shell or _interpreter(text)
    try:
        items = parse_script(text) if shell else None
    except ScriptError:
        return None
    return ScriptFile(path, shell, config_map, ("data", key), text, items) if items else None


def _called(words: tuple[str, ...]) -> tuple[str, str]:
    """The shell and the path of `sh -e /x.sh`; "" as shell of `/x.sh` itself."""
    program = words[0].rpartition("/")[2]
    if program not in SHELLS:
        return "", words[0]
    return program, next((each for each in words[1:] if not each.startswith(("-", "+"))), "")


def _entry(mount: Mount, workload: Workload) -> Mapping[str, Any]:
    """The entry in volumeMounts."""
    here: Any = workload.manifest.value
    for step in mount.field:
        here = here[step]
    return mapping(here)


def _key(path: str, mount: Mount, entry: Mapping[str, Any]) -> str:
    """The ConfigMap's key behind the path."""
    inner = relpath(normpath(path), normpath(mount.path))
    below = str(entry.get("subPath") or "")
    file = normpath(f"{below}/{inner}") if below else inner
    items = [mapping(each) for each in sequence(mount.volume.source.get("items"))]
    keys = [str(each.get("key")) for each in items if each.get("path") == file]
    return keys[0] if keys else "" if items else file


def _interpreter(text: str) -> str:
    """The shell of `#!/bin/sh -e` or `#!/usr/bin/env bash`; "" for another program's script."""
    first = text.partition("\n")[0]
    words = first.removeprefix("#!").split() if first.startswith("#!") else []
    names = [each.rpartition("/")[2] for each in words[:2]]
    return next((each for each in names if each in SHELLS), "")
