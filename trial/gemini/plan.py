"""Which models will be asked, and what that will cost: before anything is paid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from shared import settings
from shared.border.gemini import models
from trial.gemini import kept, question
from trial.gemini.kept import Call
from trial.gemini.question import Question

_LOCAL = "offline-model"  # how the rows of the local cloud's own models begin


@dataclass(frozen=True, slots=True)
class Offer:
    """A model, the calls that will be made, and those that were made before."""

    model: str
    questions: tuple[Question, ...]
    kept: tuple[Call, ...] = ()

    @property
    def likely(self) -> float:
        """USD if each answer is a usual one."""
        return sum(each.estimate.likely_usd for each in self.questions)

    @property
    def most(self) -> float:
        """USD if each answer is as long as it may be."""
        return sum(each.estimate.most_usd for each in self.questions)

    @property
    def dearest(self) -> float:
        """The most that one of its calls may cost."""
        return max((each.estimate.most_usd for each in self.questions), default=0.0)

    @property
    def priced(self) -> bool:
        """Whether its price is known; if not, the dearest known price counts."""
        return models.find(self.model).price(datetime.now(UTC).date()) is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """The models to be asked, the cheapest first, and those that will not be, with the reason."""

    offers: tuple[Offer, ...]
    skipped: tuple[tuple[Offer, str], ...] = ()
    gone: tuple[tuple[str, str], ...] = field(default=())

    @property
    def calls(self) -> int:
        """How many calls will be made at most."""
        return sum(len(each.questions) for each in self.offers)

    @property
    def likely(self) -> float:
        """USD if each answer is a usual one."""
        return sum(each.likely for each in self.offers)

    @property
    def most(self) -> float:
        """USD if each answer is as long as it may be."""
        return sum(each.most for each in self.offers)


def of(names: Sequence[str], tasks: Sequence[str], usd: float, folder: Path) -> Plan:
    """The plan within a sum; without names, of every model of models.toml that is alive.

    A model is skipped if the likely cost of those before it leaves no room for its own, or for one
    of its calls at its longest.
    """
    chosen, gone = (names, ()) if names else _alive()
    offers = sorted((_offer(name, tasks, folder) for name in chosen), key=lambda one: one.likely)
    taken, skipped, spent = list[Offer](), list[tuple[Offer, str]](), 0.0
    for offer in offers:
        if offer.questions and spent + max(offer.likely, offer.dearest) > usd:
            skipped.append((offer, f"It would pass the sum of ${usd:,.2f}."))
            if offer.kept:
                taken.append(replace(offer, questions=()))
        else:
            taken.append(offer)
            spent += offer.likely
    return Plan(tuple(taken), tuple(skipped), tuple(gone))


def _offer(name: str, tasks: Sequence[str], folder: Path) -> Offer:
    asked = question.of(name, tasks)
    found = {each.file: call for each in asked if (call := kept.find(folder, each))}
    left = (each for each in asked if each.file not in found)
    return Offer(name, tuple(left), tuple(found.values()))


def _alive() -> tuple[list[str], list[tuple[str, str]]]:
    """The models of models.toml, and those that were shut down, with the day.

    On Vertex AI none counts as shut down: its days are the earliest possible ones.
    """
    today, on_vertex = datetime.now(UTC).date(), settings.current().on_vertex
    alive, gone = list[str](), list[tuple[str, str]]()
    for name in _rows():
        end = models.find(name).end(on_vertex=False)
        if end and end <= today and not on_vertex:
            gone.append((name, f"The Developer API shut it down on {end}, by models.toml."))
        else:
            alive.append(name)
    return alive, gone


def _rows() -> Iterator[str]:
    return (name for name in models.names() if not name.startswith(_LOCAL))
