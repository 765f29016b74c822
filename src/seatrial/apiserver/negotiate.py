"""Which representation the client wants, and in what form its body comes.

Does: reads `Accept` (JSON; `as=Table`, `as=PartialObjectMetadata`, aggregated discovery; YAML) and
`Content-Type`.

Differs from Kubernetes: protobuf is never written (clients that prefer it name JSON next, and get
it) and read only as far as `protobuf/messages.py` goes; CBOR is neither written nor read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
import yaml

from seatrial.api import status
from seatrial.apiserver.protobuf.decode import UnreadableProtobuf, decode_protobuf
from seatrial.apiserver.refusal import Refused

YAML = "application/yaml"
_JSON_RANGES = frozenset({"application/json", "application/*", "*/*"})
_WRITTEN = ("application/json", YAML)
# Nested collections in a YAML body; a pod has some ten.
_YAML_DEPTH_MAX = 100
# Accept headers are few and come again and again.
_ACCEPTS_KEPT = 256


@dataclass(frozen=True, slots=True)
class Wanted:
    """One media range that we can satisfy; `shape` is its `as` parameter."""

    media_type: str = "application/json"
    shape: str = ""
    version: str = ""
    group: str = ""


def _parse_range(text: str) -> tuple[str, dict[str, str]]:
    media_type, *parameters = (part.strip() for part in text.split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    return media_type.lower(), {name.strip(): value.strip() for name, _, value in pairs}


@lru_cache(maxsize=_ACCEPTS_KEPT)
def wanted(accept: str, shapes: frozenset[str]) -> Wanted:
    """The first range of the header that we write, plain or in one of `shapes`.

    Raises Refused (406).
    """
    for each in accept.split(",") if accept.strip() else ("application/json",):
        media_type, parameters = _parse_range(each)
        shape = parameters.get("as", "")
        if shape and shape not in shapes:
            continue
        group, version = parameters.get("g", ""), parameters.get("v", "")
        if media_type in _JSON_RANGES:
            return Wanted("application/json", shape, version, group)
        if media_type == YAML and not shape:
            return Wanted(YAML)
    raise Refused(status.not_acceptable(_WRITTEN))


def decode(body: bytes, content_type: str) -> Any:
    """A JSON or YAML body. Raises Refused (400, 415)."""
    media_type = content_type.partition(";")[0].strip().lower() or "application/json"
    reader = _READERS.get(media_type)
    if reader is None:
        raise Refused(status.unsupported_media_type(tuple(_READERS)))
    return reader(body)


def decode_json(body: bytes) -> Any:
    """Raises Refused (400)."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(status.bad_request(f"the body is not JSON: {error}")) from error


def decode_yaml(body: bytes) -> Any:
    """Raises Refused (400), also for what JSON cannot say."""
    try:
        _check_events(body)
        return orjson.loads(orjson.dumps(yaml.load(body, Loader=_StringsLoader)))
    except (yaml.YAMLError, RecursionError, TypeError) as error:
        told = " ".join(str(error).split())
        raise Refused(status.bad_request(f"the body is not YAML: {told}")) from error


def _check_events(body: bytes) -> None:
    """Raises Refused (400) for what a few bytes of YAML could make of memory and stack."""
    depth = 0
    for event in yaml.parse(body, _StringsLoader):
        if isinstance(event, yaml.AliasEvent):
            raise Refused(status.bad_request("YAML aliases are not read; write the values out"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _YAML_DEPTH_MAX:
            raise Refused(status.bad_request(f"YAML deeper than {_YAML_DEPTH_MAX} is not read"))


class _StringsLoader(yaml.CSafeLoader):
    """Safe YAML whose dates stay strings, as JSON has no dates."""


_StringsLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read_protobuf(body: bytes) -> Any:
    """Raises Refused (415) for what is not in our table."""
    try:
        return decode_protobuf(body)
    except UnreadableProtobuf as error:
        refusal = status.unsupported_media_type(("application/json", YAML))
        refusal["message"] = f"{error}; send application/json (kubectl: apply or create with -f)"
        raise Refused(refusal) from error


_READERS: dict[str, Callable[[bytes], Any]] = {
    "application/json": decode_json,
    YAML: decode_yaml,
    "text/yaml": decode_yaml,
    "application/vnd.kubernetes.protobuf": read_protobuf,
}


def encode_yaml(body: bytes) -> bytes:
    """A JSON answer as YAML."""
    text: str = yaml.dump(orjson.loads(body), Dumper=yaml.CSafeDumper, sort_keys=False)
    return text.encode()
