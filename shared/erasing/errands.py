"""Errands: erasures under way, with what they know, until the last look at each.

`erasures/{digest}.json` is the only object that has the name of a photo which is being erased. A
sweep goes on with those whose eraser died.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Self
from uuid import uuid4

from shared import codec, naming
from shared.border.storage import STATE
from shared.model import ImageRef, Upload

_PREFIX = "erasures/"


@dataclass(frozen=True, slots=True)
class Doomed:
    """A job that is erased: its key, and its folder in the results bucket."""

    key: str
    folder: str


@dataclass(frozen=True, slots=True)
class Errand:
    """One version of an upload that is erased. Times are seconds since the epoch."""

    ref: ImageRef
    created: float  # of the upload
    token: str = ""  # of the submission that brought it
    upload_too: bool = True  # False: whoever deleted the upload decided about its old versions
    jobs: tuple[Doomed, ...] = ()
    places: tuple[str, ...] = ()  # of its entries in the index
    erased: float = 0.0  # when everything was deleted for the first time; 0: it was not yet
    write: str = ""  # makes every write different

    @classmethod
    def of(cls, upload: Upload, *, upload_too: bool = True) -> Self:
        """The errand to erase that upload."""
        return cls(
            upload.ref, upload.created, upload.metadata.get("submission", ""), upload_too=upload_too
        )

    @property
    def upload(self) -> Upload:
        """The upload, as far as it is known."""
        return Upload(self.ref, 0, None, None, self.created)


def begin(errand: Errand) -> Errand:
    """Keep an errand; returns the one that was begun before, if there is one."""
    body = STATE.keep(_name(errand.ref), codec.encode(replace(errand, write=uuid4().hex)))
    return codec.decode(body, Errand)


def revise(ref: ImageRef, change: Callable[[Errand], Errand]) -> Errand | None:
    """Change an errand, whoever else does; None if it has ended."""
    while stored := STATE.version(_name(ref)):
        new = replace(change(codec.decode(stored.body, Errand)), write=uuid4().hex)
        if STATE.swap(_name(ref), codec.encode(new), stored.generation) is not None:
            return new
    return None


def end(ref: ImageRef) -> None:
    """Forget an errand."""
    STATE.delete(_name(ref))


def every() -> Iterator[Errand]:
    """All errands."""
    for each in STATE.listing(_PREFIX):
        if (body := STATE.read(each.name)) is not None:
            yield codec.decode(body, Errand)


def _name(ref: ImageRef) -> str:
    return f"{_PREFIX}{naming.version(ref)}.json"
