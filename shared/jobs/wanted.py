"""What a search of the index wants."""

from dataclasses import dataclass

from shared import tasks
from shared.jobs.index import Entry


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of entries: empty fields match all; texts match in any case."""

    task: str
    status: str
    label: str
    name: str

    def takes(self, entry: Entry) -> bool:
        """Whether the entry matches."""
        return (
            self.takes_kind(entry.task, entry.status)
            and self.name.casefold() in entry.name.casefold()
            and (not self.label or any(map(self._labelled, entry.labels)))
        )

    def takes_kind(self, task: str, status: str) -> bool:
        """Whether entries of that task and status may match."""
        return tasks.is_of(task, self.task) and self.status in {"", status}

    def _labelled(self, label: str) -> bool:
        return self.label.casefold() in label.casefold()
