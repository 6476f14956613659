"""What a search of the index wants."""

from dataclasses import dataclass

from shared import naming, tasks
from shared.jobs.index import Entry


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of entries: empty fields match all; texts but the folder match in any case."""

    task: str = ""
    status: str = ""
    label: str = ""
    name: str = ""
    words: tuple[str, ...] = ()  # each is part of the name, a label, the text or the task
    folder: str = ""  # the beginning of the name
    doubt: bool = False  # only entries that there is a reason to doubt

    def takes(self, entry: Entry) -> bool:
        """Whether the entry matches."""
        return (
            self.takes_kind(entry.task, entry.status)
            and self.name.casefold() in entry.name.casefold()
            and (not self.label or any(map(self._labelled, entry.labels)))
            and (not self.words or self._told(told(entry).casefold()))
            and naming.composed(entry.name).startswith(naming.composed(self.folder))
            and (not self.doubt or entry.doubts > 0)
        )

    def takes_kind(self, task: str, status: str) -> bool:
        """Whether entries of that task and status may match."""
        return tasks.is_of(task, self.task) and self.status in {"", status}

    def _labelled(self, label: str) -> bool:
        return self.label.casefold() in label.casefold()

    def _told(self, text: str) -> bool:
        return all(naming.composed(word).casefold() in text for word in self.words)


def told(entry: Entry) -> str:
    """The texts in which words are sought, in NFC, the name first; no word goes over two lines."""
    texts = (entry.name, *entry.labels, entry.text or "", entry.task)
    return naming.composed("\n".join(texts))
