"""Signals by the names that images and pods use: TERM, SIGTERM, 15, SIGRTMIN+3."""

import signal as signals

SIGTERM = int(signals.SIGTERM)
SIGKILL = int(signals.SIGKILL)


def signal_number(name: str) -> int | None:
    """The number, or None for a name that is none."""
    text = name.strip().upper()
    if text.isdigit():
        return int(text) if 1 <= int(text) <= int(signals.SIGRTMAX) else None
    stem, plus, offset = text.removeprefix("SIG").partition("+")
    if plus:
        is_real_time = stem == "RTMIN" and offset.isdigit()
        return int(signals.SIGRTMIN) + int(offset) if is_real_time else None
    found = signals.Signals.__members__.get(f"SIG{stem}")
    return None if found is None else int(found)


def stop_signal(container_wish: str, image_wish: str) -> int:
    """What asks a container to stop: its spec's signal, its image's, or SIGTERM."""
    for wish in (container_wish, image_wish):
        number = signal_number(wish) if wish else None
        if number is not None:
            return number
    return SIGTERM
