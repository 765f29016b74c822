"""Which words of a start-up script are applications, and which only prepare one."""

# They come to an end by themselves, or only show something.
_SMALL = frozenset(
    {"", ":", "[", "[[", "break", "cat", "cd", "chmod", "chown", "cp", "curl", "date", "echo"}
    | {"exit", "export", "false", "kubectl", "ln", "ls", "mkdir", "mv", "nc", "nslookup", "ping"}
    | {"printf", "read", "rm", "sed", "set", "sleep", "sync", "tail", "test", "touch", "trap"}
    | {"true", "ulimit", "umask", "wait", "wget", "source", ".", "continue", "cut", "grep", "awk"}
    | {"tee", "kill", "shift", "return", "local", "eval", "which", "command", "id", "hostname"}
)


def is_application(program: str) -> bool:
    """No tool that a script uses on the way."""
    return program not in _SMALL
