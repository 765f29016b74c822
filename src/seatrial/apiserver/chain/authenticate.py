"""Who asks, by bearer token: a static token of the cluster, or a service account's signed one.

Holds: a static token is looked up by its digest, so that the time taken tells nothing about it.

Differs from Kubernetes: whoever is authenticated may do everything; there is no authorization yet.
A service account's token is good until it expires, also when its pod or account is gone.
"""

import hashlib
from collections.abc import Mapping

from seatrial.api import status
from seatrial.apiserver.config import User
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.tokens import BadToken, TokenIssuer

# Paths that anybody may read: they tell that a server is here, and nothing more.
OPEN_PATHS = frozenset({"/healthz", "/livez", "/readyz", "/version", "/version/"})

_CHALLENGE = (("www-authenticate", 'Bearer realm="kubernetes"'),)


class Authenticator:
    """Bearer tokens to users."""

    def __init__(self, tokens: Mapping[str, User], issuer: TokenIssuer) -> None:
        self._users = {_digest(token): user for token, user in tokens.items()}
        self._issuer = issuer

    def authenticate(self, authorization: str) -> User:
        """The user of an `Authorization` header. Raises Refused (401)."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Refused(status.unauthorized(), headers=_CHALLENGE)
        known = self._users.get(_digest(token))
        return known if known is not None else self._by_signature(token)

    def _by_signature(self, token: str) -> User:
        try:
            return self._issuer.verify(token)
        except BadToken as error:
            raise Refused(status.unauthorized(), headers=_CHALLENGE) from error


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
