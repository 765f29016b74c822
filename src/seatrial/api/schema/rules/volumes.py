"""Rules of volumes and their mounts."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from seatrial.api import causes, names
from seatrial.api.causes import Cause
from seatrial.api.schema.rules.environment import check_field_reference, check_resource_reference

_HOST_PATH_TYPES = (
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate",
    "Socket",
)  # fmt: skip
_FIELDS = (
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
)


def check_volumes(volumes: list[dict[str, Any]], path: str) -> Iterator[Cause]:
    """`spec.volumes` of a pod."""
    seen: set[str] = set()
    for at, volume in enumerate(volumes):
        place, name = f"{path}[{at}]", volume.get("name", "")
        if not name:
            yield causes.required(f"{place}.name")
        elif wrong := names.explain_dns_label(name):
            yield causes.invalid(f"{place}.name", name, wrong)
        elif name in seen:
            yield causes.duplicate(f"{place}.name", name)
        seen.add(name)
        yield from _source(volume, place)


def _source(volume: Mapping[str, Any], path: str) -> Iterator[Cause]:
    sources = [field for field in volume if field != "name"]
    if not sources:
        yield causes.required(path, "must specify a volume type")
    for field in sources[1:]:
        yield causes.forbidden(f"{path}.{field}", "may not specify more than 1 volume type")
    for field in sources[:1]:
        if field in _SOURCES:
            yield from _SOURCES[field](volume[field], f"{path}.{field}")


def _secret(source: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if not source.get("secretName"):
        yield causes.required(f"{path}.secretName")
    yield from _mode(source.get("defaultMode"), f"{path}.defaultMode")
    yield from _items(source.get("items") or (), f"{path}.items")


def _config_map(source: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if not source.get("name"):
        yield causes.required(f"{path}.name")
    yield from _mode(source.get("defaultMode"), f"{path}.defaultMode")
    yield from _items(source.get("items") or (), f"{path}.items")


def _host_path(source: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if not source.get("path"):
        yield causes.required(f"{path}.path")
    elif ".." in source["path"].split("/"):
        yield causes.invalid(f"{path}.path", source["path"], "must not contain '..'")
    if source.get("type", "") not in _HOST_PATH_TYPES:
        yield causes.unsupported(f"{path}.type", source["type"], _HOST_PATH_TYPES)


def _downward(source: Mapping[str, Any], path: str) -> Iterator[Cause]:
    yield from _mode(source.get("defaultMode"), f"{path}.defaultMode")
    for at, item in enumerate(source.get("items") or ()):
        place = f"{path}.items[{at}]"
        yield from _relative_path(item.get("path", ""), f"{place}.path")
        if item.get("fieldRef") is not None:
            yield from check_field_reference(item["fieldRef"], f"{place}.fieldRef", known=_FIELDS)
        elif item.get("resourceFieldRef") is not None:
            yield from check_resource_reference(
                item["resourceFieldRef"], f"{place}.resourceFieldRef"
            )
        else:
            detail = "one of fieldRef and resourceFieldRef is required"
            yield causes.required(f"{place}.fieldRef", detail)


def _projected(source: Mapping[str, Any], path: str) -> Iterator[Cause]:
    yield from _mode(source.get("defaultMode"), f"{path}.defaultMode")
    for at, each in enumerate(source.get("sources") or ()):
        place = f"{path}.sources[{at}]"
        if not each:
            yield causes.required(place, "must specify a projected volume source type")
        for field in list(each)[1:]:
            detail = "may not specify more than 1 volume type per source"
            yield causes.forbidden(f"{place}.{field}", detail)
        for field in ("secret", "configMap"):
            if each.get(field) is not None and not each[field].get("name"):
                yield causes.required(f"{place}.{field}.name")
        if each.get("downwardAPI") is not None:
            yield from _downward(each["downwardAPI"], f"{place}.downwardAPI")


def _claim(source: Mapping[str, Any], path: str) -> Iterator[Cause]:
    if not source.get("claimName"):
        yield causes.required(f"{path}.claimName")


_SOURCES = {
    "secret": _secret, "configMap": _config_map, "hostPath": _host_path, "downwardAPI": _downward,
    "projected": _projected, "persistentVolumeClaim": _claim,
}  # fmt: skip


def _mode(mode: int | None, path: str) -> Iterator[Cause]:
    if mode is not None and not 0 <= mode <= 0o777:
        detail = "must be a number between 0 and 0777 (octal), both inclusive"
        yield causes.invalid(path, mode, detail)


def _items(items: Collection[Mapping[str, Any]], path: str) -> Iterator[Cause]:
    for at, item in enumerate(items):
        if not item.get("key"):
            yield causes.required(f"{path}[{at}].key")
        yield from _relative_path(item.get("path", ""), f"{path}[{at}].path")
        yield from _mode(item.get("mode"), f"{path}[{at}].mode")


def _relative_path(value: str, path: str) -> Iterator[Cause]:
    if not value:
        yield causes.required(path)
    elif value.startswith("/"):
        yield causes.invalid(path, value, "must be a relative path")
    elif ".." in value.split("/"):
        yield causes.invalid(path, value, "must not contain '..'")
    elif value.startswith(".."):
        yield causes.invalid(path, value, "must not start with '..'")


def check_mounts(
    mounts: Collection[Mapping[str, Any]], path: str, *, volumes: Collection[str]
) -> Iterator[Cause]:
    """`volumeMounts` of a container, in a pod with these volumes."""
    seen: set[str] = set()
    for at, mount in enumerate(mounts):
        place = f"{path}[{at}]"
        name, target = mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            yield causes.required(f"{place}.name")
        elif name not in volumes:
            yield causes.not_found(f"{place}.name", name)
        if not target:
            yield causes.required(f"{place}.mountPath")
        elif target in seen:
            yield causes.invalid(f"{place}.mountPath", target, "must be unique")
        seen.add(target)
        yield from _sub_path(mount, place)


def _sub_path(mount: Mapping[str, Any], path: str) -> Iterator[Cause]:
    for field in ("subPath", "subPathExpr"):
        if mount.get(field):
            yield from _relative_path(mount[field], f"{path}.{field}")
    if mount.get("subPath") and mount.get("subPathExpr"):
        detail = "subPathExpr and subPath are mutually exclusive"
        yield causes.invalid(f"{path}.subPathExpr", mount["subPathExpr"], detail)
