"""Users, groups, capabilities and runAsNonRoot."""

import pytest

from seatrial.api.objects import Object
from seatrial.kubelet.errors import ConfigFailure, CreateFailure
from seatrial.kubelet.security import Accounts, privileges, user_of
from seatrial.runtime.interface import User

ACCOUNTS = Accounts(
    passwd="root:x:0:0::/root:/bin/sh\nweb:x:101:102::/:/bin/false\n",
    group="root:x:0:\nadm:x:4:web,other\nweb:x:102:\n",
)


def user(image: str = "", pod: Object | None = None, container: Object | None = None) -> User:
    return user_of(
        {"spec": {"securityContext": pod or {}}},
        {"name": "c", "securityContext": container or {}},
        image_user=image,
        accounts=ACCOUNTS,
    )


def test_the_image_says_who_unless_the_spec_does() -> None:
    assert user() == User(0, 0)
    assert user("web") == User(101, 102, (4,))
    assert user("web:adm") == User(101, 4)
    assert user("101") == User(101, 102)
    assert user("5:6") == User(5, 6)
    assert user("web", pod={"runAsUser": 7}) == User(7, 0)
    assert user("web", pod={"runAsUser": 7, "runAsGroup": 8}, container={"runAsUser": 9}) == (
        User(9, 8)
    )


def test_supplementary_groups_and_fs_group_are_joined() -> None:
    got = user("web", pod={"supplementalGroups": [20], "fsGroup": 30})
    assert got.groups == (4, 20, 30)


def test_an_unknown_user_is_refused() -> None:
    with pytest.raises(CreateFailure, match="unable to find user nobody-here"):
        user("nobody-here")


@pytest.mark.parametrize(
    ("image", "context", "message"),
    [
        ("", {}, "container has runAsNonRoot and image will run as root (container: c)"),
        ("web", {}, "container has runAsNonRoot and image has non-numeric user (web), cannot "
                    "verify user is non-root (container: c)"),
        ("", {"runAsUser": 0}, "container's runAsUser breaks non-root policy (container: c)"),
    ],
)  # fmt: skip
def test_run_as_non_root(image: str, context: Object, message: str) -> None:
    with pytest.raises(ConfigFailure) as caught:
        user(image, pod={"runAsNonRoot": True}, container=context)
    assert str(caught.value) == message
    assert user("5", pod={"runAsNonRoot": True}) == User(5, 0)


def test_privileges() -> None:
    context = {
        "privileged": True,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"add": ["NET_ADMIN"], "drop": ["cap_chown", "ALL"]},
    }
    got = privileges({"securityContext": context})
    assert (got.privileged, got.allow_escalation, got.read_only_root) == (True, False, True)
    assert (got.add, got.drop) == (("NET_ADMIN",), ("CHOWN", "ALL"))
