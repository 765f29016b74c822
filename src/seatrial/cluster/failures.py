"""What went wrong, in words for people: any exception as the messages that it stands for; pure."""

from collections.abc import Iterator, Sequence

from seatrial.kit.errors import SeatrialError
from seatrial.kit.files import explain_os_error


def explained(error: BaseException) -> Sequence[SeatrialError]:
    """Each expected failure behind `error`, once; nothing when one of them is not expected."""
    leaves = list(_leaves(error))
    found = [each for each in map(_explain, leaves) if each is not None]
    return list({str(each): each for each in found}.values()) if len(found) == len(leaves) else []


def _explain(error: BaseException) -> SeatrialError | None:
    if isinstance(error, SeatrialError):
        return error
    if isinstance(error, OSError) and error.errno:
        return explain_os_error(error, str(error.filename or "this machine refused"))
    return None


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error
