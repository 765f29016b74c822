"""Is an object well-formed, complete and allowed? The way from here to `api/schema`.

Does: structure (with `fieldValidation`), defaults, the rules of each kind.
Holds: what is stored has passed all three.
"""

from collections.abc import Callable, Sequence

from seatrial.api import status
from seatrial.api.causes import Cause
from seatrial.api.kinds import Kind
from seatrial.api.objects import Object, name_of
from seatrial.api.schema import validate
from seatrial.api.schema.default import fill_defaults
from seatrial.api.schema.rules import registry as rules
from seatrial.apiserver.options import FieldValidation
from seatrial.apiserver.refusal import Refused

Warn = Callable[[str], None]


def well_formed(
    kind: Kind, obj: Object, *, field_validation: FieldValidation, warn: Warn
) -> Object:
    """What remains of `obj` without unknown fields. Raises Refused (400, 422)."""
    structure = validate.take_apart(kind, obj)
    refusal = validate.refusal(kind, structure, strict=field_validation == "Strict")
    if refusal is not None:
        raise Refused(refusal)
    if field_validation == "Warn":
        for warning in structure.warnings:
            warn(warning)
    return structure.value


def complete(kind: Kind, obj: Object) -> None:
    """Fill in defaults, in place."""
    fill_defaults(kind, obj)


def check_create(kind: Kind, obj: Object) -> None:
    """Raises Refused (422)."""
    _refuse(kind, obj, rules.check_create(kind, obj))


def check_update(kind: Kind, new: Object, old: Object) -> None:
    """Raises Refused (422)."""
    _refuse(kind, new, rules.check_update(kind, new, old))


def _refuse(kind: Kind, obj: Object, causes: Sequence[Cause]) -> None:
    if causes:
        raise Refused(status.invalid(kind, name_of(obj), causes))
