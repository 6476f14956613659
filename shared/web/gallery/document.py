"""The JSON object in the body of a request to the page; errors name the member."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never, Self, TypeVar

from shared import naming, settings
from shared.model import ImageRef
from shared.web.problem import Problem

T = TypeVar("T")
_LARGEST = 2**63 - 1  # generation, and number of bytes


@dataclass(frozen=True, slots=True)
class Document:
    """Members by name; `place` is where the object is in the body. Methods raise Problem 400.

    `person` is the name of the sign-in that came with the request; "" if there is none.
    """

    given: Mapping[str, Any]
    place: str = ""
    person: str = ""

    @classmethod
    def read(cls, body: bytes, person: str = "") -> Self:
        """The object in a body. Raises Problem 400."""
        try:
            given = json.loads(body)
            json.dumps(given, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError) as error:  # half a surrogate pair is one, too
            raise Problem(400, "bad_json", "The body is not JSON in UTF-8.") from error
        if not isinstance(given, dict):
            raise Problem(400, "bad_json", "The body is not a JSON object.")
        return cls(given, person=person)

    def text(self, name: str, pattern: str = ".+", what: str = "a text") -> str:
        """A text, which is required and must match."""
        text = self.given.get(name)
        if not isinstance(text, str) or not re.fullmatch(pattern, text, re.ASCII | re.DOTALL):
            self.refuse({name: f"is not {what}"})
        return text

    def number(self, name: str, least: int = 0) -> int:
        """A whole number, which is required."""
        number = self.given.get(name)
        if type(number) is not int or not least <= number <= _LARGEST:
            self.refuse({name: f"is not a whole number from {least}"})
        return number

    def object(self, name: str) -> Mapping[str, Any]:
        """An object; empty if there is none."""
        given = self.given.get(name, {})
        if not isinstance(given, dict):
            self.refuse({name: "is not an object"})
        return given

    def each(self, name: str, most: int, read: Callable[["Document"], T]) -> Sequence[T]:
        """What is read from each object of a list, which has at least one."""
        listed = self.given.get(name)
        if not isinstance(listed, list) or not 1 <= len(listed) <= most:
            self.refuse({name: f"is not a list of 1 to {most:,}"})
        wrong = next((at for at, one in enumerate(listed) if not isinstance(one, dict)), None)
        if wrong is not None:
            self.refuse({f"{name}[{wrong}]": "is not an object"})
        return [read(Document(one, f"{name}[{at}].")) for at, one in enumerate(listed)]

    def photos(self, most: int) -> Sequence[ImageRef]:
        """The versions of uploads in its member `photos`."""
        return self.each("photos", most, Document.photo)

    def refuse(self, wrong: Mapping[str, str]) -> Never:
        """Raise Problem 400 for these members, each with the end of a sentence."""
        fields = {f"{self.place}{name}": what for name, what in wrong.items()}
        detail = "; ".join(f"{name} {what}" for name, what in fields.items())
        raise Problem(400, "bad_parameters", f"{detail}.", fields=fields)

    def photo(self) -> ImageRef:
        """The version of an upload that its members `name` and `generation` are."""
        name = self.text("name")
        if len(name.encode()) > naming.LONGEST:
            self.refuse({"name": f"has more than {naming.LONGEST:,} bytes"})
        return ImageRef(settings.current().uploads_bucket, name, self.number("generation", 1))
