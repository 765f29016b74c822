"""What the URL's query and a deletion's body ask for, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seatrial.api import fields, selectors, status
from seatrial.api.fields import FieldSelector
from seatrial.api.kinds import Kind
from seatrial.api.selectors import Selector, SelectorError
from seatrial.apiserver.http import Query
from seatrial.apiserver.refusal import Refused

# Letters of the longest whole number of 64 bits.
_NUMBER_LETTERS_MAX = 20

FieldValidation = Literal["Strict", "Warn", "Ignore"]
Propagation = Literal["Orphan", "Background", "Foreground"]


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """`dry_run`: do everything but the write."""

    dry_run: bool = False
    field_validation: FieldValidation = "Warn"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which objects of a collection."""

    labels: Selector
    fields: FieldSelector

    @property
    def is_everything(self) -> bool:
        """All of them."""
        return self.labels.is_everything and self.fields.is_everything

    def takes(self, obj: dict[str, Any]) -> bool:
        """This object is one of them."""
        labels = obj["metadata"].get("labels") or {}
        return self.labels.matches(labels) and self.fields.matches(obj)


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How to delete. `uid` and `resource_version` are preconditions; "" asks for none."""

    grace_period_s: int | None = None
    propagation: Propagation | None = None
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False
    # The caller used the old `orphanDependents: false`; such a deletion that lasts answers 202.
    is_cascade_explicit: bool = False


def write_options(query: Query) -> WriteOptions:
    """Raises Refused (400)."""
    validation = query.get("fieldValidation", "Warn") or "Warn"
    match validation:
        case "Strict" | "Warn" | "Ignore":
            return WriteOptions(_dry_run(query.values.get("dryRun", [])), validation)
    raise Refused(
        status.bad_request(
            f'invalid fieldValidation "{validation}": must be one of Ignore, Warn, Strict'
        )
    )


def choice(kind: Kind, query: Query) -> Choice:
    """The query's selectors. Raises Refused (400)."""
    try:
        labels = selectors.parse(query.get("labelSelector"))
        selected = fields.parse(query.get("fieldSelector"))
    except SelectorError as error:
        raise Refused(status.bad_request(str(error))) from error
    if unknown := fields.unsupported_field(kind, selected):
        raise Refused(status.bad_request(fields.explain_unsupported(unknown)))
    return Choice(labels, selected)


def delete_options(query: Query, body: Mapping[str, Any]) -> DeleteOptions:
    """The body's options, else the query's. Raises Refused (400)."""
    preconditions = body.get("preconditions") or {}
    grace = body.get("gracePeriodSeconds")
    if grace is None and "gracePeriodSeconds" in query:
        grace = number(query, "gracePeriodSeconds")
    if grace is not None and (not isinstance(grace, int) or isinstance(grace, bool)):
        raise Refused(status.bad_request(f"gracePeriodSeconds must be a number, not {grace!r}"))
    return DeleteOptions(
        grace,
        _propagation(query, body),
        str(preconditions.get("uid") or ""),
        str(preconditions.get("resourceVersion") or ""),
        _dry_run(body.get("dryRun") or query.values.get("dryRun", [])),
        body.get("orphanDependents") is False,
    )


def _propagation(query: Query, body: Mapping[str, Any]) -> Propagation | None:
    policy = body.get("propagationPolicy") or query.get("propagationPolicy")
    orphan = body.get("orphanDependents")
    if policy and orphan is not None:
        raise Refused(
            status.bad_request("orphanDependents and propagationPolicy cannot be both set")
        )
    if orphan is not None:
        return "Orphan" if orphan else "Background"
    match policy:
        case "Orphan" | "Background" | "Foreground":
            return policy
        case "" | None:
            return None
    raise Refused(
        status.bad_request(
            f'invalid propagationPolicy "{policy}": must be one of Orphan, Background, Foreground'
        )
    )


def number(query: Query, name: str) -> int:
    """A whole number in the query, 0 when it is absent. Raises Refused (400)."""
    text = query.get(name)
    if not text:
        return 0
    if len(text) > _NUMBER_LETTERS_MAX or not text.removeprefix("-").isascii():
        raise Refused(status.bad_request(f"{name} must be a whole number of 64 bits"))
    if not text.removeprefix("-").isdigit():
        raise Refused(status.bad_request(f'{name} must be a whole number, not "{text}"'))
    return int(text)


def _dry_run(values: list[str]) -> bool:
    wanted = [value for value in values if value]
    if any(value != "All" for value in wanted):
        raise Refused(status.bad_request(f'invalid dryRun "{wanted[0]}": must be All'))
    return bool(wanted)
