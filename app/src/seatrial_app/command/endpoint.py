"""Where a server listens: `HOST:PORT` in the forms people and servers write. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

Address = Union[str, tuple[str, int]]
"""What can be connected to: the path of a Unix socket, or a host and port."""


@dataclass(frozen=True)
class Endpoint:
    """A host ("" is every address) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_endpoint(text: str, *, host: str = "", port: int | None = None) -> Endpoint:
    """`HOST:PORT`, `[V6]:PORT`, `:PORT`, `PORT`, and `HOST` where a default `port` is given.

    Raises ValueError that names the text.
    """
    given_host, colon, given_port = text.strip().rpartition(":")
    if text.strip().endswith("]") or (not colon and not given_port.isdigit() and port is not None):
        given_host, given_port = text.strip(), ""
    elif not colon:
        given_host, given_port = host, text.strip()
    if given_port == "" and port is not None:
        return Endpoint(_bare(given_host) or host, port)
    return Endpoint(_bare(given_host), parse_port(given_port, text))


def parse_port(port: str, text: str = "") -> int:
    """A port from 0 to 65535; ValueError that names `text`."""
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError(f"{text or port!r} has no port between 0 and 65535; write HOST:PORT")
    return int(port)


def _bare(host: str) -> str:
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def shown(address: Address) -> str:
    """An address for people."""
    return f"unix:{address}" if isinstance(address, str) else str(Endpoint(*address))
