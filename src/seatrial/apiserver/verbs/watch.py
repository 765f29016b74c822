"""watch: what changes in a collection, as lines of JSON, from a revision on.

Does: selectors with their transitions (an object that no longer fits is DELETED for this watcher),
synthetic ADDED events of what is there, bookmarks, `sendInitialEvents`, `timeoutSeconds`.
Holds: no gap and no double between the first list and the events; a bookmark's revision is never
ahead of what was sent. A reader that is too slow gets an ERROR line (410) and must list again.
"""

from functools import partial

from seatrial.api import status
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Query, SendPiece, Streamed
from seatrial.apiserver.options import Choice, choice, number
from seatrial.apiserver.present.choose import presenter_of
from seatrial.apiserver.present.presenter import Shown
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.registry.keys import prefix_of
from seatrial.apiserver.verbs.list import PageOptions, read_page
from seatrial.apiserver.verbs.watching import Beginning, Limits, Watching, error_line
from seatrial.kit.chance import uniform
from seatrial.store.interface import Compacted, FutureRevision


async def watch(api: Api, call: Call) -> Streamed:
    """Raises Refused (400, 406, 504)."""
    query = call.request.query
    presenter = presenter_of(call)
    chosen = choice(call.info.kind, query)
    prefix = prefix_of(call.info.kind, call.info.namespace)
    limits = _limits(api, query)
    beginning = await _beginning(api, prefix, chosen, query)
    try:
        events = api.objects.store.watch(prefix, after=beginning.revision)
    except FutureRevision as error:
        wanted, current = beginning.revision, api.objects.store.revision
        raise Refused(status.future_revision(wanted, current)) from error
    except Compacted as error:
        # A watch that comes too late is told so in its first line, as Kubernetes does it.
        gone = error_line(status.expired_revision(beginning.revision, error.oldest))
        return Streamed(partial(_say, gone))
    watching = Watching(events, chosen, presenter, changes=api.changes)
    newest = partial(getattr, api.objects.store, "revision")
    return Streamed(partial(watching.run, beginning, limits, newest))


async def _beginning(api: Api, prefix: str, chosen: Choice, query: Query) -> Beginning:
    streams_list = _streams_list(query)
    revision = number(query, "resourceVersion")
    if revision and not streams_list:
        return Beginning(revision)
    page = await read_page(api.objects, prefix, chosen, PageOptions(at_least=revision))
    shown = [Shown(each.value, partial(api.objects.decode, each)) for each in page.entries]
    marks_end = streams_list and query.flag("allowWatchBookmarks")
    return Beginning(page.revision, shown, marks_end)


async def _say(piece: bytes, send: SendPiece) -> None:
    await send(piece)


def _limits(api: Api, query: Query) -> Limits:
    wanted, default_s = number(query, "timeoutSeconds"), api.config.watching.timeout_s
    # Spread, so that watches that began together do not all come back together.
    timeout_s = float(wanted) if wanted > 0 else uniform(default_s, 2 * default_s)
    bookmark_s = api.config.watching.bookmark_s if query.flag("allowWatchBookmarks") else None
    return Limits(timeout_s, bookmark_s)


def _streams_list(query: Query) -> bool:
    if "sendInitialEvents" not in query:
        return False
    if query.get("resourceVersionMatch") != "NotOlderThan":
        raise Refused(
            status.bad_request(
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            )
        )
    return query.flag("sendInitialEvents")
