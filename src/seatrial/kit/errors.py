"""The root of our errors, and the two kinds every part may raise.

    SeatrialError          expected: somebody above handles it or shows it to the user
    ├── UsageError         the user asked for something that cannot be (exit code 2)
    └── MachineError       this machine cannot do what was asked (exit code 3)
    Bug                    an impossible state: crash loudly

Messages are lower-case without a full stop, name the object, the field and the value; `remedy`
says in one sentence what to do. Each package draws its own tree below these.
"""


class SeatrialError(Exception):
    """An expected failure with a message for people and, where there is one, a remedy."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class UsageError(SeatrialError):
    """The request itself is wrong: bad option, bad file, bad name."""

    exit_code = 2


class MachineError(SeatrialError):
    """This machine lacks what the request needs: user namespaces, nftables, disk, a free port."""

    exit_code = 3


class Bug(AssertionError):
    """A state that our own reasoning excludes."""
