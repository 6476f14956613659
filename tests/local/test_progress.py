"""The line that `make run` prints for a result."""

import pytest

from local.progress import line
from shared.jobs.record import Record
from shared.model import CANNOT, Box, Detection, Findings, ImageRef, Job, Label, Problem, Result

NO_SHOE = Problem(CANNOT, 'The offline model has no word for "shoe".')
CAR = Detection("car", Box(0, 0, 9, 9))


def told(found: Findings) -> str:
    """The line of a record, from its outcome on."""
    job = Job((ImageRef("uploads", "a.jpg", 1),), "detect", {"model": "m", "prompt_version": "1"})
    record = Record.of(Result(job, "done", findings=found, timing_ms={"total": 1234}))
    return line(record).replace(record.folder, "FOLDER").split(" detect   ")[1]


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        pytest.param(Findings(), "0 things in 1.2 s -> FOLDER", id="nothing"),
        pytest.param(Findings((CAR,), (NO_SHOE,)), "1 thing in 1.2 s -> FOLDER", id="something"),
        pytest.param(
            Findings(problems=(NO_SHOE,), labels=(Label("cat"), Label("dog"))),
            "2 things in 1.2 s -> FOLDER",
            id="classes",
        ),
        pytest.param(
            Findings(problems=(NO_SHOE,), answer="One car."),
            '"One car." in 1.2 s -> FOLDER',
            id="an answer",
        ),
        pytest.param(
            Findings(problems=(NO_SHOE,)),
            'The offline model has no word for "shoe". (1.2 s) -> FOLDER',
            id="not looked for",
        ),
        pytest.param(
            Findings(problems=(NO_SHOE,), text=""),
            'The offline model has no word for "shoe". (1.2 s) -> FOLDER',
            id="not read",
        ),
        pytest.param(
            Findings(problems=(Problem(CANNOT, "\u202eNo. " * 40),)),
            r"\u202eNo. " * 15 + r"\u202eNo.… (1.2 s) -> FOLDER",
            id="a long one that turns the line around",
        ),
    ],
)
def test_nothing_found_is_not_said_of_what_was_not_looked_for(
    found: Findings, outcome: str
) -> None:
    assert told(found) == outcome
