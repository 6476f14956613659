"""Our numbers are those of pycocotools, wherever both apply."""

import json
import random
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from cli.grading import average_precision, regions
from cli.grading.labels import Labels
from cli.grading.matching import By, Overlaps
from shared.jobs.record import Found, Object
from shared.model import Box, Mask
from tests.cli.grading.found import SIZE, full, thing

PYTHON = Path(__file__).parents[3] / ".interop/bin/python"
SCRIPT = Path(__file__).parent / "interop/coco_eval.py"
LABELS = ["bag", "cup", "hat", "shoe"]
KINDS: dict[By, str] = {"box": "bbox", "mask": "segm"}
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not PYTHON.exists(), reason="needs other libraries: `make interop`"),
]


def photos(draws: random.Random) -> list[tuple[Found, Found]]:
    """Truths, and answers that find some of them more or less, and invent others."""
    return [scene(draws) for _ in range(40)]


def scene(draws: random.Random) -> tuple[Found, Found]:
    there = [(draws.choice(LABELS[:3]), box(draws)) for _ in range(draws.randint(0, 6))]
    said = [
        (draws.choice(LABELS) if draws.random() < 0.2 else label, moved(draws, each))
        for label, each in there
        if draws.random() < 0.8
    ]
    said += [(draws.choice(LABELS), box(draws)) for _ in range(draws.randint(0, 2))]
    return (
        Found(tuple(thing(label, each, ragged(draws, each)) for label, each in there)),
        Found(
            tuple(
                thing(label, each, ragged(draws, each), round(draws.random(), 1))
                for label, each in said
            )
        ),
    )


def box(draws: random.Random) -> Box:
    left, top = draws.randint(0, 140), draws.randint(0, 60)
    return Box(left, top, left + draws.randint(8, 60), top + draws.randint(8, 40))


def moved(draws: random.Random, where: Box) -> Box:
    by = [draws.randint(-4, 4) for _ in range(4)]
    return Box(
        min(max(where.left + by[0], 0), 190),
        min(max(where.top + by[1], 0), 90),
        min(max(where.right + by[2], 192), SIZE.width) if where.right > 196 else where.right,
        min(max(where.bottom + by[3], 92), SIZE.height) if where.bottom > 96 else where.bottom,
    )


def ragged(draws: random.Random, where: Box) -> Mask:
    """A mask with holes in it."""
    whole = full(where)
    return Mask(where, bytes(each & draws.choice((0xFF, 0xF7, 0xFF)) for each in whole.bits))


def files(folder: Path, scenes: list[tuple[Found, Found]]) -> tuple[str, str]:
    """Truth and answers as COCO has them; a category that is in no truth is among them."""
    images = [
        {"id": at, "width": SIZE.width, "height": SIZE.height} for at, _ in enumerate(scenes, 1)
    ]
    categories = [{"id": at, "name": label} for at, label in enumerate(LABELS, 1)]
    truths = [
        {**annotation(at, each), "id": 1000 * at + each_at, "iscrowd": 0}
        for at, (truth, _) in enumerate(scenes, 1)
        for each_at, each in enumerate(truth.objects)
    ]
    answers = [
        {**annotation(at, each), "score": each.confidence}
        for at, (_, answer) in enumerate(scenes, 1)
        for each in answer.objects
    ]
    (folder / "truth.json").write_text(
        json.dumps({"info": {}, "images": images, "annotations": truths, "categories": categories})
    )
    (folder / "answers.json").write_text(json.dumps(answers))
    return str(folder / "truth.json"), str(folder / "answers.json")


def annotation(image: int, found: Object) -> dict[str, Any]:
    where, mask = found.shape, found.mask
    assert isinstance(where, Box)
    assert mask
    assert mask.rle
    return {
        "image_id": image,
        "category_id": LABELS.index(found.label) + 1,
        "bbox": [where.left, where.top, where.right - where.left, where.bottom - where.top],
        "area": mask.area,
        "segmentation": {"size": list(mask.rle.size), "counts": mask.rle.counts},
    }


@pytest.fixture(scope="module", params=range(3))
def scenes(request: pytest.FixtureRequest) -> list[tuple[Found, Found]]:
    return photos(random.Random(request.param))


@pytest.fixture(params=KINDS)
def theirs(
    request: pytest.FixtureRequest, scenes: list[tuple[Found, Found]], tmp_path: Path
) -> tuple[By, dict[str, Any]]:
    told = subprocess.run(
        [PYTHON, SCRIPT, KINDS[request.param], *files(tmp_path, scenes)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return request.param, json.loads(told)


def test_ious_and_average_precision_equal_those_of_pycocotools(scenes, theirs) -> None:
    by, told = theirs
    found = [(regions.of(truth), regions.of(answer)) for truth, answer in scenes]

    ours = average_precision.of(found, by, Labels())

    assert ours
    assert 0.1 < ours.ap < 0.9
    assert asdict(ours) == {
        name: pytest.approx(told[name], abs=1e-9) for name in ("ap", "ap_50", "ap_75", "ar")
    }
    for (truths, answers), table in zip(found, told["ious"], strict=True):
        overlaps = Overlaps.of(truths, answers, by, Labels())
        assert table == [
            [
                pytest.approx(overlaps.ious.get((here, there), 0), abs=1e-9)
                for there in range(len(answers))
            ]
            for here in range(len(truths) if answers else 0)
        ]
