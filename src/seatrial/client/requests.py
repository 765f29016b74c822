"""Kubernetes' verbs as HTTP requests: pure.

Does: builds one `Request` for each verb of `client.interface.Client`.
Does not: send anything, nor look at answers.
Differs from Kubernetes: speaks JSON only, never protobuf.
"""

from typing import Any

import orjson

from seatrial.api.kinds import Kind
from seatrial.api.objects import Object, name_of, namespace_of
from seatrial.client.interface import PatchType
from seatrial.client.transport.interface import Request

JSON_TYPE = "application/json"
# How much longer than the server's own limit a watch may live before we take the line for dead.
WATCH_SLACK_S = 30.0

_READ = {"accept": JSON_TYPE}
_WRITE = {"accept": JSON_TYPE, "content-type": JSON_TYPE}


def get_request(kind: Kind, name: str, namespace: str | None) -> Request:
    """One object."""
    return Request("GET", kind.path(namespace, name), headers=_READ)


def list_request(
    kind: Kind, namespace: str | None, *, labels: str = "", fields: str = "", limit: int = 0,
    continue_token: str = "", resource_version: str = "",
) -> Request:  # fmt: skip
    """A collection, or a page of it."""
    query = _query(
        labelSelector=labels,
        fieldSelector=fields,
        limit=str(limit) if limit else "",
        resourceVersion=resource_version,
    )
    query |= _query(**{"continue": continue_token})
    return Request("GET", kind.path(namespace), query=query, headers=_READ)


def watch_request(
    kind: Kind, namespace: str | None, *, labels: str = "", fields: str = "",
    resource_version: str = "", limit_s: int,
) -> Request:  # fmt: skip
    """Changes after `resource_version`, with bookmarks; the server ends them after `limit_s`."""
    query = {"watch": "1", "allowWatchBookmarks": "true", "timeoutSeconds": str(limit_s)} | _query(
        labelSelector=labels, fieldSelector=fields, resourceVersion=resource_version
    )
    path = kind.path(namespace)
    return Request("GET", path, query=query, headers=_READ, timeout_s=limit_s + WATCH_SLACK_S)


def create_request(kind: Kind, obj: Object, namespace: str | None) -> Request:
    """A new object; its own namespace counts when none is given."""
    where = namespace or namespace_of(obj) or None
    return Request("POST", kind.path(where), headers=_WRITE, body=_encode(kind, obj))


def update_request(kind: Kind, obj: Object, subresource: str) -> Request:
    """The whole object replaced; its resourceVersion, if it has one, must be the latest."""
    path = kind.path(namespace_of(obj) or None, name_of(obj), subresource)
    return Request("PUT", path, headers=_WRITE, body=_encode(kind, obj))


def patch_request(
    kind: Kind, name: str, namespace: str | None, patch: Any, *,
    patch_type: PatchType, subresource: str = "",
) -> Request:  # fmt: skip
    """A part of the object changed."""
    headers = {"accept": JSON_TYPE, "content-type": patch_type}
    path = kind.path(namespace, name, subresource)
    return Request("PATCH", path, headers=headers, body=orjson.dumps(patch))


def delete_request(
    kind: Kind, name: str, namespace: str | None, *,
    grace_period_s: int | None = None, propagation: str = "", uid: str = "",
) -> Request:  # fmt: skip
    """An object asked to go; `uid` refuses to touch another object of that name."""
    options: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions"}
    if grace_period_s is not None:
        options["gracePeriodSeconds"] = grace_period_s
    if propagation:
        options["propagationPolicy"] = propagation
    if uid:
        options["preconditions"] = {"uid": uid}
    body = orjson.dumps(options)
    return Request("DELETE", kind.path(namespace, name), headers=_WRITE, body=body)


def subresource_request(
    kind: Kind, name: str, namespace: str | None, subresource: str, body: Object
) -> Request:
    """Something created under an object: a binding, an eviction, a token."""
    path = kind.path(namespace, name, subresource)
    return Request("POST", path, headers=_WRITE, body=orjson.dumps(body))


def _query(**wanted: str) -> dict[str, str]:
    return {key: value for key, value in wanted.items() if value}


def _encode(kind: Kind, obj: Object) -> bytes:
    return orjson.dumps({"apiVersion": kind.api_version, "kind": kind.kind, **obj})
