"""What an image's name tells of what is in it."""

from seatrial.lint.commands import SHELLS
from seatrial.lint.workload import Container

_SHELLS_TOO = frozenset({"debug", "dev", "shell"})
_EMPTY = frozenset({"distroless", "scratch"})
_TOOLS = frozenset(
    {
        "busybox", "cat", "chmod", "chown", "cp", "curl", "date", "echo", "env", "false", "kill",
        "killall", "ln", "ls", "mkdir", "mv", "nc", "nice", "pkill", "printf", "rm", "sed", "sleep",
        "tail", "tar", "test", "timeout", "touch", "true", "wget",
    }
)  # fmt: skip
_BARE_NAMES = frozenset({"scratch", "pause"})


def lacks_shell(container: Container) -> bool:
    """The name says that there is neither shell nor tool in it: distroless, scratch, static.

    `:debug` variants of distroless images have a shell.
    """
    path, tag = image_parts(container.image)
    names = [part for part in path.split("/") if part]
    tag_words = set(tag.replace("_", "-").replace(".", "-").split("-"))
    if tag_words & _SHELLS_TOO:
        return False
    is_chainguard_static = names[-2:] == ["chainguard", "static"]
    return (
        "distroless" in names
        or bool(names and names[-1] in _BARE_NAMES)
        or is_chainguard_static
        or bool(tag_words & _EMPTY)
    )


def needs_tools(words: tuple[str, ...]) -> bool:
    """The command is a shell, or one of the small programs that come with one."""
    return bool(words) and words[0].rpartition("/")[2] in SHELLS | _TOOLS


def image_parts(image: str) -> tuple[str, str]:
    """The name without tag and digest, and the tag: `("gcr.io/a/b", "1.0")`."""
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return folder + slash + last, tag
