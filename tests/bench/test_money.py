"""What 1,000 photos cost follows from prompts, prices and stated assumptions."""

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bench import answers, billing, money
from shared import tasks
from shared.border.gemini import models
from shared.model import Size

TODAY, NEXT = date(2026, 11, 30), date(2027, 1, 1)
APART = ("detect", "segment", "caption")
FLASH = models.find("gemini-3.8-flash")


def thousand(names: tuple[str, ...], day: date = TODAY) -> tuple[float, float]:
    """USD for 1,000 photos by the standard and the flex tier."""
    calls = [money.call(name, FLASH, day) for name in names]
    return 1000 * sum(each[0] for each in calls), 1000 * sum(each[1] for each in calls)


def test_three_tasks_cost_less_in_one_call_and_half_by_flex() -> None:
    apart, _ = thousand(APART)
    together, flex = thousand(("segment+caption",))

    assert apart == pytest.approx(19.1, abs=0.3)
    assert together == pytest.approx(13.8, abs=0.3)
    assert flex == pytest.approx(together / 2)


def test_a_price_that_changes_has_a_row_of_its_own() -> None:
    days = list(money._days(FLASH, TODAY))

    assert days == [(TODAY, ""), (NEXT, " from 2027-01-01")]
    assert thousand(APART, NEXT)[0] == pytest.approx(2 * thousand(APART)[0])


@pytest.mark.parametrize("names", [*money.SETS, ("segment", "caption")], ids="+".join)
def test_the_assumed_answers_are_answers_that_the_tasks_read(names: tuple[str, ...]) -> None:
    name = tasks.canonical(
        "+".join(each for each in names if each != "segment" or "detect" not in names)
    )
    task = tasks.find(name)
    request = {"prompt": "", "labels": [], "max_objects": 25, "threshold": 127}

    found = task.read(answers.of(tasks.parts(name)), [Size(1024, 768)], request)

    assert found.problems == ()
    assert len(found.objects) == (0 if name == "caption" else answers.OBJECTS)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("512", 3),
        ("word", 1),
        ("words", 2),
        ("two words", 3),
        ("[12, 3]", 7),  # a space before a digit is a token
    ],
)
def test_tokens_of_an_answer_are_digits_letters_and_signs(text: str, count: int) -> None:
    assert answers.tokens(text) == count


def test_list_prices_are_per_request_second_and_month() -> None:
    assert billing.storage(1_000_000, 1_000_000) == pytest.approx(5.4)
    assert billing.kept(2**30) == pytest.approx(0.02)
    assert 1000 * billing.instance(5.9, 8, 2.0) == pytest.approx(0.0218, abs=0.0001)


def test_the_page_about_costs_states_the_estimates() -> None:
    page = Path(__file__).parents[2] / "docs/costs.md"
    stated = re.findall(
        r"^\| ([a-z, ]+) \| (apart|one call) \| ([\d.]+) \|", page.read_text(), re.MULTILINE
    )

    wanted = [
        (
            ", ".join(asked),
            how,
            f"{1000 * sum(money.call(each, model, TODAY)[0] for each in names):.2f}",
        )
        for model in map(models.find, money.MODELS)
        for asked, together in money.SETS.items()
        for how, names in (("apart", asked), ("one call", (together,)))
        if how == "apart" or len(asked) > 1
    ]
    assert stated == wanted


@pytest.mark.slow
class TestTheTable:
    @pytest.fixture(autouse=True)
    def environment(self) -> Iterator[None]:
        before = dict(os.environ)
        yield
        os.environ.clear()
        os.environ.update(before)

    def test_every_set_of_tasks_is_priced_apart_and_in_one_call(self) -> None:
        found = money.run(TODAY, Size(320, 240))

        assert {row["how"] for row in found.rows} == {"apart", "one call"}
        for row in found.rows:
            assert row["flex_usd"] < row["model_usd"] < row["all_usd"]
            assert row["storage_usd"] > 0 < row["instances_usd"]
        assert "Assumed: 10 objects" in found.notes[0]
