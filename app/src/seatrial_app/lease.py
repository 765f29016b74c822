"""One instance only: a guard that holds a Lease of the cluster while the application works.

Against what a forced delete can make: two pods of one name, the old one alive on a node that nobody
reaches. Readiness and StatefulSets cannot prevent that; a lease that runs out can.

    with Lease("scheduler") as lease:              # or: async with
        store.write(..., fence=lease.fence)

Does: wait for the lease, or refuse where another is seen at work; renew it on a thread of its own;
notice its loss, and act on it before anyone else can have it; let go at the end.
Does not: make a store refuse an old holder's late write: give `fence` to the store for that.
Holds: `is_held` is a question of time, not a flag: a process that was frozen and wakes up after its
deadline is told no at once, before any thread has run. A child of a fork holds nothing.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from seatrial_app.lease_api import ApiError, Forbidden, LeaseApi, Outdated, PodLeaseApi
from seatrial_app.lease_holder import find_holder
from seatrial_app.lease_terms import (
    JITTER_FACTOR,
    Record,
    Seen,
    Standing,
    Terms,
    free_at_s,
    is_renewed_by_another,
    judge,
    micro_time,
    parse_lease,
    released,
    render_lease,
    renewed,
    see,
    taken,
)

if TYPE_CHECKING:
    import asyncio

    from seatrial_app.lifecycle import Lifecycle

EXIT_LOST = 75
"""Exit code of a process that lost its lease (EX_TEMPFAIL): Kubernetes starts it again."""

log = logging.getLogger("seatrial_app")


class Taken(Exception):
    """Another holds the lease; the message says who."""


class Lost(Exception):
    """The lease is not ours any more, or not yet."""


def monotonic_s() -> float:
    """Seconds of a clock that runs on while the machine is suspended, where there is one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@dataclass(frozen=True)
class Tools:
    """Clock, chance and exit; a test gives its own. `wait` ends early when the event is set."""

    now: Callable[[], float] = monotonic_s
    wall: Callable[[], float] = time.time
    wait: Callable[[threading.Event, float], bool] = threading.Event.wait
    jitter: Callable[[], float] = random.random
    leave: Callable[[int], object] = os._exit


