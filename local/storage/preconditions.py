"""Conditions on the current generation of an object or bucket."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from local.storage.errors import invalid, not_modified, precondition_failed


class Versioned(Protocol):
    """Anything with a generation and a metageneration."""

    @property
    def generation(self) -> int: ...

    @property
    def metageneration(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The four conditions a request can name; generation 0 stands for "there is none"."""

    generation: int | None = None
    not_generation: int | None = None
    metageneration: int | None = None
    not_metageneration: int | None = None

    @classmethod
    def parse(cls, query: Mapping[str, Any], prefix: str = "if") -> Self:
        """Those of a query string or JSON document; `ifSource` reads the source's.

        Google's Python client writes one of them with another capital when it uploads.
        """
        return cls(
            number(query, f"{prefix}GenerationMatch"),
            number(query, f"{prefix}GenerationNotMatch"),
            number(query, f"{prefix}MetagenerationMatch"),
            number(query, f"{prefix}MetagenerationNotMatch")
            or number(query, f"{prefix}MetaGenerationNotMatch"),
        )

    def check(self, found: Versioned | None, *, reading: bool = False) -> None:
        """Refuse with 412, or with 304 where a reader already has what is there."""
        generation = found.generation if found else 0
        metageneration = found.metageneration if found else None
        if self.generation not in {None, generation}:
            raise precondition_failed(f"The generation is {generation}, not {self.generation}.")
        if self.metageneration not in {None, metageneration}:
            raise precondition_failed(
                f"The metageneration is {metageneration}, not {self.metageneration}."
            )
        same_generation = self.not_generation == generation
        if same_generation or (found and self.not_metageneration == metageneration):
            refuse = not_modified if reading else precondition_failed
            raise refuse("The generation or metageneration is the one that was excluded.")


def number(query: Mapping[str, Any], key: str) -> int | None:
    """The integer under `key`, None if there is nothing; 400 if there is something else."""
    if query.get(key) is None:
        return None
    try:
        return int(query[key])
    except (TypeError, ValueError):
        raise invalid(f"{key} is not a number: {query[key]!r}") from None
