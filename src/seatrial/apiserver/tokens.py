"""Service accounts' tokens: JSON web tokens signed with the cluster's key (ES256).

Does: issues and verifies. Does not: ask the store whether the account is still there.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from seatrial.apiserver.config import ALL_AUTHENTICATED, User
from seatrial.kit.chance import uid
from seatrial.kit.clock import wall_time_s
from seatrial.kit.errors import MachineError, SeatrialError

ALGORITHM = "ES256"
# Verified tokens that need no second look at their signature (some 100 microseconds each).
VERIFIED_TOKENS_MAX = 1024


class BadToken(SeatrialError):
    """No token of ours, or one that has expired."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token is for; `bound` is (kind, name, uid) of the object it was asked for, if any."""

    namespace: str
    name: str
    uid: str
    bound: tuple[str, str, str] | None = None


class TokenIssuer:
    """Issues and verifies with one key."""

    def __init__(self, issuer: str, signing_key_pem: str) -> None:
        self._issuer = issuer
        self._key = _load(signing_key_pem) if signing_key_pem else ec.generate_private_key(_CURVE)
        self._verified: OrderedDict[str, tuple[float, User]] = OrderedDict()

    def issue(self, subject: Subject, *, audiences: Sequence[str], lifetime_s: int) -> str:
        """A token that is good from now for `lifetime_s`."""
        now = int(wall_time_s())
        claims = {
            "aud": list(audiences) or [self._issuer],
            "exp": now + lifetime_s,
            "iat": now,
            "nbf": now,
            "iss": self._issuer,
            "jti": uid(),
            "kubernetes.io": _private_claims(subject),
            "sub": f"system:serviceaccount:{subject.namespace}:{subject.name}",
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def verify(self, token: str) -> User:
        """The user that a token is for. Raises BadToken."""
        known = self._verified.get(token)
        if known is not None and known[0] > wall_time_s():
            return known[1]
        claims = self._claims(token)
        user = _user(claims)
        self._verified[token] = (float(claims["exp"]), user)
        while len(self._verified) > VERIFIED_TOKENS_MAX:
            self._verified.popitem(last=False)
        return user

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            # Our own clock judges the times: it may be a virtual one.
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=[ALGORITHM],
                audience=self._issuer,
                issuer=self._issuer,
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
            if not claims["nbf"] <= wall_time_s() < claims["exp"]:
                raise BadToken("the token has expired")
        except (jwt.PyJWTError, KeyError, TypeError) as error:
            raise BadToken("not a token of this cluster") from error
        return claims


_CURVE = ec.SECP256R1()


def new_signing_key() -> bytes:
    """PEM of a fresh key."""
    return ec.generate_private_key(_CURVE).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _load(pem: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except ValueError as error:
        raise MachineError("the tokens' signing key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise MachineError("the tokens' signing key is no elliptic-curve key")
    return key


def _private_claims(subject: Subject) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "namespace": subject.namespace,
        "serviceaccount": {"name": subject.name, "uid": subject.uid},
    }
    if subject.bound is not None:
        kind, name, uid = subject.bound
        claims[kind.lower()] = {"name": name, "uid": uid}
    return claims


def _user(claims: dict[str, Any]) -> User:
    ours = claims["kubernetes.io"]
    namespace, account = ours["namespace"], ours["serviceaccount"]
    groups = (
        "system:serviceaccounts",
        f"system:serviceaccounts:{namespace}",
        ALL_AUTHENTICATED,
    )
    return User(f"system:serviceaccount:{namespace}:{account['name']}", groups, account["uid"])
