"""Sends files in parallel: each at most once, and none in the place of another."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Literal

from google.api_core.exceptions import ClientError

from cli import errors
from cli.uploading import contents
from cli.uploading.contents import Content
from cli.uploading.files import File
from cli.uploading.stored import Stored
from shared.border import uploads
from shared.errors import Rejected
from shared.model import Upload

Kind = Literal["sent", "there", "differs", "refused", "failed"]

_AT_ONCE = 16
_AHEAD = 64  # files that wait in memory
_MOST_FAILURES = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file.

    It was `sent`; it was `there`, with the same bytes; the upload of its name `differs`; it was
    `refused` before anything of it was sent; or Cloud Storage did not take it (`failed`).
    """

    file: File
    kind: Kind
    sentence: str = ""
    upload: Upload | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """How files are sent."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    overwrite: bool = False
    dry: bool = False  # nothing is sent

    def outcomes(self, files: Iterable[File]) -> Generator[Outcome]:
        """What becomes of each file, in any order; `files` are sorted by name.

        Ends early after many failures. If it is closed, what is on its way is finished.
        """
        stored, failures = Stored(), 0
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            for outcome in _bounded(files, lambda file: self._begin(pool, file, stored)):
                yield outcome
                failures += outcome.kind == "failed"
                if failures >= _MOST_FAILURES:
                    return
        finally:
            pool.shutdown(cancel_futures=True)

    def _begin(self, pool: ThreadPoolExecutor, file: File, stored: Stored) -> Future[Outcome]:
        there = None if file.fault else stored.find(file.name)
        return pool.submit(self._outcome, file, there)

    def _outcome(self, file: File, there: Upload | None) -> Outcome:
        if file.fault:
            return Outcome(file, "refused", file.fault)
        try:
            with contents.opened(file.path) as body:
                return self._sent(file, contents.of(file.name, body), there)
        except Rejected as why:
            return Outcome(file, "refused", why.sentence)
        except ClientError as error:
            return Outcome(file, "failed", errors.sentence(error))

    def _sent(self, file: File, content: Content, there: Upload | None) -> Outcome:
        if there and there.crc32c == content.crc32c:
            return Outcome(file, "there", upload=there)
        if there and not self.overwrite:
            return Outcome(file, "differs", upload=there)
        if self.dry:
            return Outcome(file, "sent")
        landed = uploads.create(
            *(file.name, content.file, content.size, content.media_type, self.metadata),
            replacing=there.ref.generation if there else 0,
        ).upload
        kind: Kind = "sent" if landed.crc32c == content.crc32c else "differs"
        return Outcome(file, kind, upload=landed)


def _bounded(files: Iterable[File], begin: Callable[[File], Future[Outcome]]) -> Iterator[Outcome]:
    """The outcomes as they come; so many files are begun at a time."""
    running: set[Future[Outcome]] = set()
    for file in files:
        running.add(begin(file))
        if len(running) >= _AHEAD:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (each.result() for each in ended)
    while running:
        ended, running = wait(running, return_when=FIRST_COMPLETED)
        yield from (each.result() for each in ended)
