"""What one asking of a probe found."""

import enum
from dataclasses import dataclass


class Result(enum.Enum):
    """How the container answered."""

    SUCCESS = "success"
    FAILURE = "failure"
    # Nothing can be said of the container: the asking itself broke. It is not counted.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer, with the words that the event repeats."""

    result: Result
    output: str = ""


def success(output: str = "") -> Outcome:
    """The container answered well."""
    return Outcome(Result.SUCCESS, output)


def failure(output: str) -> Outcome:
    """The container answered badly, or not."""
    return Outcome(Result.FAILURE, output)


def unknown(output: str) -> Outcome:
    """The asking itself broke."""
    return Outcome(Result.UNKNOWN, output)
