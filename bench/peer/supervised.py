"""Does what a job does with supervision and OpenCV; `make interop` makes the environment.

A line of JSON in: {"photo": file, "answer": file, "side": pixels or null, "codec": whether to
decode and encode}; a line out: {"cpu": seconds, "wall": seconds} or {"error": sentence}.
"""

import json
import sys
import time
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import supervision as sv
from PIL import Image

Pixels = Any

_MODEL = 1024
_SCALED = {
    2: cv2.IMREAD_REDUCED_COLOR_2,
    3: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
}  # by the ratio of the photo's side to the overlay's
_SHARP = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(_answer(**json.loads(line))), flush=True)


def _answer(photo: str, answer: str, side: int | None, codec: bool) -> dict[str, object]:  # noqa: FBT001
    said = f"```json\n{Path(answer).read_text()}\n```"
    data = Path(photo).read_bytes()
    opened = None if codec else _opened(photo)
    scene = (
        None if opened is None else opened.copy()
    )  # annotators draw on the picture that they are given
    cpu, wall = time.process_time(), time.perf_counter()
    if codec:
        scene = _decoded(data, side)
    if scene is None:
        return {"error": "OpenCV cannot read it"}
    drawn = _drawn(scene, said)
    if codec:
        small = cv2.resize(scene, _within(scene, _MODEL), interpolation=cv2.INTER_AREA)
        cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, 85))
        options = (cv2.IMWRITE_JPEG_QUALITY, 90, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, _SHARP)
        cv2.imencode(".jpg", drawn, options)
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def _drawn(scene: Pixels, said: str) -> Pixels:
    size = (scene.shape[1], scene.shape[0])
    found = sv.Detections.from_vlm(sv.VLM.GOOGLE_GEMINI_2_5, said, resolution_wh=size)
    scene = sv.MaskAnnotator(opacity=0.4).annotate(scene, found)
    scene = sv.BoxAnnotator(thickness=sv.calculate_optimal_line_thickness(size)).annotate(
        scene, found
    )
    scale = sv.calculate_optimal_text_scale(size)
    return sv.LabelAnnotator(text_scale=scale).annotate(scene, found)


@cache
def _opened(photo: str) -> Pixels:
    return cv2.imread(photo)


def _decoded(data: bytes, side: int | None) -> Pixels | None:
    """The picture at the overlay's size, scaled by the codec where that is a JPEG's."""
    how = cv2.IMREAD_COLOR
    if side is not None and data.startswith(b"\xff\xd8"):
        longest = max(Image.open(BytesIO(data)).size)
        how = _SCALED.get(round(longest / side), cv2.IMREAD_COLOR)
    scene = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    if scene is None or side is None or max(scene.shape) <= side:
        return scene
    return cv2.resize(scene, _within(scene, side), interpolation=cv2.INTER_AREA)


def _within(scene: Pixels, side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(scene.shape))
    return round(scene.shape[1] * scale), round(scene.shape[0] * scale)


if __name__ == "__main__":
    main()
