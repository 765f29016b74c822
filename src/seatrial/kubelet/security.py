"""A container's security context, from its own, its pod's and its image's.

Does: user, groups, capabilities, privilege flags; the runAsNonRoot check.
Does not: apply them; the runtime does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.api.objects import Object, spec_of
from seatrial.kubelet.errors import ConfigFailure, CreateFailure
from seatrial.runtime.interface import User


@dataclass(frozen=True, slots=True)
class Accounts:
    """What an image's `/etc/passwd` and `/etc/group` say."""

    passwd: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Privileges:
    """What a container may do."""

    read_only_root: bool
    privileged: bool
    allow_escalation: bool
    add: tuple[str, ...]
    drop: tuple[str, ...]


def privileges(container: Object) -> Privileges:
    """The flags of the container's security context."""
    own: Mapping[str, Any] = container.get("securityContext") or {}
    capabilities = own.get("capabilities") or {}
    return Privileges(
        read_only_root=bool(own.get("readOnlyRootFilesystem")),
        privileged=bool(own.get("privileged")),
        allow_escalation=own.get("allowPrivilegeEscalation", True) is not False,
        add=_capabilities(capabilities.get("add")),
        drop=_capabilities(capabilities.get("drop")),
    )


def _capabilities(names: list[str] | None) -> tuple[str, ...]:
    return tuple(name.upper().removeprefix("CAP_") for name in names or [])


def user_of(pod: Object, container: Object, *, image_user: str, accounts: Accounts) -> User:
    """Who the process is. Raises ConfigFailure (runAsNonRoot), CreateFailure (no such user)."""
    whole: Mapping[str, Any] = spec_of(pod).get("securityContext") or {}
    own: Mapping[str, Any] = container.get("securityContext") or {}
    wanted = own.get("runAsUser", whole.get("runAsUser"))
    _check_not_root(container, whole, own, wanted, image_user)
    uid, gid, named = _image_ids(image_user, accounts)
    if wanted is not None:
        uid, gid = int(wanted), _primary_group(str(wanted), accounts)
        named = ()
    group = own.get("runAsGroup", whole.get("runAsGroup"))
    gid = gid if group is None else int(group)
    extra = [*named, *(whole.get("supplementalGroups") or [])]
    if whole.get("fsGroup") is not None:
        extra.append(whole["fsGroup"])
    return User(uid, gid, tuple(dict.fromkeys(int(each) for each in extra)))


def _check_not_root(
    container: Object,
    whole: Mapping[str, Any],
    own: Mapping[str, Any],
    wanted: int | None,
    image_user: str,
) -> None:
    if not own.get("runAsNonRoot", whole.get("runAsNonRoot")):
        return
    name = container.get("name")
    if wanted is not None:
        if int(wanted) == 0:
            raise ConfigFailure("container's runAsUser breaks non-root policy "
                                f"(container: {name})")  # fmt: skip
        return
    user = image_user.partition(":")[0]
    if user and not user.isdigit():
        raise ConfigFailure(
            f"container has runAsNonRoot and image has non-numeric user ({user}), cannot verify "
            f"user is non-root (container: {name})"
        )
    if int(user or 0) == 0:
        raise ConfigFailure(
            f"container has runAsNonRoot and image will run as root (container: {name})"
        )


def _image_ids(image_user: str, accounts: Accounts) -> tuple[int, int, tuple[int, ...]]:
    """User id, group id and supplementary groups of an image's `user` or `user:group`."""
    user, _, group = image_user.partition(":")
    if not user:
        return 0, _group_id(group, accounts) if group else 0, ()
    named: tuple[int, ...] = ()
    if user.isdigit():
        uid, gid = int(user), _primary_group(user, accounts)
    else:
        uid, gid, named = _named_user(user, accounts)
    return uid, _group_id(group, accounts) if group else gid, () if group else named


def _named_user(name: str, accounts: Accounts) -> tuple[int, int, tuple[int, ...]]:
    for fields in _lines(accounts.passwd, 4):
        if fields[0] == name and fields[2].isdigit() and fields[3].isdigit():
            return int(fields[2]), int(fields[3]), _groups_of(name, accounts)
    raise CreateFailure(f"unable to find user {name}: no matching entries in passwd file")


def _primary_group(uid: str, accounts: Accounts) -> int:
    for fields in _lines(accounts.passwd, 4):
        if fields[2] == uid and fields[3].isdigit():
            return int(fields[3])
    return 0


def _group_id(group: str, accounts: Accounts) -> int:
    if group.isdigit():
        return int(group)
    for fields in _lines(accounts.group, 3):
        if fields[0] == group and fields[2].isdigit():
            return int(fields[2])
    raise CreateFailure(f"unable to find group {group}: no matching entries in group file")


def _groups_of(user: str, accounts: Accounts) -> tuple[int, ...]:
    return tuple(
        int(fields[2])
        for fields in _lines(accounts.group, 4)
        if fields[2].isdigit() and user in fields[3].split(",")
    )


def _lines(text: str, fields_min: int) -> list[list[str]]:
    rows = (line.strip().split(":") for line in text.splitlines())
    return [row for row in rows if len(row) >= fields_min]
