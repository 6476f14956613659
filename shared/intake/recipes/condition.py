"""The conditions of a recipe, and whether an upload matches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from shared.images import media_type
from shared.intake.recipes.glob import Glob


@dataclass(frozen=True, slots=True)
class Traits:
    """An upload as recipes see it.

    The type and the keys of the metadata are in lower case: neither is case-sensitive (RFC 9110,
    8.3.1; Cloud Storage's XML API sends the keys as headers).
    """

    name: str
    content_type: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, content_type: str | None, metadata: Mapping[str, str]) -> Self:
        """The traits of an upload, from its metadata."""
        kind = media_type.bare(content_type)
        return cls(name, kind, {key.lower(): metadata[key] for key in sorted(metadata)})


@dataclass(frozen=True, slots=True)
class Condition:
    """Which uploads a recipe takes: those that match every glob."""

    match: Glob
    content_type: Glob | None = None
    metadata: Mapping[str, Glob] = field(default_factory=dict)

    def misfit(self, upload: Traits) -> str | None:
        """The first reason why the upload does not match; None if it does."""
        if not self.match.fits(upload.name):
            return f"its name does not fit {self.match.text!r}"
        if self.content_type:
            if upload.content_type is None:
                return "it has no declared content type"
            if not any(map(self.content_type.fits, media_type.spellings(upload.content_type))):
                declared, wanted = upload.content_type, self.content_type.text
                return f"its content type {declared!r} does not fit {wanted!r}"
        for key, glob in self.metadata.items():
            if key not in upload.metadata:
                return f"its metadata has no {key!r}"
            if not glob.fits(upload.metadata[key]):
                return f"its metadata {key!r} does not fit {glob.text!r}"
        return None

    def covers(self, other: Self) -> bool:
        """Whether it surely matches everything that `other` matches."""
        if not self.match.covers(other.match):
            return False
        if self.content_type and not (
            other.content_type and self.content_type.covers(other.content_type)
        ):
            return False
        return all(
            key in other.metadata and glob.covers(other.metadata[key])
            for key, glob in self.metadata.items()
        )
