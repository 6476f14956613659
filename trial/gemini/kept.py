"""A call that was made, as a file: docs/trial-gemini.md says what each member holds."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from shared import codec, settings
from shared.border.gemini import models, reply
from shared.border.gemini.client import Response
from shared.model import Usage
from trial.gemini import reading
from trial.gemini.question import Question, cost
from trial.gemini.reading import Reading

Place = Literal["developer", "vertex", "gateway", "local"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_OF_INTEREST = ("content-type", "date", "retry-after", "server-timing")
_PREFIXES = ("x-gemini-", "x-ratelimit-")


@dataclass(frozen=True, slots=True)
class Answered:
    """What the service sent, word by word; the body is text."""

    status: int
    headers: Mapping[str, str]
    body: str

    @classmethod
    def of(cls, sent: Response) -> "Answered":
        """The response with those headers that say something about the service."""
        headers = {
            name: value
            for name, value in sent.headers.items()
            if name in _OF_INTEREST or name.startswith(_PREFIXES)
        }
        return cls(sent.status, headers, sent.body.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no answer: a cause as jobs have it, and the sentence."""

    cause: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what was asked, when, what came, and how it was read."""

    asked_of: Place
    asked_at: str  # ISO 8601, UTC
    seconds: float
    question: Question
    response: Answered | None = None  # None: nothing came
    trouble: Trouble | None = None
    reading: Reading | None = None  # of a response with the status 200
    format: int = field(default=1)

    @property
    def may_be_charged(self) -> bool:
        """Whether it must not be made again: it was answered, or nobody knows."""
        return self.trouble is None or self.trouble.cause == "late"

    @property
    def usage(self) -> Usage:
        """The tokens of the answer as the service counted them; none without an answer."""
        body = self.response.body.encode() if self.response and not self.trouble else b"{}"
        found = reply.usage(body)
        return Usage(
            found.model,
            found.prompt_tokens,
            found.image_tokens,
            found.output_tokens,
            found.thought_tokens,
            tier=self.question.tier,
        )

    @property
    def usd(self) -> float:
        """What it cost by the price of its day; the most it may have cost if nobody knows."""
        if self.trouble:
            return self.question.estimate.most_usd if self.may_be_charged else 0.0
        usage = self.usage
        return cost(models.find(usage.model or self.question.model), usage, self.day)

    @property
    def day(self) -> date:
        """The day on which it was asked, UTC."""
        return datetime.fromisoformat(self.asked_at).date()

    def read(self) -> "Reading | None":
        """The reading by today's readers; None if there is nothing to read."""
        if self.response is None or self.trouble:
            return None
        body = self.response.body.encode()
        return reading.of(self.question, body, self.response.headers)


def place() -> Place:
    """Who is asked, by the environment."""
    base = os.environ.get("GOOGLE_GEMINI_BASE_URL") or os.environ.get("GOOGLE_VERTEX_BASE_URL")
    if base:
        return "local" if urlsplit(base).hostname in _LOOPBACK else "gateway"
    return "vertex" if settings.current().on_vertex else "developer"


def load(file: Path) -> Call:
    """The call in a file. Raises ValueError, which names the file and the member."""
    try:
        return codec.decode(file.read_bytes(), Call)
    except ValueError as why:
        raise ValueError(f"{file}: {why}") from why


def find(folder: Path, question: Question) -> Call | None:
    """The kept call of a question that must not be asked again; None if it may be."""
    file = folder / question.file
    call = load(file) if file.exists() else None
    return call if call and call.may_be_charged else None


def save(folder: Path, call: Call) -> None:
    """Keep a call; a refused one of before is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / call.question.file, call)


def _write(file: Path, call: Call) -> None:
    written = file.with_name(f".{file.name}")
    written.write_bytes(codec.encode(call, indent=1) + b"\n")
    written.replace(file)


def read_again(folder: Path) -> None:
    """Give every file of a folder the reading of today's readers. Raises what `load` raises."""
    for file in sorted(folder.glob("*.json")):
        call = load(file)
        today = replace(call, reading=call.read())
        if today != call:
            _write(file, today)
