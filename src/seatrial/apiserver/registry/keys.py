"""Where an object lies in the store: `/registry/GROUP/PLURAL/[NAMESPACE/]NAME`.

Holds: a collection's prefix ends with "/", so no collection's prefix begins another's keys. Kinds
that are one collection under two groups share the keys of the one they are stored as.
"""

from seatrial.api.kinds import EVENT, EVENT_V1, Kind

# Kinds that are stored as another kind; see `strategies/event.py` for the way between them.
STORED_AS: dict[Kind, Kind] = {EVENT_V1: EVENT}


def stored_kind(kind: Kind) -> Kind:
    """The kind as which objects of `kind` are stored."""
    return STORED_AS.get(kind, kind)


def prefix_of(kind: Kind, namespace: str = "") -> str:
    """The prefix of a collection; of all namespaces when `namespace` is ""."""
    stored = stored_kind(kind)
    head = f"/registry/{stored.group or 'core'}/{stored.plural}/"
    return f"{head}{namespace}/" if namespace else head


def key_of(kind: Kind, namespace: str, name: str) -> str:
    """The key of one object; `namespace` is "" for a cluster-scoped kind."""
    return prefix_of(kind, namespace) + name
