"""The arithmetic of Deployments and ReplicaSets: hashes, revisions, and how many replicas whom.

Does: numbers from numbers; the Deployment controller observes and applies.
Differs from Kubernetes: the value of `pod-template-hash` (another hash, same alphabet).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import orjson

from seatrial.api.objects import Object, annotations_of
from seatrial.kit.errors import SeatrialError

REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
TEMPLATE_HASH = "pod-template-hash"

# Kubernetes' alphabet for generated names: no vowels and no look-alikes.
_SAFE_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class BadAmount(SeatrialError):
    """A number-or-percentage that is neither."""


def template_hash(template: Mapping[str, Any], collision_count: int = 0) -> str:
    """A short name-safe hash of a pod template; equal templates have equal hashes."""
    bare = _without_hash_label(template)
    body = orjson.dumps([bare, collision_count], option=orjson.OPT_SORT_KEYS)
    number = int.from_bytes(hashlib.blake2s(body, digest_size=4).digest(), "big")
    return "".join(_SAFE_LETTERS[ord(digit) % len(_SAFE_LETTERS)] for digit in str(number))


def is_same_template(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Equal but for the label that the Deployment controller adds."""
    return _without_hash_label(left) == _without_hash_label(right)


def _without_hash_label(template: Mapping[str, Any]) -> dict[str, Any]:
    meta = template.get("metadata") or {}
    labels = {k: v for k, v in (meta.get("labels") or {}).items() if k != TEMPLATE_HASH}
    kept = {key: value for key, value in meta.items() if key != "labels" and value is not None}
    return {"metadata": kept | {"labels": labels}, "spec": template.get("spec") or {}}


def revision_of(obj: Object) -> int:
    """The revision that a Deployment or ReplicaSet is annotated with; 0 without one."""
    text = annotations_of(obj).get(REVISION, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def resolve(amount: int | str, total: int, *, round_up: bool) -> int:
    """A number, or a percentage of `total`. Raises BadAmount."""
    if isinstance(amount, int):
        return amount
    digits = amount.removesuffix("%")
    if digits == amount or not (digits.isascii() and digits.isdigit()):
        raise BadAmount(f"invalid value for IntOrString: {amount!r} is not a percentage")
    exact = int(digits) * total / 100
    return ceil(exact) if round_up else floor(exact)


@dataclass(frozen=True, slots=True)
class Room:
    """How far a rolling update may stray from the wanted number of replicas."""

    surge: int  # pods above it
    unavailable: int  # pods below it


def resolve_room(max_surge: int | str, max_unavailable: int | str, replicas: int) -> Room:
    """Surge rounds up, unavailable down; were both zero nothing could move, so one may miss."""
    surge = resolve(max_surge, replicas, round_up=True)
    unavailable = resolve(max_unavailable, replicas, round_up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Room(surge=surge, unavailable=min(unavailable, replicas))


def room_of(deployment: Object) -> Room:
    """The room that a Deployment's strategy leaves; none for Recreate. Raises BadAmount."""
    spec = deployment.get("spec") or {}
    strategy = spec.get("strategy") or {}
    replicas = int(spec.get("replicas", 1))
    if replicas == 0 or strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return Room(0, 0)
    rolling = strategy.get("rollingUpdate") or {}
    surge, unavailable = rolling.get("maxSurge", "25%"), rolling.get("maxUnavailable", "25%")
    return resolve_room(surge, unavailable, replicas)


@dataclass(frozen=True, slots=True)
class Set:
    """One ReplicaSet as the arithmetic sees it."""

    name: str
    wanted: int  # spec.replicas
    available: int = 0  # status.availableReplicas
    created_at: float = 0.0
    # The Deployment's replicas plus surge when this set was last scaled; 0 when not annotated.
    annotated_max: int = 0


def new_set_replicas(new: Set, olds: Sequence[Set], *, replicas: int, room: Room) -> int:
    """How many replicas the new set may have now in a rolling update that grows it."""
    total = new.wanted + sum(each.wanted for each in olds)
    total_max = replicas + room.surge
    if total >= total_max:
        return new.wanted
    return new.wanted + min(total_max - total, replicas - new.wanted)


def old_sets_replicas(
    new: Set, olds: Sequence[Set], *, replicas: int, room: Room
) -> dict[str, int]:
    """Old sets that shrink now: name → replicas.

    Replicas that are not available go first (nobody misses them), then as many available ones as
    may be missed, oldest set first. What the new set still owes is never taken from the old ones.
    """
    available_min = replicas - room.unavailable
    total = new.wanted + sum(each.wanted for each in olds)
    down_max = total - available_min - (new.wanted - new.available)
    if down_max <= 0:
        return {}
    ordered = sorted(olds, key=lambda each: (each.created_at, each.name))
    wanted = {each.name: each.wanted for each in ordered}
    _drop_unavailable(wanted, ordered, down_max)
    available = new.available + sum(each.available for each in olds)
    _drop_available(wanted, ordered, available - available_min)
    return {each.name: wanted[each.name] for each in ordered if wanted[each.name] != each.wanted}


def _drop_unavailable(wanted: dict[str, int], ordered: Sequence[Set], down_max: int) -> None:
    for each in ordered:
        down = min(down_max, max(0, each.wanted - each.available))
        wanted[each.name] -= down
        down_max -= down


def _drop_available(wanted: dict[str, int], ordered: Sequence[Set], down_max: int) -> None:
    for each in ordered:
        down = min(max(0, down_max), wanted[each.name])
        wanted[each.name] -= down
        down_max -= down


def proportional_replicas(
    sets: Sequence[Set], *, replicas: int, room: Room, status_replicas: int = 0
) -> dict[str, int]:
    """A Deployment that is scaled in mid-rollout: each set's fair share, name → replicas.

    `sets` are those with replicas; `status_replicas` stands in for a missing annotation.
    """
    allowed = replicas + room.surge if replicas > 0 else 0
    to_add = allowed - sum(each.wanted for each in sets)
    if to_add == 0 or not sets:
        return {each.name: each.wanted for each in sets}
    # Growing favours the newer of equal sets, shrinking takes from the older.
    newer_first = -1 if to_add > 0 else 1
    ordered = sorted(sets, key=lambda e: (-e.wanted, newer_first * e.created_at, e.name))
    shares: dict[str, int] = {}
    added = 0
    for each in ordered:
        exact = _share(each, allowed if replicas else 0, status_replicas)
        share = min(exact, to_add - added) if to_add > 0 else max(exact, to_add - added)
        shares[each.name] = each.wanted + share
        added += share
    # What rounding left over goes to (or is taken from) the largest.
    shares[ordered[0].name] = max(0, shares[ordered[0].name] + to_add - added)
    return shares


def _share(each: Set, allowed: int, status_replicas: int) -> int:
    """How much the set would grow if it kept its part of the whole; negative: shrink."""
    if allowed == 0:
        return -each.wanted
    before = each.annotated_max or status_replicas or each.wanted or 1
    return round(each.wanted * allowed / before) - each.wanted
