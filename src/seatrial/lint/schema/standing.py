"""Is a kind served in an API version, by a version of Kubernetes?

Does: tells served, retiring, removed, not yet, unknown and foreign apart; says what to write
instead.
Does not: know kinds that Kubernetes does not bring itself; those are foreign.
Holds: `served.json` (made by `tools/served_versions.py`) says for the versions that we have schemas
of, `removed.py` for what was gone before.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from seatrial.lint.schema.removed import REMOVED

OLDEST, NEWEST = 25, 37  # minor versions of Kubernetes 1 that we have schemas of
State = Literal["served", "retiring", "removed", "not yet", "unknown", "foreign"]

_TABLE = Path(__file__).with_name("served.json")
# Still served, but the API server itself warns: (since, what to use).
_DEPRECATED: Mapping[tuple[str, str], tuple[int, str]] = {
    ("v1", "ComponentStatus"): (19, ""),
    ("v1", "Endpoints"): (33, "discovery.k8s.io/v1 EndpointSlice"),
}
_ALIKE = 0.82  # the least likeness (difflib's) of a misspelling; Config and ConfigMap have 0.8
_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")
_MATURITY = {"alpha": 0, "beta": 1, None: 2}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an API version of a kind stands in one version of Kubernetes."""

    state: State
    first: int = 0  # minor version that serves it first (OLDEST: that one or one before)
    last: int = 0  # ... and last; 0 where no end is known
    instead: str = ""  # what serves the kind: an apiVersion, or both where the kind changes too


@lru_cache(maxsize=1024)
def standing(api_version: str, kind: str, minor: int) -> Standing:
    """How `api_version` of `kind` stands in Kubernetes 1.`minor`."""
    span = _served().get(api_version, {}).get(kind)
    if span is not None:
        return _standing_in(span, api_version, kind, minor)
    gone = REMOVED.get((api_version, kind))
    if gone is not None:
        return Standing("removed", last=gone.last, instead=gone.instead)
    if _group(api_version) not in _groups():
        return Standing("foreign")
    instead = _elsewhere(kind, minor) or _misspelt(api_version, kind, minor)
    # The core group is where tools of all kinds put objects that never reach a server.
    if not instead and not _group(api_version):
        return Standing("foreign")
    return Standing("unknown", instead=instead)


def _standing_in(span: tuple[int, int], api_version: str, kind: str, minor: int) -> Standing:
    first, last = span
    instead = best(_served_versions(kind, minor, group=_group(api_version)))
    if minor < first:
        return Standing("not yet", first, instead=instead)
    if minor > last:
        return Standing("removed", first, last, instead)
    since, use = _DEPRECATED.get((api_version, kind), (NEWEST + 1, ""))
    if minor >= since:
        return Standing("retiring", first, instead=use)
    if last < NEWEST:
        other = best(_successors(api_version, kind, minor, last))
        return Standing("retiring", first, last, other)
    return Standing("served", first)


def best(api_versions: Iterable[str]) -> str:
    """The most mature, then the newest; "" of none."""
    return max(api_versions, key=_rank, default="")


def _rank(api_version: str) -> tuple[int, int, int]:
    found = _VERSION.fullmatch(api_version.rpartition("/")[2])
    if found is None:
        return (0, 0, 0)
    major, maturity, minor = found.groups()
    return (_MATURITY[maturity], int(major), int(minor or 0))


def _successors(api_version: str, kind: str, minor: int, last: int) -> list[str]:
    """API versions of the group that outlive this one."""
    group = _group(api_version)
    return [
        each
        for each in _served_versions(kind, minor, group=group)
        if _served()[each][kind][1] > last
    ]


def _served_versions(kind: str, minor: int, group: str | None = None) -> list[str]:
    return [
        api_version
        for api_version, kinds in _served().items()
        if kind in kinds
        and kinds[kind][0] <= minor <= kinds[kind][1]
        and group in (None, _group(api_version))
    ]


def _elsewhere(kind: str, minor: int) -> str:
    """The group that does have the kind."""
    return best(_served_versions(kind, minor))


def _misspelt(api_version: str, kind: str, minor: int) -> str:
    """`apps/v1 Deployment` for Deploymnet."""
    kinds = {name for each in _served().values() for name in each}
    for near in get_close_matches(kind, sorted(kinds), n=1, cutoff=_ALIKE):
        versions = _served_versions(near, minor)
        chosen = api_version if api_version in versions else best(versions)
        return f"{chosen} {near}" if chosen else ""
    return ""


def _group(api_version: str) -> str:
    group, slash, _ = api_version.rpartition("/")
    return group if slash else ""


@cache
def _groups() -> frozenset[str]:
    return frozenset(map(_group, (*_served(), *(each for each, _ in REMOVED))))


@cache
def _served() -> Mapping[str, Mapping[str, tuple[int, int]]]:
    """apiVersion → kind → first and last minor version."""
    table: dict[str, dict[str, list[int]]] = json.loads(_TABLE.read_text(encoding="utf-8"))
    return {
        api_version: {kind: (span[0], span[1]) for kind, span in kinds.items()}
        for api_version, kinds in table.items()
    }
