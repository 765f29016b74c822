"""Rules of our own kinds."""

import signal
from collections.abc import Iterator

from seatrial.api import causes
from seatrial.api.causes import Cause
from seatrial.api.objects import Object, spec_of
from seatrial.api.schema.rules.workload import check_label_selector
from seatrial.kit.text import parse_duration_s

DELAY_MAX_S = 3600.0
_SIGNALS = tuple(sorted(each.name for each in signal.Signals))


def check_delay(obj: Object) -> Iterator[Cause]:
    """`spec.delay` is a duration that ends; `spec.labels` is a selector."""
    spec = spec_of(obj)
    text = spec.get("delay", "")
    try:
        delay_s = parse_duration_s(text)
    except ValueError:
        yield causes.invalid(
            "spec.delay", text, "must be a duration (for example 500ms, 5s, 1m30s)"
        )
    else:
        if not 0 <= delay_s <= DELAY_MAX_S:
            detail = f"must be between 0s and {DELAY_MAX_S:.0f}s, inclusive"
            yield causes.invalid("spec.delay", text, detail)
    yield from check_label_selector(spec.get("labels") or {}, "spec.labels")


def check_container_kill(obj: Object) -> Iterator[Cause]:
    """`spec.signal` is the name of a signal."""
    name = spec_of(obj).get("signal", "SIGKILL")
    if name not in _SIGNALS:
        yield causes.unsupported("spec.signal", name, _SIGNALS)
