"""The shelf's list of images as a value: `index.json`, to and fro.

Holds: a record is all that is needed to run its image, given the layers; unknown fields of a later
version are refused, not guessed at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from seatrial.images.interface import BrokenImage, ImageConfig
from seatrial.images.reference import Reference, parse_reference

VERSION = 1


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One name on the shelf. `layers` are diff ids, topmost first."""

    reference: str
    image_id: str
    config: ImageConfig
    layers: tuple[str, ...] = ()
    manifest_digest: str = ""
    is_host: bool = False


Records = Mapping[str, ImageRecord]


def encode(records: Records) -> bytes:
    """The file's bytes; equal records give equal bytes."""
    images = {name: _to_wire(records[name]) for name in sorted(records)}
    document = {"version": VERSION, "images": images}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def decode(data: bytes, *, what: str) -> dict[str, ImageRecord]:
    """The records in a file's bytes. Raises BrokenImage."""
    try:
        document = orjson.loads(data)
        if document["version"] != VERSION:
            raise BrokenImage(
                f"{what} has version {document['version']}, this program knows {VERSION}",
                remedy="use the program version that wrote it, or move the directory away",
            )
        return {name: _from_wire(name, value) for name, value in document["images"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenImage(
            f"{what} is damaged: {error}", remedy="move it away and load the images again"
        ) from error


def look_up(records: Records, wanted: Reference) -> ImageRecord | None:
    """The record that a reference means; with a digest, whatever tag that image has."""
    record = records.get(str(wanted))
    if record is not None or not wanted.digest:
        return record
    for candidate in records.values():
        has = parse_reference(candidate.reference)
        if has.name == wanted.name and candidate.manifest_digest == wanted.digest:
            return candidate
    return None


def _to_wire(record: ImageRecord) -> dict[str, Any]:
    config = record.config
    return {
        "id": record.image_id,
        "digest": record.manifest_digest,
        "host": record.is_host,
        "layers": list(record.layers),
        "config": {
            "entrypoint": list(config.entrypoint),
            "command": list(config.command),
            "environment": dict(config.environment),
            "workingDirectory": config.working_directory,
            "user": config.user,
            "stopSignal": config.stop_signal,
        },
    }


def _from_wire(name: str, value: Mapping[str, Any]) -> ImageRecord:
    config = value["config"]
    return ImageRecord(
        reference=name,
        image_id=value["id"],
        config=ImageConfig(
            entrypoint=tuple(config["entrypoint"]),
            command=tuple(config["command"]),
            environment=dict(config["environment"]),
            working_directory=config["workingDirectory"],
            user=config["user"],
            stop_signal=config["stopSignal"],
        ),
        layers=tuple(value["layers"]),
        manifest_digest=value["digest"],
        is_host=value["host"],
    )
