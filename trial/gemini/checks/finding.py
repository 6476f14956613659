"""What a check says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.border.gemini.models import Model
from trial.gemini.kept import Call
from trial.gemini.samples import Probe

Verdict = Literal["yes", "no", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Finding:
    """An assumption, whether it holds, and what was seen."""

    name: str
    assumption: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The calls that were made to a model."""

    model: Model
    calls: Sequence[Call]

    @property
    def usual(self) -> list[Call]:
        """Those that ask as workers do."""
        return [each for each in self.calls if not each.question.probe]

    @property
    def read(self) -> list[Call]:
        """Those that ask as workers do and were answered, in whatever way."""
        return [each for each in self.usual if each.reading]

    def probe(self, name: Probe) -> Call | None:
        """The call that tries this setting, if it was made."""
        return next((each for each in self.calls if each.question.probe == name), None)

    def unprobed(self, name: Probe) -> Call | None:
        """The same question as workers ask it."""
        probe = self.probe(name)
        return next(
            (
                each
                for each in self.read
                if probe
                and each.question.task == probe.question.task
                and each.question.samples == probe.question.samples
            ),
            None,
        )


Check = Callable[[Seen], Finding]


def unseen(name: str, assumption: str, why: str = "No call was answered.") -> Finding:
    """The finding where nothing can be said."""
    return Finding(name, assumption, "cannot tell", why)
