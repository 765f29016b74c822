"""list: a collection, chosen by selectors, in pages of one revision.

Does: `limit`/`continue`, `resourceVersion`/`resourceVersionMatch`, label and field selectors.
Holds: all pages of a list show one revision; a page that can no longer show it is refused (410).
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from seatrial.api import status
from seatrial.apiserver.call import Api, Call
from seatrial.apiserver.http import Answer, Query
from seatrial.apiserver.options import Choice, choice, number
from seatrial.apiserver.present.choose import finished, presenter_of
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.registry.keys import prefix_of
from seatrial.apiserver.registry.objects import Objects
from seatrial.store.interface import Compacted, Entry, FutureRevision

# Entries read at once when a page is filled through a selector.
_CHUNK_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class PageOptions:
    """Which page: at most `limit` entries (0: all) after key `after`, at `revision` (0: now)."""

    limit: int = 0
    revision: int = 0
    after: str = ""
    is_continued: bool = False
    # Not older than this; only the future can be refused, since the answer is always the newest.
    at_least: int = 0


@dataclass(slots=True)
class Page:
    """A page: `more` is the key after which the next one begins, "" for the last."""

    revision: int
    entries: Sequence[Entry] = ()
    more: str = ""
    remaining: int = 0


async def list_(api: Api, call: Call) -> Answer:
    """Raises Refused (400, 406, 410, 504)."""
    presenter = presenter_of(call, many=True)
    options = page_options(call.request.query)
    chosen = choice(call.info.kind, call.request.query)
    prefix = prefix_of(call.info.kind, call.info.namespace)
    page = await read_page(api.objects, prefix, chosen, options)
    body = presenter.many(page.entries, api.objects.decode, _metadata(page, chosen))
    return finished(call, body)


async def read_page(objects: Objects, prefix: str, chosen: Choice, options: PageOptions) -> Page:
    """One page. Raises Refused (410, 504)."""
    current = objects.store.revision
    if options.at_least > current:
        raise Refused(status.future_revision(options.at_least, current))
    try:
        if chosen.is_everything:
            listing = await objects.store.list(
                prefix, revision=options.revision, limit=options.limit, after=options.after
            )
            page = Page(listing.revision, listing.entries, remaining=listing.remaining)
            page.more = page.entries[-1].key if listing.remaining else ""
            return page
        return await _read_chosen(objects, prefix, chosen, options)
    except Compacted as error:
        if options.is_continued:
            raise Refused(status.expired_continue()) from error
        raise Refused(status.expired_revision(options.revision, error.oldest)) from error
    except FutureRevision as error:
        raise Refused(status.future_revision(options.revision, current)) from error


async def _read_chosen(objects: Objects, prefix: str, chosen: Choice, options: PageOptions) -> Page:
    revision, after = options.revision, options.after
    chunk = _CHUNK_ENTRIES if options.limit else 0
    found: list[Entry] = []
    while True:
        listing = await objects.store.list(prefix, revision=revision, limit=chunk, after=after)
        revision = listing.revision
        found.extend(each for each in listing.entries if chosen.takes(objects.decode(each)))
        if options.limit and len(found) > options.limit:
            page = found[: options.limit]
            return Page(revision, page, more=page[-1].key)
        if not listing.remaining:
            return Page(revision, found)
        after = listing.entries[-1].key


def page_options(query: Query) -> PageOptions:
    """Raises Refused (400)."""
    limit = max(number(query, "limit"), 0)
    revision = number(query, "resourceVersion")
    match = query.get("resourceVersionMatch")
    if token := query.get("continue"):
        if revision:
            raise Refused(
                status.bad_request("specifying resource version is not allowed when using continue")
            )
        at, after = _read_token(token)
        return PageOptions(limit, at, after, is_continued=True)
    if match not in {"", "Exact", "NotOlderThan"}:
        raise Refused(
            status.bad_request(
                f'invalid resourceVersionMatch "{match}": must be Exact or NotOlderThan'
            )
        )
    if match and not query.get("resourceVersion"):
        raise Refused(
            status.bad_request(
                "resourceVersionMatch is forbidden unless resourceVersion is provided"
            )
        )
    # Without a match, a named revision is exact only for the first page of a paged list.
    is_exact = match == "Exact" or (not match and limit > 0)
    return PageOptions(limit, revision) if is_exact else PageOptions(limit, at_least=revision)


def _metadata(page: Page, chosen: Choice) -> dict[str, Any]:
    metadata: dict[str, Any] = {"resourceVersion": str(page.revision)}
    if page.more:
        metadata["continue"] = _write_token(page.revision, page.more)
        if chosen.is_everything:
            metadata["remainingItemCount"] = page.remaining
    return metadata


def _write_token(revision: int, start: str) -> str:
    token = {"v": 1, "rv": revision, "start": start}
    return base64.urlsafe_b64encode(orjson.dumps(token)).decode().rstrip("=")


def _read_token(text: str) -> tuple[int, str]:
    try:
        token = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return int(token["rv"]), str(token["start"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise Refused(status.bad_request("continue key is not valid")) from error
