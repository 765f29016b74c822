"""Words from the application on trial to its judge, over the datagram socket it was given."""

from __future__ import annotations

import os
import socket


def note(word: str) -> None:
    """Tell the judge that this process has come to ``word``; silent without a judge."""
    path = os.environ.get("JUDGE_NOTES")
    if path is None:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(f"{word} {os.getpid()}".encode(), path)


def seconds(query: str) -> float:
    """How long the slow path is asked to take: ``s=3`` gives 3.0."""
    name, _, value = query.partition("=")
    return float(value) if name == "s" else 0.0
