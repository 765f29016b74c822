"""The pieces of text by which a pod is told whom to talk to, and the hosts that they name.

Does: collects environment, commands, arguments, hooks and probes of a container; finds in a text
the words that stand where a host stands.
Does not: decide what a host is. `hosts_in("cache redis")` names both words; whoever asks knows
which hosts there are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import FieldPath, mapping, sequence
from seatrial.lint.workload import Container, Workload

# Whatever may stand between two words of a command line, a list or a configuration file.
_BETWEEN = str.maketrans(dict.fromkeys("\t\r\n,;\"'`=()[]{}|<>&", " "))
_HOOKS: tuple[Literal["postStart", "preStop"], ...] = ("postStart", "preStop")


@dataclass(frozen=True, slots=True)
class Text:
    """One text and where it stands. `name` is that of the variable or of the ConfigMap's key."""

    field: FieldPath
    name: str
    text: str


ContainerTexts = tuple[tuple[Container, tuple[Text, ...]], ...]


@dataclass(frozen=True, slots=True)
class Host:
    """A word that stands where a host stands: `name`, `name:port`, `scheme://name:port/...`."""

    name: str  # lower case, no trailing dot
    port: int | None = None
    scheme: str = ""

    @property
    def is_addressed(self) -> bool:
        """It has a port or a scheme: it is meant as a host, not merely a word."""
        return self.port is not None or bool(self.scheme)


def texts_of(container: Container) -> Iterator[Text]:
    """Environment, command and arguments, hooks; not the probes."""
    for index, value in enumerate(sequence(container.value.get("env"))):
        text = mapping(value).get("value")
        if text is not None:
            field = (*container.path, "env", index, "value")
            yield Text(field, str(mapping(value).get("name")), str(text))
    yield from _words(container.value, container.path)
    if "lifecycle" in container.value:
        for name in _HOOKS:
            hook = mapping(container.hook(name))
            yield from _words(mapping(hook.get("exec")), (*container.hook_path(name), "exec"))


def texts_in(workload: Workload, inventory: Inventory) -> ContainerTexts:
    """The containers with their texts, found once however many rules ask."""
    found: ContainerTexts = inventory.remember(
        ("texts", id(workload.manifest)),
        lambda: tuple((each, tuple(texts_of(each))) for each in workload.all_containers),
    )
    return found


def texts_of_workload(workload: Workload) -> Iterator[Text]:
    """Of all its containers, init containers too."""
    for container in workload.all_containers:
        yield from texts_of(container)


def hosts_in(text: str) -> Iterator[Host]:
    """Every word of the text that could be a host, in order; networks (`10.0.0.0/8`) are none."""
    for word in words_in(text):
        host = host_in(word)
        if host is not None:
            yield host


def words_in(text: str) -> list[str]:
    """The words of a command line, a list or a line of configuration, flags too."""
    return text.translate(_BETWEEN).split()


def host_in(word: str) -> Host | None:
    """The host that a single word names; None for flags, paths and networks."""
    scheme, found, rest = word.partition("://")
    if not found:
        scheme, rest = "", word
    authority, slash, path = rest.partition("/")
    if slash and not found and path.isdigit():
        return None
    authority = authority.partition("?")[0].rpartition("@")[2]
    name, port = authority, ""
    if authority.count(":") == 1:
        name, _, port = authority.partition(":")
    if not name or name.startswith("-"):
        return None
    number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None
    return Host(name.lower().rstrip("."), number, scheme.lower())


def _words(holder: Mapping[str, Any], path: FieldPath) -> Iterator[Text]:
    for name in ("command", "args"):
        for index, word in enumerate(sequence(holder.get(name))):
            if isinstance(word, str):
                yield Text((*path, name, index), "", word)
