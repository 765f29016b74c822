"""What is called like a secret. Pure.

Holds: a reference (`$(NAME)`), a path, a switch or a number is no secret, whatever it is called.
"""

from itertools import pairwise

# Whole words of a name; two that only mean a secret together are written as one.
SECRET_WORDS = frozenset(
    {"password", "passwd", "passphrase", "secret", "token", "apikey", "privatekey", "credentials"}
)
# Words that say: this is about a secret, not the secret itself.
_ABOUT = frozenset(
    {"file", "path", "name", "ttl", "length", "url", "uri", "host", "header", "issuer", "type",
     "expiry", "expiration", "timeout", "enabled", "count", "ref", "dir", "audience", "policy"}
)  # fmt: skip


def is_called_secret(name: str, value: str) -> bool:
    """A name like DB_PASSWORD or apiKey, with a value that could be one."""
    words = _words(name)
    joined = {left + right for left, right in pairwise(words)}
    is_secret = bool(SECRET_WORDS & (set(words) | joined)) and not _ABOUT & set(words)
    return is_secret and _could_be_one(value)


def _could_be_one(value: str) -> bool:
    text = value.strip()
    is_plain = text.lower() in {"", "true", "false", "yes", "no", "none", "null"} or text.isdigit()
    return not is_plain and not text.startswith(("$", "/", "file:", "vault:", "{{", "<"))


def _words(name: str) -> list[str]:
    spaced = ""
    for before, letter in pairwise(" " + name):
        spaced += " " if letter.isupper() and before.islower() else ""
        spaced += letter if letter.isalnum() else " "
    return spaced.lower().split()
