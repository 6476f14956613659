"""A model's answer: the service's reply, the text in it, and the masks in the text."""

import base64
import io
import json
import math
from collections.abc import Sequence
from typing import Any

from PIL import Image

from prove.hostile import words
from prove.hostile.target import Broken, Target
from shared import masks, tasks
from shared.border.gemini import quota, reply
from shared.errors import BadAnswer, Refused
from shared.masks import file
from shared.model import Box, Detection, Findings, Point, Size

_SIZE = Size(1_000, 700)
_REQUEST = {
    "labels": ["cat", "dog"],
    "max_objects": 25,
    "threshold": 127,
    "question": "Which?",
    "redact": {"hide": ["cat", "dog"], "what": "mask"},
}
_COMBINED = ("segment+caption+classify", "read_text+answer+caption")
_TOKENS = tuple(
    b'[|]|{|}|,|:|"|```json|```|null|NaN|-Infinity|1e999|0x10|"box_2d"|"mask"|"label"|"box_3d"|\\u'
    b"d800|\\|'|//|/*|*/|#|<start_of_mask>|<seg_7>|data:image/png;base64,|...|\xff|\0|\xe2\x80\xae".split(
        b"|"
    )
)


def _map(mode: str = "L") -> str:
    """A mask as the model draws it, in base64."""
    stream = io.BytesIO()
    Image.radial_gradient("L").resize((48, 48)).convert(mode).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def _texts() -> Sequence[bytes]:
    box = {"box_2d": [100, 200, 300, 400], "label": "cat"}
    told: list[Any] = [
        *([], [box], [box, {**box, "label": "dog", "confidence": "90 %"}]),
        {"boxes": [{**box, "mask": [[200, 100], [400, 100], [400, 300]]}]},
        [{**box, "mask": f"data:image/png;base64,{_map()}"}],
        *({"caption": "A cat."}, {"answer": "None."}, [{"label": "cat", "score": 0.9}]),
        [{"point": [5, 900], "label": label} for label in words.ALL],
        {"caption": {"caption": "A cat."}, "classify": [{"label": "cat"}], "segment": [box]},
        {"answer": {"answer": "Two."}, "caption": "A sign.", "read_text": [box]},
    ]
    texts = [json.dumps(each).encode() for each in told]
    return [*texts, b"```json\n" + texts[1] + b"\n```", b"Here: " + texts[2][:-9], b"[" * 3_000]


def _read(data: bytes) -> object:
    text = data.decode("utf-8", "surrogateescape")
    told = {}
    for name in (*tasks.names(), *_COMBINED):
        several = tasks.find(name).images == "several"
        request = {**tasks.find(name).defaults, **_REQUEST}
        try:
            found = tasks.find(name).read(text, [_SIZE] * (2 if several else 1), request)
        except (BadAnswer, Refused) as why:
            told[name] = why.sentence
        else:
            _check(found)
            told[name] = repr(found)
    return told


def _check(found: Findings) -> None:
    """Check that all lies inside the image and can be written as UTF-8."""
    for each in found.objects:
        _check_place(each)
    said = [found.text, found.answer, *(each.label for each in found.objects)]
    said += [part.text for part in found.parts]
    said += [each.name for each in found.labels] + [each.sentence for each in found.problems]
    for text in filter(None, said):
        text.encode()  # raises for what is no character
        if any(letter < " " and letter not in "\n\t" for letter in text):
            raise Broken(f"a control character in {text[:80]!r}")
    numbers = [each.confidence for each in found.objects] + [each.score for each in found.labels]
    if not all(each is None or 0 <= each <= 1 for each in numbers):
        raise Broken(f"confidences {numbers}")


def _check_place(each: Detection) -> None:
    match each.shape:
        case Box(left=left, top=top, right=right, bottom=bottom):
            inside = 0 <= left < right <= _SIZE.width and 0 <= top < bottom <= _SIZE.height
        case Point(x=x, y=y):
            inside = 0 <= x < _SIZE.width and 0 <= y < _SIZE.height
        case _:
            inside = False
    if not inside:
        raise Broken(f"outside the image: {each.shape}")
    if each.mask and (each.mask.box != each.shape or not masks.area(each.mask)):
        raise Broken(f"a mask of {each.mask.box} for {each.shape}")
    if each.mask:
        file.png(each.mask)
        masks.rle(each.mask, _SIZE)


def _pictures() -> Sequence[bytes]:
    return [base64.b64decode(_map(mode)) for mode in ("L", "1", "P", "LA", "RGBA", "I;16")]


def _masked(data: bytes) -> object:
    """An answer whose mask is this file."""
    item = {"box_2d": [-50, 0, 980, 1_400], "mask": base64.b64encode(data).decode()}
    return _read(json.dumps([item]).encode())


def _outlines() -> Sequence[bytes]:
    ring = [[100, 100], [900, 120], [500, 800]]
    forms: list[Any] = [
        *(ring, [ring, ring[::-1]], [each for corner in ring for each in corner]),
        *([{"x": x, "y": y} for x, y in ring], {"points": ring}, json.dumps(ring)),
        [[x % 997, x * 7 % 991] for x in range(3_000)],
    ]
    return [json.dumps(each).encode() for each in forms]


def _outlined(data: bytes) -> object:
    """An answer whose mask is this JSON, or this text."""
    text = data.decode("utf-8", "replace")
    try:
        json.loads(text)
        item = f'[{{"box_2d": [0, 0, 1000, 1000], "mask": {text}}}]'
    except (ValueError, RecursionError):
        item = json.dumps([{"box_2d": [0, 0, 1000, 1000], "mask": text}])
    return _read(item.encode())


def _replies() -> Sequence[bytes]:
    candidate = {"content": {"parts": [{"text": "[]"}], "role": "model"}, "finishReason": "STOP"}
    counts = {"promptTokenCount": 9, "candidatesTokenCount": "7", "thoughtsTokenCount": 1}
    details = [{"modality": "IMAGE", "tokenCount": 258}]
    told: list[Any] = [
        {"candidates": [candidate], "usageMetadata": {**counts, "promptTokensDetails": details}},
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {"candidates": [{"finishReason": "MAX_TOKENS"}], "modelVersion": "m"},
        {"error": {"code": 429, "message": "Slow down.", "details": [{"retryDelay": "2s"}]}},
        {"error": {"details": [{"violations": [{"quotaId": "RequestsPerDayPerProject"}]}]}},
    ]
    return [json.dumps(each).encode() for each in told]


def _replied(data: bytes) -> object:
    try:
        return reply.read(data), reply.usage(data), reply.saw_images(data)
    except (BadAnswer, Refused) as why:
        str(why).encode()
        return str(why), reply.usage(data)


def _throttled(data: bytes) -> object:
    """How long a 429 of this body makes us wait; the clock goes on from one time to the next."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return None
    until = quota.throttled(body).until
    if not math.isfinite(until):
        raise Broken(f"until {until}")
    return str(quota.throttled(body))


ALL = (
    Target("answers", _texts, _read, _TOKENS),
    Target("masks as pictures", _pictures, _masked),
    Target("masks as outlines", _outlines, _outlined, _TOKENS),
    Target("replies of the service", _replies, _replied, _TOKENS),
    Target("quotas of the service", _replies, _throttled, _TOKENS),
)
