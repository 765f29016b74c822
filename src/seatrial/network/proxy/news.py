"""What the journal says of a change of rules; pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from seatrial.network.proxy.intent import ServicePort


def rules_news(
    before: Sequence[ServicePort], after: Sequence[ServicePort]
) -> Iterator[dict[str, Any]]:
    """One entry for each port whose endpoints changed, came or went.

    `port` is the port's name, or its number when it has no name; the others are "ip:port" lists.
    """
    old = {_label(port): port for port in before}
    new = {_label(port): port for port in after}
    for label in {**old, **new}:
        was = old[label].internal_endpoints if label in old else ()
        now = new[label].internal_endpoints if label in new else ()
        if was == now and (label in old) == (label in new):
            continue
        yield {
            "port": label,
            "added": [str(each) for each in now if each not in was],
            "removed": [str(each) for each in was if each not in now],
            "endpoints": [str(each) for each in now],
        }


def _label(port: ServicePort) -> str:
    return port.name or str(port.port)
