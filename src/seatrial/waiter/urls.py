"""Addresses: `scheme://user:password@host:port/path?query#fragment` into its parts.

Does not: know schemes; `urllib.parse` does more, and takes as long to import as Python to start.
Holds: a refusal never repeats a password.
"""

from __future__ import annotations

from typing import NamedTuple

# The largest that 16 bits hold.
PORT_MAX = 65535


class TargetError(ValueError):
    """A target that cannot be meant: wrong usage, exit code 2."""


class Url(NamedTuple):
    """The parts; user and password are decoded, path and query are as they stand."""

    scheme: str
    host: str
    port: int | None = None
    user: str = ""
    password: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""

    @property
    def shown(self) -> str:
        """For people and logs: without user, password, query and fragment."""
        return f"{self.scheme}://{show_address(self.host, self.port)}{self.path}"


def show_address(host: str, port: int | None = None) -> str:
    """`host:port`, with brackets around an IPv6 address."""
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def parse_url(text: str) -> Url:
    """Raises TargetError that names what is wrong."""
    scheme, _, rest = text.partition("://")
    rest, _, fragment = rest.partition("#")
    rest, _, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    login, _, address = authority.rpartition("@")
    user, _, password = login.partition(":")
    host, port = split_address(address, shown=f"{scheme}://{address}")
    return Url(
        scheme.lower(), host, port, decode_percent(user), decode_percent(password),
        slash + path, query, fragment,
    )  # fmt: skip


def split_address(address: str, *, shown: str) -> tuple[str, int | None]:
    """Host and port of `host`, `host:port`, `[ipv6]:port`."""
    if address.startswith("["):
        host, bracket, rest = address[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise TargetError(f"{shown}: an IPv6 address is written [ADDRESS]:PORT")
        port = rest[1:]
    else:
        host, _, port = address.partition(":")
        if ":" in port:
            raise TargetError(f"{shown}: an IPv6 address is written [ADDRESS]:PORT")
    if not host:
        raise TargetError(f"{shown} has no host")
    return host, parse_port(port, shown=shown) if port else None


def parse_port(text: str, *, shown: str) -> int:
    """A port number between 1 and 65535."""
    port = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= port <= PORT_MAX:
        raise TargetError(f"{shown}: port {text!r} is not a number between 1 and {PORT_MAX}")
    return port


def decode_percent(text: str) -> str:
    """`p%40ss` is `p@ss`; what is no code stays as it is."""
    first, *rest = text.encode().split(b"%")
    whole = first + b"".join(decode_one(part) for part in rest)
    return whole.decode(errors="replace")


def decode_one(part: bytes) -> bytes:
    """What followed a percent sign."""
    try:
        return bytes([int(part[:2].decode("ascii"), 16)]) + part[2:] if part[:2] else b"%"
    except ValueError:
        return b"%" + part


def encode_percent(text: str) -> str:
    """Only what may not stand in a request line: blanks, control and non-ASCII characters."""
    return "".join(chr(byte) if 0x21 <= byte <= 0x7E else f"%{byte:02X}" for byte in text.encode())


def parse_pairs(text: str) -> dict[str, str]:
    """`a=1&b` is `{"a": "1", "b": ""}`."""
    pairs = (part.partition("=") for part in text.split("&") if part)
    return {decode_percent(key): decode_percent(value) for key, _, value in pairs}
