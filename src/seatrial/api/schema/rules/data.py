"""Rules of ConfigMaps and Secrets."""

from collections.abc import Iterator

from seatrial.api import causes, names
from seatrial.api.causes import Cause
from seatrial.api.objects import Object
from seatrial.api.schema.rules.metadata import immutable

BYTES_MAX = 1024 * 1024

_NEEDED_KEYS = {
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def check_config_map(obj: Object) -> Iterator[Cause]:
    """A ConfigMap."""
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    yield from _keys(data, "data")
    yield from _keys(binary, "binaryData")
    for key in data:
        if key in binary:
            yield causes.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    size = sum(len(each.encode()) for each in data.values())
    size += sum(len(each) * 3 // 4 for each in binary.values())
    if size > BYTES_MAX:
        yield causes.too_long("", BYTES_MAX)


def check_secret(obj: Object) -> Iterator[Cause]:
    """A Secret."""
    data = obj.get("data") or {}
    yield from _keys(data, "data")
    if sum(len(each) * 3 // 4 for each in data.values()) > BYTES_MAX:
        yield causes.too_long("data", BYTES_MAX)
    for key in _NEEDED_KEYS.get(obj.get("type", ""), ()):
        if key not in data:
            yield causes.required(f"data[{key}]")
    if obj.get("type") == "kubernetes.io/basic-auth" and not {"username", "password"} & set(data):
        yield causes.required("data[username]")
        yield causes.required("data[password]")


def _keys(data: dict[str, str], path: str) -> Iterator[Cause]:
    for key in data:
        if wrong := names.explain_config_key(key):
            yield causes.invalid(f"{path}[{key}]", key, wrong)


def check_config_map_update(new: Object, old: Object) -> Iterator[Cause]:
    """Data that was declared immutable stays."""
    yield from _frozen(new, old, ("data", "binaryData"))


def check_secret_update(new: Object, old: Object) -> Iterator[Cause]:
    """A Secret's type stays, and data that was declared immutable."""
    if new.get("type") != old.get("type"):
        yield immutable("type", new.get("type"))
    yield from _frozen(new, old, ("data",))


def _frozen(new: Object, old: Object, fields: tuple[str, ...]) -> Iterator[Cause]:
    detail = "field is immutable when `immutable` is set"
    if not old.get("immutable"):
        return
    for field in ("immutable", *fields):
        if new.get(field) != old.get(field):
            yield causes.forbidden(field, detail)
