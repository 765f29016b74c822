"""The court: runs of the judge, a few at a time.

Does: measures one subject on one side; keeps several runs going, for a server on trial mostly
waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import partial
from types import TracebackType
from typing import Final, Generic, TypeVar

from judge_cells import Measured
from judge_grpc import judge_grpc
from judge_h2 import judge_h2
from judge_schedule import judge_http
from judge_subjects import ENVIRONMENT, WINDOW_S, Command, Speaks, Subject
from judge_ws import judge_ws

AT_A_TIME: Final = 4
"""On two cores: more of them starting up at once would blur the cell at +0.05 s."""


Name = TypeVar("Name", bound=Hashable)
Result = TypeVar("Result")


JUDGES: Final[Mapping[Speaks, Callable[..., Coroutine[None, None, Measured]]]] = {
    Speaks.HTTP: judge_http,
    Speaks.HTTPS: partial(judge_http, secure=True),
    Speaks.HTTP2: judge_h2,
    Speaks.WEBSOCKET: judge_ws,
    Speaks.GRPC: judge_grpc,
}


class Version(Enum):
    """Which of the two commands of a subject is on trial."""

    AS_IT_COMES = "as it comes"
    WITH_APP = "with seatrial-app"

    def command(self, subject: Subject) -> Command | None:
        return subject.as_it_comes if self is Version.AS_IT_COMES else subject.with_app


Case = tuple[Subject, Version]


def measure(subject: Subject, version: Version) -> Measured:
    """One run. Raises StartError where the server does not come up."""
    command = version.command(subject)
    if command is None:
        raise ValueError(f"{subject.key} has no command {version.value}")
    window_s = WINDOW_S if version is Version.WITH_APP else None
    judge = JUDGES[subject.speaks]
    return asyncio.run(
        judge(command, environment=ENVIRONMENT, workers=subject.workers, window_s=window_s)
    )


class Court(Generic[Name, Result]):
    """Runs in the background, in order; ask for each result when you need it."""

    def __init__(self, runs: Mapping[Name, Callable[[], Result]]) -> None:
        self._pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="judge")
        self._runs = {name: self._pool.submit(run) for name, run in runs.items()}

    def result(self, name: Name) -> Result:
        """Wait for this run."""
        return self._runs[name].result()

    def __enter__(self) -> Court[Name, Result]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
