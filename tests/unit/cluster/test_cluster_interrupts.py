"""Ctrl-C, SIGTERM and SIGHUP are one thing, and wait while something must be whole."""

import signal
from collections.abc import Iterator

import pytest

from seatrial.cluster.interrupts import LIKE_CTRL_C, hear_all, hear_none, held_back

ALL = (signal.SIGINT, *LIKE_CTRL_C)


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ALL}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ALL)
def test_each_of_them_interrupts(number: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    hear_all()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


@pytest.mark.parametrize("number", ALL)
def test_held_back_it_is_heard_when_the_block_has_ended(number: int) -> None:
    hear_all()
    done = []

    def whole() -> None:
        with held_back():
            signal.raise_signal(number)
            signal.raise_signal(number)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        whole()
    assert done == ["all of it"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_a_failure_inside_is_not_hidden_by_an_interruption() -> None:
    def broken() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            raise ValueError("mine")

    hear_all()
    with pytest.raises(ValueError, match="mine"):
        broken()


def test_what_our_caller_ignores_stays_ignored_but_sigterm_is_heard() -> None:
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    hear_all()
    signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


def test_on_the_way_out_nothing_is_heard() -> None:
    hear_none()
    for number in ALL:
        signal.raise_signal(number)
