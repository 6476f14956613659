"""The parameters of a submission, in the query string or in JSON."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Self
from urllib.parse import parse_qsl

from shared.intake.recipes import overrides
from shared.web.problem import Problem
from shared.web.submission import names

METADATA_BYTES = 8_000  # of overrides; Cloud Storage takes 8 KiB of metadata, and ours is in it
_BY_QUERY = ("name", *overrides.NAMES)
_BY_JSON = ("url", *_BY_QUERY)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The photo's URL (None: it is the body), the upload's name, and its overrides."""

    url: str | None = None
    name: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 in hex; equal for equal parameters."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @classmethod
    def by_query(cls, query: bytes) -> Self:
        """The parameters in the query string, for a photo in the body. Raises Problem 400."""
        try:
            pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
        except ValueError as error:
            raise Problem(400, "bad_query", "The query string is not UTF-8.") from error
        counts = Counter(name for name, _ in pairs)
        twice = {name: "is given twice" for name, count in counts.items() if count > 1}
        return cls._of(dict(pairs), _wrong(dict(pairs), _BY_QUERY) | twice)

    @classmethod
    def by_json(cls, body: bytes) -> Self:
        """The parameters in a JSON body, for a photo to be fetched. Raises Problem 400."""
        try:
            given = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Problem(400, "bad_json", "The body is not JSON.") from error
        if not isinstance(given, dict):
            raise Problem(400, "bad_json", "The body is not a JSON object.")
        missing = {} if "url" in given else {"url": "is missing"}
        return cls._of(given, _wrong(given, _BY_JSON) | missing)

    @classmethod
    def _of(cls, given: Mapping[str, Any], wrong: Mapping[str, str]) -> Self:
        if wrong:
            detail = "; ".join(f"{key} {what}" for key, what in wrong.items())
            raise Problem(400, "bad_parameters", f"{detail}.", fields=wrong)
        return cls(given.get("url"), given.get("name"), _metadata(given))


def _wrong(given: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, str]:
    """Every fault, by its parameter, as the end of a sentence."""
    there = ", ".join(known)
    wrong = {key: f"is not known; there are: {there}" for key in given if key not in known}
    wrong |= {key: what for key in given if key in known and (what := _no_text(given[key]))}
    texts = {key: value for key, value in given.items() if key not in wrong}
    if "name" in texts and (what := names.complaint(texts["name"])):
        wrong["name"] = what
    return wrong | _too_long(_metadata(texts))


def _too_long(metadata: Mapping[str, str]) -> dict[str, str]:
    size = sum(len(part.encode()) for pair in metadata.items() for part in pair)
    if size <= METADATA_BYTES:
        return {}
    longest = max(metadata, key=lambda key: len(metadata[key])).removeprefix(overrides.PREFIX)
    limit = f"{METADATA_BYTES:,} are the limit"
    return {longest: f"is too long: the overrides have {size:,} bytes together; {limit}"}


def _no_text(value: object) -> str | None:
    if not isinstance(value, str):
        return "is not a text"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "has half a surrogate pair in it, which is not a character"
    return None


def _metadata(given: Mapping[str, str]) -> dict[str, str]:
    """The overrides as an uploader writes them."""
    return {overrides.PREFIX + key: given[key] for key in overrides.NAMES if key in given}
