"""Where evidence comes from (edge): watches, the driver's log, the nodes' journals.

Does: writes what it hears into books, stamped on arrival or with the speaker's own stamp.
Does not: read the book; judge.
Holds: a source that a cluster lacks leaves a note, and the voyage goes on without it.
Differs from Kubernetes: the journal of a node is ours alone; other clusters answer 404.
"""

import json
from collections import deque
from collections.abc import AsyncIterator

from seatrial.api.kinds import DEPLOYMENT, ENDPOINT_SLICE, NODE, POD, Kind
from seatrial.api.objects import Object, name_of, uid_of
from seatrial.client.errors import ClientError
from seatrial.client.interface import Client, WatchEvent
from seatrial.client.reflector import Reflector, Selection
from seatrial.kit.clock import wall_time_s
from seatrial.kit.record import get_record
from seatrial.kit.tasks import Tasks
from seatrial.trials.evidence.book import Book
from seatrial.trials.evidence.entry import JOURNAL_KINDS
from seatrial.trials.world import journal_namespace

record = get_record("trials.sources")

WATCHED: tuple[Kind, ...] = (POD, ENDPOINT_SLICE, DEPLOYMENT)
LAST_WORDS_LINES = 3
# A line longer than this is no line of ours.
LINE_BYTES_MAX = 1_048_576
# Flows of a driver come before its address is known; so many of the latest are kept for it.
FLOWS_KEPT_MAX = 8_192


class BookSink:
    """Writes a watch into a book; a whole new list becomes the changes it stands for."""

    def __init__(self, book: Book, kind: Kind) -> None:
        self._book = book
        self._kind = kind
        self._known: dict[str, Object] = {}

    def replace(self, items: list[Object]) -> None:
        """Everything there is now."""
        now = {uid_of(obj): obj for obj in items}
        for uid in [uid for uid in self._known if uid not in now]:
            self._write("DELETED", self._known.pop(uid))
        for uid, obj in now.items():
            known = self._known.get(uid)
            if known != obj:
                self._write("MODIFIED" if known else "ADDED", obj)

    def apply(self, event: WatchEvent) -> None:
        """One change."""
        self._write(event.type, event.object)

    def _write(self, type_: str, obj: Object) -> None:
        if type_ == "DELETED":
            self._known.pop(uid_of(obj), None)
        else:
            self._known[uid_of(obj)] = obj
        named = {"kind": self._kind.kind, **obj}
        self._book.write("object", {"type": type_, "object": named})


def follow_objects(client: Client, namespace: str, book: Book, tasks: Tasks) -> None:
    """Watch pods, endpoint slices and Deployments of the namespace into the book."""
    for kind in WATCHED:
        reflector = Reflector(client, Selection(kind, namespace), sink=BookSink(book, kind))
        tasks.start(reflector.run(), name=f"watch {kind.plural} {namespace}")


async def follow_driver(client: Client, namespace: str, pod: str, book: Book) -> bool:
    """The driver's lines into the book; True when its summary, the last line, has come."""
    query = {"follow": "true", "container": "driver"}
    async with client.read(POD.path(namespace, pod, "log"), query) as pieces:
        async for line in lines_of(pieces):
            facts = _parse(line)
            if facts.get("kind") == "request":
                book.write("request", facts, at=float(str(facts["ended"])))
            elif facts.get("kind") == "summary":
                book.write("step", {"step": "traffic-ended", **facts})
                return True
            elif "kind" not in facts:
                book.write("note", {"text": f"the driver said: {line.decode(errors='replace')}"})
    return False


async def last_words(client: Client, namespace: str, pod: str, container: str) -> str:
    """What a container that ended said last, for a message; "" when there is nothing to be had."""
    query = {"container": container, "previous": "true", "tailLines": str(LAST_WORDS_LINES)}
    try:
        async with client.read(POD.path(namespace, pod, "log"), query) as pieces:
            lines = [line.decode(errors="replace").strip() async for line in lines_of(pieces)]
    except ClientError as error:
        record.info("log.absent", pod=pod, container=container, error=error)
        return ""
    return f"its last words: {' / '.join(lines)}" if lines else ""


async def lines_of(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Whole lines out of pieces that end anywhere, without their ends."""
    rest = b""
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            if line.strip():
                yield line
        if len(rest) > LINE_BYTES_MAX:
            rest = b""
    if rest.strip():
        yield rest


def _parse(line: bytes) -> dict[str, object]:
    try:
        wire = json.loads(line)
    except ValueError:
        return {}
    return wire if isinstance(wire, dict) else {}


class Journals:
    """Every node's journal, read once and dealt out to the books of the voyages it concerns."""

    def __init__(self, client: Client, tasks: Tasks) -> None:
        self._client = client
        self._tasks = tasks
        self._books: dict[str, Book] = {}  # by namespace
        self._by_client_ip: dict[str, Book] = {}  # by the driver's address
        self._unclaimed: deque[dict[str, object]] = deque(maxlen=FLOWS_KEPT_MAX)
        self.nodes: set[str] = set()  # whose journal speaks

    async def start(self) -> None:
        """Open the journal of each node there is now; those that have none are left out."""
        since = wall_time_s()
        for node in (await self._client.list(NODE)).items:
            name = name_of(node)
            if await self._has_journal(name):
                self.nodes.add(name)
                self._tasks.start(self._follow(name, since), name=f"journal {name}")

    def deal(self, namespace: str, book: Book) -> None:
        """From now on, what concerns the namespace goes into the book."""
        self._books[namespace] = book
        if self.nodes:
            book.write("step", {"step": "journal", "nodes": sorted(self.nodes)})

    def deal_flows(self, client_ip: str, book: Book) -> None:
        """Flows of that client go into the book, those already seen too."""
        self._by_client_ip[client_ip] = book
        for facts in self._unclaimed:
            if facts.get("src_ip") == client_ip:
                book.write("flow", facts, at=float(str(facts["at"])))

    def end(self, namespace: str) -> None:
        """The voyage is over."""
        book = self._books.pop(namespace, None)
        kept = {ip: each for ip, each in self._by_client_ip.items() if each is not book}
        self._by_client_ip = kept

    async def _has_journal(self, node: str) -> bool:
        try:
            async with self._client.read(_journal_path(node), {"follow": "0"}) as pieces:
                async for _ in pieces:
                    break
        except ClientError as error:
            record.info("journal.absent", node=node, error=error)
            return False
        return True

    async def _follow(self, node: str, since: float) -> None:
        try:
            async with self._client.read(_journal_path(node), {"follow": "1"}) as pieces:
                async for line in lines_of(pieces):
                    self._take(_parse(line), since)
        except ClientError as error:
            record.warning("journal.lost", node=node, error=error)
        for book in self._books.values():
            book.write("note", {"text": f"the journal of node {node} ended before the voyage"})

    def _take(self, facts: dict[str, object], since: float) -> None:
        at, kind = facts.get("at"), facts.get("kind")
        if kind not in JOURNAL_KINDS or not isinstance(at, float | int) or at < since:
            return
        book = (
            self._by_client_ip.get(str(facts.get("src_ip")))
            if kind == "flow"
            else self._books.get(journal_namespace(facts))
        )
        if book is not None:
            book.write(str(kind), facts, at=float(at))
        elif kind == "flow":
            self._unclaimed.append(facts)


def _journal_path(node: str) -> str:
    return NODE.path(None, node, "proxy/seatrial/journal")
