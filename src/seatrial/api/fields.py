"""Field selectors: `metadata.name=web,status.phase!=Running`.

Does: parses them, says which fields each kind offers, matches them against objects.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from seatrial.api.kinds import Kind
from seatrial.api.objects import Object
from seatrial.api.selectors import SelectorError

_EVERY_KIND = ("metadata.name", "metadata.namespace")
_INVOLVED = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_EVENT = (
    *(f"involvedObject.{each}" for each in _INVOLVED),
    "reason",
    "reportingComponent",
    "source",
    "type",
)

# Fields by (group, kind), besides metadata.name and metadata.namespace.
_OWN_FIELDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
        "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName",
    ),
    ("", "Event"): _EVENT,
    ("events.k8s.io", "Event"): _EVENT,
    ("", "Node"): ("spec.unschedulable",),
    ("", "Namespace"): ("status.phase",),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP", "spec.type"),
    ("apps", "ReplicaSet"): ("status.replicas",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison of one field."""

    field: str
    value: str
    equal: bool = True


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """All terms must hold."""

    terms: tuple[Term, ...] = ()

    def matches(self, obj: Object) -> bool:
        """This object is selected."""
        return all((value_of(obj, term.field) == term.value) is term.equal for term in self.terms)

    def exact(self, field: str) -> str | None:
        """The one value that `field` must have, or None when it may have several."""
        return next((each.value for each in self.terms if each.field == field and each.equal), None)

    @property
    def is_everything(self) -> bool:
        """Selects any object."""
        return not self.terms

    def __str__(self) -> str:
        return ",".join(
            f"{each.field}{'=' if each.equal else '!='}{_escape(each.value)}" for each in self.terms
        )


def parse(text: str) -> FieldSelector:
    """The selector that `text` means; "" selects everything. Raises SelectorError."""
    return FieldSelector(tuple(_term(part) for part in _split(text) if part))


def unsupported_field(kind: Kind, selector: FieldSelector) -> str:
    """The first field of the selector that this kind does not offer, or ""."""
    offered = (*_EVERY_KIND, *_OWN_FIELDS.get((kind.group, kind.kind), ()))
    return next((each.field for each in selector.terms if each.field not in offered), "")


def explain_unsupported(field: str) -> str:
    """The refusal (400) of a field that a kind does not offer."""
    return f"field label not supported: {field}"


def value_of(obj: Object, path: str) -> str:
    """The field at a dotted path, as selectors compare it: "" when absent, `true` and `false`."""
    # Events are one collection under two shapes.
    if path == "source":
        found = (obj.get("source") or {}).get("component") or obj.get("reportingComponent")
        return str(found or "")
    value: object = obj
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return _text(value, path)


_ZEROES = {"spec.unschedulable": "false", "spec.hostNetwork": "false", "status.replicas": "0"}


def _text(value: object, path: str) -> str:
    if value is None:
        return _ZEROES.get(path, "")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _split(text: str) -> list[str]:
    """Parts between commas that no backslash escapes, still escaped."""
    parts, part, escaped = [], "", False
    for letter in text:
        if letter == "," and not escaped:
            parts.append(part)
            part = ""
            continue
        part += letter
        escaped = letter == "\\" and not escaped
    return [*parts, part]


def _term(part: str) -> Term:
    for mark in ("!=", "==", "="):
        field, found, value = part.partition(mark)
        if found:
            return Term(field.strip(), _unescape(value), equal=mark != "!=")
    raise SelectorError(f"invalid selector: '{part}'; can't understand '{part}'")


def _unescape(text: str) -> str:
    return text.replace("\\,", ",").replace("\\=", "=").replace("\\\\", "\\")


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")
