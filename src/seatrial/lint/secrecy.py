"""What is called like a secret, and what carries one. Pure.

Holds: a reference (`$(NAME)`), a path, a switch, a number or a duration is no secret, whatever it
is called.
"""

from itertools import pairwise
from urllib.parse import urlsplit

# Whole words of a name; two that only mean a secret together are written as one.
SECRET_WORDS = frozenset(
    {
        "password", "passwd", "passphrase", "pass", "pwd", "secret", "token", "credentials",
        "apikey", "privatekey", "signingkey", "encryptionkey", "masterkey", "storagekey",
    }
)  # fmt: skip
# Words that say: this is about a secret, not the secret itself.
_ABOUT = frozenset(
    {
        "age", "algorithm", "allow", "audience", "auth", "backend", "bucket", "claim", "class",
        "count", "dir", "disable", "disabled", "enable", "enabled", "encryption", "endpoint",
        "expiration", "expire", "expires", "expiry", "field", "file", "filename", "folder",
        "format", "hasher", "header", "host", "interval", "issuer", "length", "lifetime", "limit",
        "location", "manager", "max", "method", "min", "mode", "mount", "name", "namespace",
        "param", "parameter", "path", "policy", "prefix", "provider", "public", "ref", "refresh",
        "require", "required", "reset", "review", "rotation", "scope", "scopes", "server",
        "service", "size", "store", "suffix", "through", "timeout", "ttl", "type", "uri", "url",
        "use", "validation", "var", "variable", "version",
    }
)  # fmt: skip
# Beginnings of what stands for a secret that is somewhere else, or is locked.
_ELSEWHERE = (
    "$", "/", "./", "{{", "<", "%", "file:", "vault:", "arn:", "op://", "ref+", "sm://", "secret:",
    "enc[", "env:", "awssm:", "gcpsm:", "http://", "https://",
)  # fmt: skip
_SWITCHES = frozenset(
    {"", "true", "false", "yes", "no", "none", "null", "on", "off", "enabled", "disabled", "auto"}
)
_UNITS = frozenset({"ms", "s", "m", "h", "d", "w", "y"})
# A name without any of these has none of the words: most are done with here.
_PARTS = ("pass", "pwd", "secret", "token", "credential", "key")


def is_called_secret(name: str, value: str) -> bool:
    """A name like DB_PASSWORD or apiKey, with a value that could be one."""
    low = name.lower()
    if not any(part in low for part in _PARTS):
        return False
    words = _words(name)
    joined = {left + right for left, right in pairwise(words)}
    is_secret = bool(SECRET_WORDS & (set(words) | joined)) and not _ABOUT & set(words)
    return is_secret and _could_be_one(value)


def password_in(value: str) -> str:
    """The password of a URL such as postgres://user:password@host/; "" without a plain one."""
    text = value.strip()
    if "://" not in text or "@" not in text:
        return ""
    try:
        password = urlsplit(text).password or ""
    except ValueError:
        return ""  # not a URL
    return password if _could_be_one(password) and not set(password) <= {"*", "x", "X"} else ""


def _could_be_one(value: str) -> bool:
    text = value.strip().lower()
    is_plain = text in _SWITCHES or text.isdigit() or _is_duration(text)
    return not is_plain and not text.startswith(_ELSEWHERE)


def _is_duration(text: str) -> bool:
    unit = text.lstrip("0123456789.")
    return unit != text and unit in _UNITS


def _words(name: str) -> list[str]:
    spaced = ""
    for before, letter in pairwise(" " + name):
        spaced += " " if letter.isupper() and before.islower() else ""
        spaced += letter if letter.isalnum() else " "
    return spaced.lower().split()
