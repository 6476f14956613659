"""What a model is asked: each task on a few samples, and a few calls that try one setting each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from shared import settings
from shared.images import sandbox
from shared.model import Size, Tier

FOLDER = Path(__file__).parents[2] / "samples"
_UNSEEN = 64  # long side in pixels of a working picture that nobody looks at

Probe = Literal["", "low", "short", "flex"]


@dataclass(frozen=True, slots=True)
class Case:
    """A task about photos of samples/; `probe` is the setting that differs from what workers send.

    low: a photo is looked at less closely. short: the answer may have few tokens. flex: by that
    tier. "": as workers ask.
    """

    task: str
    photos: tuple[str, ...]
    chosen: Mapping[str, Any] = field(default_factory=dict)
    probe: Probe = ""
    tier: Tier = "standard"


@dataclass(frozen=True, slots=True)
class Sample:
    """A photo as it is asked about: the digest of its file, and its size upright."""

    name: str
    sha256: str
    width: int
    height: int

    @property
    def size(self) -> Size:
        """Its size in pixels."""
        return Size(self.width, self.height)


_FORM = {
    "merchant": {"type": "string", "what": "The shop that wrote the receipt."},
    "date": {"type": "date", "what": "The day of the purchase."},
    "total": {"type": "number", "what": "What was to be paid.", "required": True},
    "items": {
        "type": "list",
        "what": "What was bought.",
        "fields": {"name": {"type": "string"}, "price": {"type": "number"}},
    },
}
_BIRDS = {"labels": ["hen", "duck", "goose", "horse", "cat"]}
_PORTION = 24  # tokens that the shortened answer may have

CASES = (
    Case("caption", ("duck.jpg",)),
    Case("detect", ("duck.jpg",)),
    Case("detect", ("chickens.jpg",), {"labels": ["hen"]}),
    Case("detect", ("butterfly.jpg",)),  # stored on its side
    Case("segment", ("duck.jpg",)),
    Case("segment", ("cup.png",)),
    Case("segment", ("kitten.heif",)),
    Case("read_text", ("receipt.jpg",)),
    Case("extract", ("receipt.jpg",), {"fields": _FORM}),
    Case("classify", ("duck.jpg",), _BIRDS),
    Case("answer", ("chickens.jpg",), {"question": "How many birds are there?"}),
    Case("moderate", ("poster.jpg",)),
    Case("redact", ("poster.jpg",), {"redact": {"hide": ["person"], "what": "mask"}}),
    Case("compare", ("chickens.jpg", "duck.jpg"), {"question": "How many birds does each show?"}),
    Case("segment+caption", ("horse.webp",)),
    # After those: a comparison with the caption of the same photo shows what the setting does.
    Case("caption", ("duck.jpg",), {"detail": "low"}, "low"),
    Case("caption", ("duck.jpg",), {"max_output_tokens": _PORTION}, "short"),
    Case("caption", ("duck.jpg",), {}, "flex", "flex"),
)


@cache
def sample(name: str) -> Sample:
    """The facts of a photo of samples/."""
    data = (FOLDER / name).read_bytes()
    size = sandbox.develop(data, settings.current().limits, _UNSEEN, _UNSEEN).size
    return Sample(name, sha256(data).hexdigest(), *size)


@cache
def picture(name: str, side: int) -> bytes:
    """The photo as a model is sent it: a JPEG of at most that long side in pixels."""
    data = (FOLDER / name).read_bytes()
    return sandbox.develop(data, settings.current().limits, _UNSEEN, side).for_model
