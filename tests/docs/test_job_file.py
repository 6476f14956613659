"""docs/job-file.md lists the keys that the code takes, and its examples are job files."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shared import tasks
from shared.errors import Rejected
from shared.intake import job_file
from shared.intake.recipes import settings
from shared.limits import MOST_IMAGES

PAGE = (Path(__file__).parents[2] / "docs" / "job-file.md").read_text("utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def table(head: str) -> dict[str, list[str]]:
    """The cells of the table with that first line, by the key of each row."""
    body = PAGE.partition(f"{head}\n")[2].partition("\n\n")[0]
    cells = [re.split(r" +\| +", line.strip("| ")) for line in body.splitlines()[1:]]
    return {name.strip("`"): rest for name, *rest in cells}


FILE = table("| key | what it may be |")
IMAGE = table("| key of an image | what it may be |")
SETTINGS = table("| key | default | of | what it may be |")


def tasks_of(key: str) -> list[str]:
    """The tasks that know a setting, as the page says."""
    said = SETTINGS[key][1]
    return [*tasks.names()] if said == "every task" else re.findall(r"\w+(?= \(|,|$)", said)


def stated_default(key: str, name: str) -> Any:
    said = SETTINGS[key][0]
    if key == "model":
        return ""
    main, *others = re.findall(r"`([^`]+)`(?:,? or)?", said)
    exceptional = re.search(r"of ([\w, ]+)$", said)
    if others and exceptional and name in re.split(r", | and ", exceptional[1]):
        return json.loads(others[0])
    return json.loads(main)


def file(name: str, **chosen: Any) -> bytes:
    """A job file of that task, with what it cannot do without."""
    count = 1 if tasks.find(name).images == "one" else 2
    images = [f"{number}.jpg" for number in range(count)]
    needed = {
        key: {"hide": ["face"]} if key == "redact" else "?" for key in tasks.find(name).required
    }
    return json.dumps({"task": name, "images": images, **needed, **chosen}).encode()


@pytest.mark.parametrize("name", tasks.names())
def test_the_settings_listed_for_a_task_are_those_it_takes(name: str) -> None:
    listed = {key: stated_default(key, name) for key in SETTINGS if name in tasks_of(key)}

    assert listed == dict(settings.known([name]))


@pytest.mark.parametrize("name", tasks.names())
def test_the_settings_that_are_required_are_marked_as_required(name: str) -> None:
    said = {key for key in SETTINGS if re.search(rf"\b{name} \(required\)", SETTINGS[key][1])}

    assert said == set(tasks.find(name).required)


def test_the_other_keys_are_those_the_code_takes() -> None:
    with pytest.raises(Rejected, match="is not known to detect") as error:
        job_file.parse(file("detect", no_such_key=1))
    named = error.value.sentence.partition("there are: ")[2].rstrip(".").split(", ")
    with pytest.raises(Rejected) as image:
        job_file.parse(file("detect", images=[{"name": "a", "bucket": "b"}]))

    assert {*named} == {*FILE} | {key for key in SETTINGS if "detect" in tasks_of(key)}
    assert re.findall(r'"(\w+)"', image.value.sentence.partition("not")[0]) == [*IMAGE]


def test_the_tasks_are_all_there_and_the_number_of_images_is_right() -> None:
    assert re.findall(r"`(\w+)`", FILE["task"][0]) == [*tasks.names()]
    assert f"`compare` looks at 2 to {MOST_IMAGES:,} images" in FILE["images"][0]
    assert [name for name in tasks.names() if tasks.find(name).images == "several"] == ["compare"]
    assert f"at most {job_file.MOST_BYTES:,} bytes" in PAGE


def limits(key: str) -> tuple[list[Any], list[Any]]:
    """The outermost values that the page says a setting may have, and the first ones beyond."""
    said = SETTINGS[key][2]
    if found := re.search(r"([\d,]+) to ([\d,]+)", said):
        least, most = (int(each.replace(",", "")) for each in found.groups())
        return [least, most], [least - 1 or -1, most + 1]
    most, *longest = (int(each.replace(",", "")) for each in re.findall(r"([\d,]*\d)", said))
    if "characters" in said and not longest:
        return ["x" * most], ["x" * (most + 1)]
    word = "x" * (longest[0] if longest else 9)
    return [[word] * most], [[word] * (most + 1), [word * 99]]


@pytest.mark.parametrize("key", [key for key in SETTINGS if re.search(r"\d", SETTINGS[key][2])])
def test_the_limits_that_are_stated_are_the_limits(key: str) -> None:
    good, bad = limits(key)
    name = tasks_of(key)[0]
    for value in good:
        assert job_file.parse(file(name, **{key: value})).settings[key] == value
    for value in bad:
        with pytest.raises(Rejected):
            job_file.parse(file(name, **{key: value}))


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_job_file(example: str) -> None:
    said = job_file.parse(example.encode())

    assert said.images
    assert said.settings == {
        key: value for key, value in json.loads(example).items() if key not in FILE
    }


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


def test_the_sentence_it_quotes_is_what_is_said() -> None:
    with pytest.raises(Rejected) as error:
        job_file.parse(file("detect", images=["gs://bucket/a.jpg"]))

    assert f'"{error.value.sentence}"' in PAGE
