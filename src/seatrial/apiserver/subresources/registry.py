"""Which function answers a verb on a resource or subresource: one line each."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.chain.request_info import RequestInfo
from seatrial.apiserver.http import Answer, Streamed
from seatrial.apiserver.subresources.binding import bind
from seatrial.apiserver.subresources.eviction import evict
from seatrial.apiserver.subresources.log import read_log
from seatrial.apiserver.subresources.proxy import proxy
from seatrial.apiserver.subresources.scale import get_scale, patch_scale, update_scale
from seatrial.apiserver.subresources.token import request_token
from seatrial.apiserver.verbs.create import create
from seatrial.apiserver.verbs.delete import delete
from seatrial.apiserver.verbs.delete_collection import delete_collection
from seatrial.apiserver.verbs.get import get
from seatrial.apiserver.verbs.list import list_
from seatrial.apiserver.verbs.patch import patch
from seatrial.apiserver.verbs.update import update
from seatrial.apiserver.verbs.watch import watch

Handler: TypeAlias = Callable[[Api, Call], Awaitable[Answer | Streamed]]

# (subresource, verb) to handler; "" is the resource itself.
_HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("", "get"): get,
    ("", "list"): list_,
    ("", "watch"): watch,
    ("", "create"): create,
    ("", "update"): update,
    ("", "patch"): patch,
    ("", "delete"): delete,
    ("", "deletecollection"): delete_collection,
    ("status", "get"): get,
    ("status", "update"): update,
    ("status", "patch"): patch,
    ("finalize", "update"): update,
    ("scale", "get"): get_scale,
    ("scale", "update"): update_scale,
    ("scale", "patch"): patch_scale,
    ("binding", "create"): bind,
    ("eviction", "create"): evict,
    ("log", "get"): read_log,
    ("proxy", "get"): proxy,
    ("token", "create"): request_token,
}

# Writes to a resource itself: an object is made in its collection and changed by its name.
_NEEDS_NAME: Mapping[str, bool] = {"create": False, "update": True, "patch": True}


def handler_of(info: RequestInfo, verb: str) -> Handler | None:
    """Who answers, or None when nobody does."""
    if not info.subresource and verb in _NEEDS_NAME and bool(info.name) is not _NEEDS_NAME[verb]:
        return None
    return _HANDLERS.get((info.subresource, verb))
