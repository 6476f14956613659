"""What became of all files: counts, and each that is not in the bucket as it is here."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from cli import words
from cli.uploading.sending import Kind, Outcome

_LISTED: dict[Kind, str] = {
    "refused": "Refused, and not sent:",
    "differs": "There already with other bytes, and left as it is (--overwrite replaces it):",
    "failed": "Not taken by Cloud Storage:",
}


@dataclass(slots=True)
class Tally:
    """The sum of the outcomes; only those that need a person are kept."""

    dry: bool
    counts: Counter[Kind] = field(default_factory=Counter)
    listed: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self.counts[outcome.kind] += 1
        if outcome.kind in _LISTED:
            self.listed.append(outcome)

    @property
    def is_clean(self) -> bool:
        """Whether every file is in the bucket as it is here."""
        return not self.listed

    def lists(self) -> Iterator[str]:
        """The files that need a person, by what became of them, as lines."""
        for kind, heading in _LISTED.items():
            some = sorted(each.file for each in self.listed if each.kind == kind)
            if not some:
                continue
            yield heading
            why = {each.file: each.sentence for each in self.listed if each.kind == kind}
            yield from (f"  {file.path}  {why[file]}".rstrip() for file in some)

    def sum(self) -> str:
        """The counts as one line."""
        sent = "to be sent" if self.dry else "sent"
        parts = [f"{words.several(self.counts['sent'], 'file')} {sent}"]
        parts += [f"{self.counts[kind]:,} {said}" for kind, said in _SAID if self.counts[kind]]
        line = ", ".join(parts)
        return f"{line[:1].upper()}{line[1:]}."

    def facts(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "dry_run": self.dry,
            **{kind: self.counts[kind] for kind in ("sent", "there", *_LISTED)},
            "files": [
                {
                    "path": each.file.path,
                    "name": each.file.name,
                    "outcome": each.kind,
                    "sentence": each.sentence,
                }
                for each in sorted(self.listed, key=lambda each: each.file)
            ],
        }


_SAID: tuple[tuple[Kind, str], ...] = (
    ("there", "there already"),
    ("differs", "different"),
    ("refused", "refused"),
    ("failed", "failed"),
)
