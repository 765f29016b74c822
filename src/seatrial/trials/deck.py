"""What one voyage stands on: its cluster, its namespace, its subject and its book."""

from collections.abc import Callable
from dataclasses import dataclass

from seatrial.client.interface import Client
from seatrial.trials.application import Application
from seatrial.trials.evidence.book import Book
from seatrial.trials.evidence.scene import Scene
from seatrial.trials.evidence.sources import Journals
from seatrial.trials.scenario import Scenario
from seatrial.trials.sight import Sight
from seatrial.trials.subject import Subject

Teller = Callable[[str, int, int], None]  # what happens, requests sent, requests lost


@dataclass(frozen=True, slots=True)
class Waters:
    """The cluster, as far as a voyage needs it."""

    client: Client
    journals: Journals
    driver_image: str
    faults: frozenset[str] = frozenset()  # plurals of those that it offers


@dataclass(frozen=True, slots=True)
class Deck:
    """One voyage's own things."""

    waters: Waters
    application: Application
    subject: Subject
    scenario: Scenario
    namespace: str
    book: Book
    scene: Scene
    sight: Sight
    tell: Teller

    def say(self, words: str) -> None:
        """Tell the listener what happens, and how the traffic does."""
        self.tell(words, *self.scene.counts())
