"""`kubectl delete ... --force` in commands, hooks and scripts. Shared by the rules of 5xx.

Does: reads a script line by line, so that what surrounds a command need not be understood.
"""

from collections.abc import Iterator, Sequence

from seatrial.lint.shell.tokens import ScriptError, tokens_of

_CLIENTS = frozenset({"kubectl", "oc", "k3s"})
# Kinds whose forced deletion frees a pod's name. Anything else has no process to leave behind.
_PODS = frozenset({"po", "pod", "pods", "all", "sts", "statefulset", "statefulsets"})
_WORKLOADS = frozenset({"deploy", "deployment", "deployments", "rs", "job", "jobs", "ds"})


def forced_deletions_in(script: str) -> Iterator[str]:
    """Each forced deletion of pods in a script, as it is written."""
    if "--force" not in script:
        return
    for line in script.replace("\\\n", " ").splitlines():
        if "--force" in line:
            for words in _commands(line):
                if is_forced_deletion(words):
                    yield " ".join(words)


def is_forced_deletion(words: Sequence[str]) -> bool:
    """`kubectl delete pod web-0 --force`: without --force a grace period of 0 still waits."""
    programs = [index for index, word in enumerate(words) if word.rpartition("/")[2] in _CLIENTS]
    if not programs or "delete" not in words[programs[0] :]:
        return False
    rest = words[words.index("delete") + 1 :]
    if not any(word in {"--force", "--force=true"} for word in rest):
        return False
    plain = [word for word in rest if not word.startswith("-")]
    kind = plain[0].partition("/")[0].partition(".")[0].lower() if plain else ""
    return kind in _PODS | _WORKLOADS or kind.startswith("$") or any(w == "-f" for w in rest)


def _commands(line: str) -> Iterator[list[str]]:
    words: list[str] = []
    try:
        for token in tokens_of(line):
            if token.kind == "word":
                words.append(token.text)
            else:
                yield words
                words = []
    except ScriptError:
        return  # half a quote: the other half is on another line
    yield words
