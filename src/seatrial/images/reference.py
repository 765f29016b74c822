"""Image names, as people write them and as they mean.

Does: parse "busybox", "quay.io/team/app:v2", "localhost:5000/app@sha256:..." into its parts.
Does not: ask anybody whether such an image exists.
"""

from dataclasses import dataclass

from seatrial.images.digest import is_digest
from seatrial.images.interface import InvalidImageName

DEFAULT_REGISTRY = "docker.io"
DEFAULT_NAMESPACE = "library"
DEFAULT_TAG = "latest"
NAME_CHARACTERS_MAX = 255
TAG_CHARACTERS_MAX = 128

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_WORD = _LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ_")


@dataclass(frozen=True, slots=True)
class Reference:
    """A whole image name. `tag` is empty when there is only a digest, `digest` without one."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """Registry and repository: "docker.io/library/busybox"."""
        return f"{self.registry}/{self.repository}"

    @property
    def version(self) -> str:
        """What a registry is asked for: the digest where there is one, else the tag."""
        return self.digest or self.tag

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


def parse_reference(text: str) -> Reference:
    """The image that `text` names, with everything it leaves out. Raises InvalidImageName."""
    rest, at, digest = text.partition("@")
    if at and not is_digest(digest):
        raise _invalid(text, f"{digest!r} is not a digest")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # the colon of a registry's port
        name, tag, colon = rest, "", ""
    if colon and not _is_tag(tag):
        raise _invalid(text, f"{tag!r} is not a tag")
    registry, repository = _split(name)
    if not _is_host_name(registry):
        raise _invalid(text, f"{registry!r} is not a registry")
    _check_repository(text, repository)
    if len(name) > NAME_CHARACTERS_MAX:
        raise _invalid(text, f"the name is longer than {NAME_CHARACTERS_MAX} characters")
    return Reference(registry, repository, tag or ("" if digest else DEFAULT_TAG), digest)


def _split(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if not slash or not _is_host(first):
        first, rest = DEFAULT_REGISTRY, name
    if first == "index.docker.io":
        first = DEFAULT_REGISTRY
    if first == DEFAULT_REGISTRY and "/" not in rest:
        rest = f"{DEFAULT_NAMESPACE}/{rest}"
    return first, rest


def _is_host(part: str) -> bool:
    """Whether a name's first part is a registry: a dot, a port, capitals, or localhost."""
    return "." in part or ":" in part or part == "localhost" or part != part.lower()


def _is_host_name(host: str) -> bool:
    """Letters, digits, dots and dashes, or an address in brackets; then maybe a port."""
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if colon and not port.isdecimal():
        return False
    name = name if colon else host
    if name.startswith("[") and name.endswith("]"):
        return set(name[1:-1]) <= frozenset("0123456789abcdefABCDEF:.")
    return all(label and set(label) <= _WORD | {"-"} for label in name.split("."))


def _check_repository(text: str, repository: str) -> None:
    for component in repository.split("/"):
        if component != component.lower():
            raise _invalid(text, "the repository name must be lower-case")
        if not _is_component(component):
            raise _invalid(text, f"{component!r} is not a part of a repository name")


def _is_component(component: str) -> bool:
    """Letters and digits, joined by one dot, one or two underscores, or dashes."""
    if not component or component[0] not in _LOWER or component[-1] not in _LOWER:
        return False
    if not set(component) <= _LOWER | set("._-"):
        return False
    joints = "".join(c if c in "._-" else " " for c in component).split()
    return all(joint in {".", "_", "__"} or set(joint) == {"-"} for joint in joints)


def _is_tag(tag: str) -> bool:
    return (
        0 < len(tag) <= TAG_CHARACTERS_MAX
        and tag[0] in _WORD
        and set(tag) <= _WORD | frozenset(".-")
    )


def _invalid(text: str, why: str) -> InvalidImageName:
    return InvalidImageName(f"image name {text!r} cannot be parsed: {why}")
