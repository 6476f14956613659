"""What `darkroom redrive` will do: for people, or as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cli import rounds, words
from cli.candidates import Candidate, Found
from cli.output import lines
from shared.border.storage import STATE
from shared.jobs.estimate import Estimate

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """The jobs that were found, those that will be queued, and their cost."""

    found: Found
    chosen: Sequence[Candidate]
    cost: Estimate

    def show(self) -> None:
        """Print what would be queued, what would not, and the cost."""
        for each in self.chosen[:_SHOWN]:
            lines(f"{_name(each)}: {each.code}")
        if len(self.chosen) > _SHOWN:
            lines(f"... and {len(self.chosen) - _SHOWN:,} more")
        for at, each in self.found.under_way:
            number = rounds.following(each.job).request["redrive"]
            lines(f"{_name(each)}: round {number} was already queued {words.moment(at)}")
        for why, each in self.found.hopeless:
            lines(f"{_name(each)}: cannot be queued, {why}", err=True)
        if poison := _poison():
            kept = words.several(poison, "message").capitalize()
            lines(f"{kept} in poison/ of the state bucket cannot be read as a job.")
        lines(self._sum())

    def facts(self) -> dict[str, Any]:
        """The same, for programs."""
        return {
            "jobs": [
                {**_facts(each), "redriven_as": rounds.following(each.job).key}
                for each in self.chosen
            ],
            "under_way": [_facts(each) for _, each in self.found.under_way],
            "hopeless": [{**_facts(each), "because": why} for why, each in self.found.hopeless],
            "left_out": self._left,
            "poison": _poison(),
            "likely_usd": self.cost.likely,
            "most_usd": self.cost.most,
        }

    @property
    def _left(self) -> int:
        return len(self.found.ready) - len(self.chosen)

    def _sum(self) -> str:
        rest = f" Left out: {words.several(self._left, 'job')}." if self._left else ""
        if not self.chosen:
            return f"There is nothing to queue.{rest}"
        likely, most = words.money(self.cost.likely), words.money(self.cost.most)
        count = words.several(len(self.chosen), "job").capitalize()
        return f"{count}: likely cost {likely}, at most {most}.{rest}"


def _poison() -> int:
    return sum(1 for _ in STATE.listing("poison/"))


def _name(each: Candidate) -> str:
    image = each.job.images[0]
    return f"{image.name}#{image.generation} {each.job.task}"


def _facts(each: Candidate) -> dict[str, Any]:
    image = each.job.images[0]
    return {
        "id": each.job.key,
        "name": image.name,
        "generation": image.generation,
        "task": each.job.task,
        "reason": each.code,
    }
