"""Who asks."""

import asyncio

import pytest

from seatrial.apiserver.chain.authenticate import Authenticator
from seatrial.apiserver.config import ADMIN
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.tokens import BadToken, Subject, TokenIssuer, new_signing_key
from seatrial.kit.errors import MachineError
from seatrial.testing.virtual_time import run_virtual

ISSUER = "https://cluster"
SUBJECT = Subject("default", "robot", "uid-1", ("Pod", "web", "uid-2"))


def test_a_token_says_for_whom() -> None:
    issuer = TokenIssuer(ISSUER, "")
    user = issuer.verify(issuer.issue(SUBJECT, audiences=[], lifetime_s=600))
    assert user.name == "system:serviceaccount:default:robot"
    assert "system:serviceaccounts:default" in user.groups
    assert user.uid == "uid-1"


def test_a_token_expires_also_when_it_was_seen_before() -> None:
    async def story() -> None:
        issuer = TokenIssuer(ISSUER, "")
        token = issuer.issue(SUBJECT, audiences=[ISSUER], lifetime_s=600)
        await asyncio.sleep(599)
        issuer.verify(token)
        await asyncio.sleep(2)
        with pytest.raises(BadToken, match="expired"):
            issuer.verify(token)

    run_virtual(story())


def test_tokens_of_others_are_no_tokens() -> None:
    key = new_signing_key().decode()
    ours = TokenIssuer(ISSUER, key)
    stranger = TokenIssuer(ISSUER, "").issue(SUBJECT, audiences=[], lifetime_s=600)
    for bad in (stranger, "a.b.c", ours.issue(SUBJECT, audiences=["vault"], lifetime_s=600)):
        with pytest.raises(BadToken):
            ours.verify(bad)
    # The same key after a restart: old tokens stay good.
    again = TokenIssuer(ISSUER, key)
    assert again.verify(ours.issue(SUBJECT, audiences=[], lifetime_s=600)).uid == "uid-1"


def test_a_broken_key_is_said() -> None:
    with pytest.raises(MachineError, match="cannot be read"):
        TokenIssuer(ISSUER, "nonsense")


def test_bearer_tokens() -> None:
    authenticator = Authenticator({"secret": ADMIN}, TokenIssuer(ISSUER, ""))
    assert authenticator.authenticate("Bearer secret") == ADMIN
    for header in ("", "Bearer", "Bearer wrong", "Basic secret", "secret"):
        with pytest.raises(Refused) as refused:
            authenticator.authenticate(header)
        assert refused.value.code == 401
