"""What the local model understands of a prompt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gemini import wanted
from local.gemini.expected import expected_schema, wants_text
from local.gemini.question import Question
from shared import tasks


def asked(task: str, *, schema: bool, **parameters) -> Question:
    """The question that a task asks, to a model that takes a schema or to one that takes none."""
    found = tasks.find(task)
    request = {**found.defaults, **parameters}
    config = {"responseJsonSchema": found.schema(request)} if schema else {}
    return Question("m", found.prompt(request), config=config)


def labels(question: Question) -> tuple[str, ...]:
    return wanted.labels(question, expected_schema(question))


@pytest.mark.parametrize("schema", [True, False], ids=["schema", "words alone"])
@pytest.mark.parametrize("task", ["detect", "segment", "classify"])
@pytest.mark.parametrize("given", [["cat"], ["wine glass", "dog", "bag"], []])
def test_the_labels_of_our_own_tasks_are_found(task: str, given: list[str], schema: bool) -> None:
    assert labels(asked(task, schema=schema, labels=given)) == tuple(given)


@given(
    st.lists(
        st.text("abcdefghijklmnopqrstuvwxyz ", min_size=3, max_size=12)
        .map(str.strip)
        .filter(lambda name: len(name) > 2 and not set(name.split()) & {"and", "or", "the", "in"}),
        min_size=1,
        max_size=5,
        unique=True,
    )
)
def test_labels_in_a_schema_are_taken_as_they_are(given: list[str]) -> None:
    assert labels(asked("detect", schema=True, labels=given)) == tuple(given)


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("Detect the 2d bounding boxes of the cats", ("cats",)),
        ("Detect all cars and people in this image as box_2d.", ("cars", "people")),
        ("Segment all the people and dogs.", ("people", "dogs")),
        ("Locate the chairs, tables and lamps in this photo.", ("chairs", "tables", "lamps")),
        ("Find every cat in this image. Use only these labels: cat.", ("cat",)),
        ("Detect all of the prominent items in the image.", ()),
        ("Give the segmentation masks for the wooden and glass items.", ()),
        ("Find the prominent things in this image.", ()),
        ("Never return masks or code fences. Find the prominent things.", ()),
        ("Give me boxes for the dogs", ("dogs",)),
        ("Describe this photo.", ()),
    ],
)
def test_labels_are_found_in_other_prompts(prompt: str, found: tuple[str, ...]) -> None:
    assert labels(Question("m", prompt)) == found


@pytest.mark.parametrize(
    ("text", "kind", "names"),
    [
        ("How many horses are there?", "count", ("horses",)),
        ("how many cats and dogs can you see", "count", ("cats", "dogs")),
        ("How many birds does each show?", "count", ("birds",)),
        ("Is there a car in the photo?", "whether", ("car",)),
        ("Are there any people?", "whether", ("people",)),
        ("Do you see a bus or a truck?", "whether", ("bus", "truck")),
        ("Does the image show a horse?", "whether", ("horse",)),
        ("What is in this picture?", "what", ()),
        ("What do you see?", "what", ()),
        ("What does the sign say?", "text", ()),
        ("What is written on it?", "text", ()),
        ("Is the horse happy?", "else", ()),
        ("Why?", "else", ()),
    ],
)
def test_a_question_is_understood(text: str, kind: str, names: tuple[str, ...]) -> None:
    assert wanted.asking(text) == wanted.Asking(kind, names)


def test_the_question_is_found_among_the_instructions_of_a_task():
    prompt = asked("answer", schema=True, question="How many?", prompt="Be kind.").prompt

    assert wanted.question_of(prompt) == "How many?"
    assert wanted.question_of(asked("caption", schema=True).prompt) == ""


def test_only_read_text_asks_to_read_text():
    assert wants_text(asked("read_text", schema=False))
    for task in ("detect", "segment", "caption", "classify"):
        assert not wants_text(asked(task, schema=False))
