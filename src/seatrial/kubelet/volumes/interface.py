"""The contract of a kind of volume.

A kind is one function from the source in the pod's spec to either a *payload* (files whose content
the API holds; written in one step and again when it changes) or a *place* (a directory or file that
containers write to). Both raise MountFailure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from seatrial.api.objects import Object
from seatrial.kubelet.env import Lookup
from seatrial.kubelet.fields import NodeFacts

DEFAULT_MODE = 0o644


@dataclass(frozen=True, slots=True)
class File:
    """One file of a payload."""

    data: bytes
    mode: int = DEFAULT_MODE


@dataclass(frozen=True, slots=True)
class TokenWish:
    """A service account token that a volume asks for."""

    audience: str  # "": the API server's own
    expiration_s: int


@dataclass(frozen=True, slots=True)
class VolumeContext:
    """What volumes are made of, besides their own source."""

    pod: Object
    node: NodeFacts
    pod_ip: str
    lookup: Lookup
    tokens: Mapping[TokenWish, str]


Source: TypeAlias = Mapping[str, Any]
Payload: TypeAlias = dict[str, File]  # by path inside the volume
PayloadOf: TypeAlias = Callable[[Source, VolumeContext], Payload]
# (source, where the pod's own volume of that name would be) → what is mounted
PlaceOf: TypeAlias = Callable[[Source, Path], Path]