class Lease:
    """A lease by name; `name` is the pod's own by default: one instance of each StatefulSet member.

    `if_taken`: "wait" until it is free, or "refuse": raise Taken once its holder was seen at work
    (a dead one's lease runs out, and is taken).
    `if_lost`: "exit" at once with `EXIT_LOST`; "unready": the lifecycle's readiness fails for good;
    or a function that is called with the reason, on the event loop where one entered.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        if_taken: str = "wait",
        if_lost: str | Callable[[str], object] = "exit",
        terms: Terms | None = None,
        identity: str | None = None,
        lifecycle: Lifecycle | None = None,
        api: LeaseApi | None = None,
        tools: Tools | None = None,
    ) -> None:
        """Raises ApiError outside a pod, ValueError for a wrong setting."""
        if if_taken not in ("wait", "refuse"):
            raise ValueError(f"if_taken {if_taken!r} is neither 'wait' nor 'refuse'")
        if isinstance(if_lost, str) and if_lost not in ("exit", "unready"):
            raise ValueError(f"if_lost {if_lost!r} is neither 'exit' nor 'unready' nor a function")
        if if_lost == "unready" and lifecycle is None:
            raise ValueError("if_lost 'unready' needs the lifecycle whose readiness shall fail")
        holder = find_holder()
        self.name = name or holder.pod_name
        self.identity = identity or holder.identity
        self._refuses = if_taken == "refuse"
        self._if_lost = if_lost
        self._terms = terms or Terms()
        self._lifecycle = lifecycle
        self._api = api or PodLeaseApi()
        self._tools = tools or Tools()
        self._seen: Seen | None = None
        self._record: Record | None = None
        self._held_until_s = float("-inf")
        self._pid = os.getpid()
        self._ending = threading.Event()
        self._keeper: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- what the application asks ----------------------------------------------------------------

    @property
    def is_held(self) -> bool:
        """Whether it is ours at this moment."""
        return self._tools.now() < self._held_until_s and self._pid == os.getpid()

    @property
    def fence(self) -> int:
        """The fencing number of this hold: higher than any before. Raises Lost where there is none.

        A store that keeps the highest number it has seen, and refuses lower ones, is safe from a
        write that was under way when the lease was lost.
        """
        if self._record is None or not self.is_held:
            raise Lost(f"lease {self.name!r} is not held")
        return self._record.transitions

    # -- hold and let go --------------------------------------------------------------------------

    def acquire(self, limit_s: float | None = None) -> int:
        """Get the lease and keep it; returns the fencing number.

        Raises Taken when another holds it (at once seen at work, where refusing, or after
        `limit_s`), Forbidden when the service account may not.
        """
        until_s = float("inf") if limit_s is None else self._tools.now() + limit_s
        while not self.try_acquire():
            if self._tools.now() >= until_s or self._ending.is_set():
                raise Taken(f"lease {self.name!r} was not free: {self._whose()}")
            self._object(f"lease {self.name} is awaited: {self._whose()}")
            self._tools.wait(self._ending, min(self._pause_s(), until_s - self._tools.now()))
        if self._ending.is_set():  # whoever asked has gone meanwhile
            self._let_go()
            raise Taken(f"lease {self.name!r} is no longer wanted")
        self._object(None)
        fence = self.fence
        self._keeper = threading.Thread(target=self._keep, name="seatrial-lease", daemon=True)
        self._keeper.start()
        return fence

    def release(self) -> None:
        """Let go: the next one need not wait. Never raises; again is nothing."""
        self._ending.set()
        if self._pid != os.getpid():
            return
        if self._keeper is not None and self._keeper is not threading.current_thread():
            self._keeper.join(self._terms.renew_deadline_s)
        self._let_go()

    def __enter__(self) -> Lease:
        self.acquire()
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    async def __aenter__(self) -> Lease:
        import asyncio  # only for those who have a loop, and so have it already

        self._loop = asyncio.get_running_loop()
        try:
            await self._loop.run_in_executor(None, self.acquire)
        except asyncio.CancelledError:
            self._ending.set()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._loop is not None:
            await self._loop.run_in_executor(None, self.release)

    # -- steps: one request or two each -----------------------------------------------------------

    def try_acquire(self) -> bool:
        """Look once, and take it if it may be taken. Raises Forbidden; Taken, where refusing."""
        try:
            return self._look() and self._take()
        except Outdated:
            return False  # another was quicker
        except Forbidden:
            raise
        except ApiError as error:
            log.warning("lease %s: %s", self.name, error)
            return False

    def renew_once(self) -> bool:
        """Renew; True while it is ours. What fails is tried again until the deadline."""
        record = self._record
        if record is None or not self.is_held:
            return self._lose("it could not be renewed in time")
        sent_s = self._tools.now()
        try:
            self._note(renewed(record, self._wall()), sent_s)
        except Outdated:
            return self._look_after(record, sent_s)
        except ApiError as error:
            log.warning("lease %s: not renewed: %s", self.name, error)
        return self._is_still_ours()

    def _look(self) -> bool:
        """Whether it may be taken now."""
        body = self._api.read(self.name, self._terms.retry_s)
        if body is None:
            self._seen = None
            return True
        before, now_s = self._seen, self._tools.now()
        self._seen = see(before, parse_lease(body), now_s)
        if self._refuses and is_renewed_by_another(before, self._seen, self.identity):
            raise Taken(f"lease {self.name!r} is held and renewed by {self._seen.record.holder}")
        return judge(self._seen, self.identity, now_s) is not Standing.THEIRS

    def _take(self) -> bool:
        before = self._seen.record if self._seen is not None else None
        sent_s = self._tools.now()
        self._note(taken(before, self.identity, self._terms, self._wall()), sent_s)
        log.info("lease %s: held by %s", self.name, self.identity)
        return True

    def _look_after(self, record: Record, sent_s: float) -> bool:
        """A renewal met another version: whose is it?"""
        try:
            body = self._api.read(self.name, self._terms.retry_s)
            if body is None:  # someone deleted it: it is still ours until the deadline
                self._note(_without_version(record), sent_s)
                return True
            there = parse_lease(body)
        except ApiError as error:
            log.warning("lease %s: not renewed: %s", self.name, error)
            return self._is_still_ours()
        if (there.holder, there.transitions) != (record.holder, record.transitions):
            return self._lose(f"it was taken by {there.holder or 'nobody'}")
        self._record = there  # annotated by someone, or a renewal of ours whose answer was lost
        return True

    def _note(self, record: Record, sent_s: float) -> None:
        """Write a record; it counts from when it was sent. Raises ApiError."""
        body = render_lease(record, self.name, self._api.namespace)
        write = self._api.update if record.version else self._api.create
        self._record = parse_lease(write(body, self._terms.retry_s))
        self._held_until_s = sent_s + self._terms.renew_deadline_s

    def _is_still_ours(self) -> bool:
        return self.is_held or self._lose("it could not be renewed in time")

    def _let_go(self) -> None:
        record, was_held = self._record, self.is_held
        self._held_until_s = float("-inf")
        self._record = None
        if record is None or not was_held:
            return
        body = render_lease(released(record, self._wall()), self.name, self._api.namespace)
        try:
            self._api.update(body, self._terms.retry_s)
        except ApiError as error:
            log.info("lease %s: not released, it will run out: %s", self.name, error)

    # -- the keeper's thread ----------------------------------------------------------------------

    def _keep(self) -> None:
        is_ours = True
        while is_ours and not self._ending.is_set():
            left_s = max(0.0, self._held_until_s - self._tools.now())
            self._tools.wait(self._ending, min(self._retry_s(), left_s))
            is_ours = self._ending.is_set() or self.renew_once()

    def _lose(self, why: str) -> bool:
        self._held_until_s = float("-inf")
        reason = f"lease {self.name} is lost: {why}"
        log.error("%s", reason)
        self._object(reason)
        if self._if_lost == "exit":
            self._tools.leave(EXIT_LOST)
        elif callable(self._if_lost):
            self._tell(self._if_lost, reason)
        return False

    def _tell(self, callback: Callable[[str], object], reason: str) -> None:
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(callback, reason)
            else:
                callback(reason)
        except Exception:
            log.exception("lease %s: the callback of its loss failed", self.name)

    def _object(self, reason: str | None) -> None:
        if self._lifecycle is not None:
            self._lifecycle.object_to_ready(f"lease {self.name}", reason)

    def _retry_s(self) -> float:
        return self._terms.retry_s * (1 + (JITTER_FACTOR - 1) * self._tools.jitter())

    def _pause_s(self) -> float:
        """Until the next look: soon, and at the moment when it becomes free."""
        retry_s = self._retry_s()
        if self._seen is None:
            return retry_s
        left_s = free_at_s(self._seen) - self._tools.now()
        return left_s if 0 < left_s < retry_s else retry_s

    def _whose(self) -> str:
        return f"held by {self._seen.record.holder}" if self._seen is not None else "unknown"

    def _wall(self) -> str:
        return micro_time(self._tools.wall())


def _without_version(record: Record) -> Record:
    return Record(
        record.holder, record.transitions, record.duration_s, record.renewed, record.acquired, ""
    )
