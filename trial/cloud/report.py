"""The report of a trial: a page for people, and the same as JSON."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from trial.cloud.check import Outcome


@dataclass(frozen=True, slots=True)
class Result:
    """How a check ended."""

    id: str
    claim: str
    where: str
    outcome: Outcome
    seen: tuple[str, ...]
    seconds: float


@dataclass(slots=True)
class Report:
    """What is known so far."""

    project: str
    began: str  # ISO 8601, UTC
    facts: dict[str, str] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    costs: dict[str, float] = field(default_factory=dict)  # USD
    messages: list[str] = field(default_factory=list)  # what stopped it, raw

    @property
    def sentence(self) -> str:
        """How many checks ended how."""
        number = Counter(each.outcome for each in self.results)
        return (
            f"{number['holds']} hold, {number['fails']} fail, {number['not tried']} were not tried."
        )

    @property
    def is_good(self) -> bool:
        """Whether it came to its end and everything that was tried holds."""
        return not self.messages and all(each.outcome != "fails" for each in self.results)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both files, named by project and time, and return their paths."""
        moment = self.began[:16].replace(":", "").replace("-", "")
        page = folder / f"trial-{self.project}-{moment}.md"
        page.write_text("\n".join(self._page()) + "\n", "utf-8")
        data = page.with_suffix(".json")
        data.write_text(json.dumps(self._data(), indent=1) + "\n", "utf-8")
        return page, data

    def _data(self) -> dict[str, Any]:
        return {**asdict(self), "sentence": self.sentence, "good": self.is_good}

    def _page(self) -> list[str]:
        lines = [f"# A trial in {self.project}, {self.began[:10]}", "", self.sentence, ""]
        lines += ["| | |", "|---|---|"]
        lines += [f"| {name} | {_cell(text)} |" for name, text in self.facts.items()]
        lines += [f"| {name}, USD | {usd:.4f} |" for name, usd in self.costs.items()]
        lines += ["", "| check | what is assumed | outcome | what was seen | s |", "|---" * 5 + "|"]
        for each in self.results:
            first = _cell(each.seen[0]) if each.seen else ""
            row = (each.id, each.claim, f"**{each.outcome}**", first, f"{each.seconds:.0f}")
            lines.append(f"| {' | '.join(row)} |")
        if self.messages:
            lines += ["", "## What stopped it", "", "```", *self.messages, "```"]
        for each in self.results:
            if each.seen[1:]:
                lines += ["", f"## {each.id}", "", f"Assumed in docs/{each.where}.", ""]
                lines += ["```", *each.seen[1:], "```"]
        return lines


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
