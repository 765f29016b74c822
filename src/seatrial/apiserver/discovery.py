"""What this server speaks, for clients that ask first: groups, versions, resources, health.

Does: `/api`, `/apis`, `/api/v1`, `/apis/GROUP[/VERSION]`, aggregated discovery, `/version`, health.
"""

import platform
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from seatrial.api.kinds import Kind, KindTable
from seatrial.apiserver.http import TEXT, Answer, Request
from seatrial.apiserver.negotiate import Wanted, wanted

VERSION = "v1.37.0+seatrial"
_AGGREGATED = frozenset({"APIGroupDiscoveryList"})
# (group, version, kind) of a subresource's body, and its verbs.
_SUBRESOURCES: dict[str, tuple[tuple[str, str, str] | None, tuple[str, ...]]] = {
    "status": (None, ("get", "patch", "update")),
    "scale": (("autoscaling", "v1", "Scale"), ("get", "patch", "update")),
    "log": (None, ("get",)),
    "binding": (("", "v1", "Binding"), ("create",)),
    "eviction": (("policy", "v1", "Eviction"), ("create",)),
    "token": (("authentication.k8s.io", "v1", "TokenRequest"), ("create",)),
    "finalize": (None, ("update",)),
    "proxy": (("", "v1", "NodeProxyOptions"), ("get",)),
}


def answer_open(request: Request) -> Answer:
    """Paths that anybody may read."""
    if request.path.startswith("/version"):
        return _json(_version())
    return Answer(b"ok", content_type=TEXT)


def answer(request: Request, kinds: KindTable) -> Answer | None:
    """A discovery document, or None when the path is none. Raises Refused (406)."""
    match request.path.strip("/").split("/"):
        case ["api"]:
            return _aggregated_or(request, _core_groups(kinds), _api_versions())
        case ["apis"]:
            return _aggregated_or(request, _named_groups(kinds), _group_list(kinds))
        case ["api", "v1"]:
            return _json(_resource_list(kinds, "", "v1"))
        case ["apis", group] if group in _groups(kinds):
            return _json(_group(kinds, group) | {"kind": "APIGroup", "apiVersion": "v1"})
        case ["apis", group, version] if version in _groups(kinds).get(group, ()):
            return _json(_resource_list(kinds, group, version))
        case [""]:
            return _json({"paths": _paths(kinds)})
    return None


def _version() -> dict[str, Any]:
    major, minor, _ = VERSION.removeprefix("v").split(".", 2)
    return {
        "major": major,
        "minor": minor,
        "gitVersion": VERSION,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "none",
        "compiler": platform.python_implementation(),
        "platform": f"linux/{platform.machine()}",
    }


def _aggregated_or(
    request: Request, groups: list[dict[str, Any]], otherwise: dict[str, Any]
) -> Answer:
    asked = wanted(request.headers.get("accept", ""), _AGGREGATED)
    if not asked.shape:
        return _json(otherwise)
    version = "v2beta1" if asked.version == "v2beta1" else "v2"
    body = {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": groups,
    }
    return Answer(orjson.dumps(body), content_type=_content_type(asked, version))


def _content_type(asked: Wanted, version: str) -> str:
    return f"{asked.media_type};g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"


def _groups(kinds: KindTable) -> dict[str, list[str]]:
    """Named groups to their versions, in the order of the table."""
    found: dict[str, list[str]] = {}
    for kind in kinds.kinds:
        versions = found.setdefault(kind.group, []) if kind.group else []
        if kind.version not in versions:
            versions.append(kind.version)
    return found


def _api_versions() -> dict[str, Any]:
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def _group_list(kinds: KindTable) -> dict[str, Any]:
    groups = [_group(kinds, group) for group in _groups(kinds)]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def _group(kinds: KindTable, group: str) -> dict[str, Any]:
    versions = [
        {"groupVersion": f"{group}/{version}", "version": version}
        for version in _groups(kinds)[group]
    ]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _resource_list(kinds: KindTable, group: str, version: str) -> dict[str, Any]:
    resources = [resource for kind in _of(kinds, group, version) for resource in _resources(kind)]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": resources,
    }


def _of(kinds: KindTable, group: str, version: str) -> Sequence[Kind]:
    return [each for each in kinds.kinds if (each.group, each.version) == (group, version)]


def _resources(kind: Kind) -> Iterator[dict[str, Any]]:
    resource: dict[str, Any] = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        resource["shortNames"] = list(kind.short_names)
    if kind.categories:
        resource["categories"] = list(kind.categories)
    yield resource
    for subresource in kind.subresources:
        body, verbs = _SUBRESOURCES[subresource]
        entry: dict[str, Any] = {
            "name": f"{kind.plural}/{subresource}",
            "singularName": "",
            "namespaced": kind.namespaced,
            "kind": body[2] if body else kind.kind,
            "verbs": list(verbs),
        }
        if body:
            entry |= {"group": body[0], "version": body[1]}
        yield entry


def _core_groups(kinds: KindTable) -> list[dict[str, Any]]:
    return [_discovered(kinds, "", ["v1"])]


def _named_groups(kinds: KindTable) -> list[dict[str, Any]]:
    return [_discovered(kinds, group, versions) for group, versions in _groups(kinds).items()]


def _discovered(kinds: KindTable, group: str, versions: list[str]) -> dict[str, Any]:
    metadata = {"name": group} if group else {}
    return {
        "metadata": {**metadata, "creationTimestamp": None},
        "versions": [
            {
                "version": version,
                "freshness": "Current",
                "resources": [_discovered_resource(each) for each in _of(kinds, group, version)],
            }
            for version in versions
        ],
    }


def _discovered_resource(kind: Kind) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "resource": kind.plural,
        "responseKind": _response_kind(kind, None),
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        resource["shortNames"] = list(kind.short_names)
    if kind.categories:
        resource["categories"] = list(kind.categories)
    if kind.subresources:
        resource["subresources"] = [
            {
                "subresource": subresource,
                "responseKind": _response_kind(kind, _SUBRESOURCES[subresource][0]),
                "verbs": list(_SUBRESOURCES[subresource][1]),
            }
            for subresource in kind.subresources
        ]
    return resource


def _response_kind(kind: Kind, body: tuple[str, str, str] | None) -> dict[str, str]:
    group, version, name = body or (kind.group, kind.version, kind.kind)
    return {"group": group, "version": version, "kind": name}


def _paths(kinds: KindTable) -> list[str]:
    named = [
        path
        for group, versions in _groups(kinds).items()
        for path in (f"/apis/{group}", *(f"/apis/{group}/{version}" for version in versions))
    ]
    health = ["/healthz", "/livez", "/readyz"]
    return ["/api", "/api/v1", "/apis", *named, *health, "/openapi/v2", "/openapi/v3", "/version"]


def _json(body: dict[str, Any]) -> Answer:
    return Answer(orjson.dumps(body))
