"""The court: runs of the judge, a few at a time.

Does: measures one subject on one side; keeps several runs going, for a server on trial mostly
waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from types import TracebackType
from typing import Final

from judge_cells import Measured
from judge_grpc import judge_grpc
from judge_schedule import judge_http
from judge_subjects import ENVIRONMENT, Command, Subject

AT_A_TIME: Final = 4
"""On two cores: more of them starting up at once would blur the cell at +0.05 s."""


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
    judge = judge_grpc if subject.grpc else judge_http
    return asyncio.run(judge(command, environment=ENVIRONMENT, workers=subject.workers))


class Court:
    """Measures cases in the background, in order; ask for each when you need it."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self._pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="judge")
        self._runs: dict[tuple[str, Version], Future[Measured]] = {
            (subject.key, version): self._pool.submit(measure, subject, version)
            for subject, version in cases
        }

    def verdict(self, subject: Subject, version: Version) -> Measured:
        """Wait for this case's run."""
        return self._runs[subject.key, version].result()

    def __enter__(self) -> Court:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
