"""A recipe's shadow: which tables are sound, and which jobs it takes."""

import json
from math import sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.app import app
from shared.intake import recipes
from shared.intake.recipes import shadowing
from shared.intake.recipes.shadowing import Shadowing
from shared.messages import events
from shared.model import ImageRef, Job, Shadow

SOUND = 'shadow = { model = "gemini-3.1-flash-lite", share = 0.25, daily_usd = 1.5 }'
OTHER = 'model = "gemini-3.8-flash"'


def text(*keys: str, tasks: str = '["detect"]') -> str:
    rows = "\n".join(keys)
    return f'[[recipe]]\nname = "r"\nmatch = "**"\ntasks = {tasks}\n{rows}\n'


def jobs(count: int, share: float) -> list[Job]:
    (recipe,) = recipes.parse(text(OTHER, SOUND.replace("0.25", str(share))))
    return [
        job for number in range(count) for job in recipe.jobs(ImageRef("b", f"{number}.jpg", 1))
    ]


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (['shadow = "gemini-3.5-flash"'], "must be a table of model, share and daily_usd"),
        (["shadow = {}"], "lacks model"),
        ([SOUND.replace("share", "part")], "has 'part'"),
        ([SOUND.replace(", daily_usd = 1.5", "")], "lacks daily_usd"),
        ([SOUND.replace("gemini-3.1-flash-lite", "gpt-9")], "a model that models.toml has"),
        ([SOUND.replace("gemini-3.1-flash-lite", "gemini-2.0-flash")], "no price is known"),
        ([SOUND.replace("0.25", "1.01")], "share must be a number from 0 to 1"),
        ([SOUND.replace("0.25", "-0.1")], "share must be a number from 0 to 1"),
        ([SOUND.replace("0.25", "nan")], "share must be a number from 0 to 1"),
        ([SOUND.replace("0.25", "true")], "share must be a number from 0 to 1"),
        ([SOUND.replace("1.5", "0")], "daily_usd must be an amount of money above 0"),
        ([SOUND.replace("1.5", "inf")], "daily_usd must be an amount of money above 0"),
        ([SOUND, 'model = "gemini-3.1-flash-lite"'], "is the recipe's own model"),
        ([SOUND, 'fallback_models = ["gemini-3.1-flash-lite"]'], "is among the recipe's fallback"),
        ([SOUND, 'tier = "flex"'], "is asked by the standard tier"),
        ([SOUND.replace("3.1-flash-lite", "2.5-flash-lite"), 'detail = "ultra"'], "no detail"),
    ],
)
def test_a_table_with_a_fault_is_refused_in_a_sentence(keys: list[str], why: str) -> None:
    (fault,) = recipes.read(text(*keys)).faults

    assert fault.key == "shadow"
    assert why in str(fault)


@pytest.mark.parametrize("task", ["segment", "caption+segment"])
def test_a_model_that_cannot_draw_masks_is_no_shadow_of_one_that_does(task: str) -> None:
    blind = SOUND.replace("gemini-3.1-flash-lite", "gemini-3-flash")

    (fault,) = recipes.read(text(blind, tasks=f'["{task}"]')).faults

    assert "cannot draw masks" in str(fault)
    assert not recipes.read(text(blind)).faults


def test_a_job_knows_its_shadow_and_keeps_its_key() -> None:
    (alone,) = jobs(1, 0)
    (shadowed,) = jobs(1, 1)

    assert alone.shadow is None
    assert shadowed.shadow == Shadow("gemini-3.1-flash-lite", 1.5)
    assert shadowed.key == alone.key
    assert events.decode_job(events.encode_job(shadowed)) == shadowed


def test_the_model_itself_is_no_shadow_whoever_names_it() -> None:
    (recipe,) = recipes.parse(text(SOUND.replace("0.25", "1")))

    (own,) = recipe.jobs(ImageRef("b", "a.jpg", 1), model="gemini-3.1-flash-lite")
    (other,) = recipe.jobs(ImageRef("b", "a.jpg", 1), model="gemini-3.8-flash")

    assert own.shadow is None
    assert other.shadow is not None


def test_a_recipe_with_a_shadow_is_another_one() -> None:
    (plain,), (shadowed,) = recipes.parse(text(OTHER)), recipes.parse(text(OTHER, SOUND))

    assert plain.fingerprint != shadowed.fingerprint


@pytest.mark.parametrize("share", [0.0, 0.01, 0.25, 0.5, 1.0])
def test_the_share_is_that_of_the_digests(share: float) -> None:
    made = jobs(4_000, share)
    chosen = [job for job in made if job.shadow]

    assert chosen == [job for job in made if shadowing.lot(job.key) < share]
    assert abs(len(chosen) / len(made) - share) <= 4 * sqrt(share * (1 - share) / len(made))


@given(st.text("0123456789abcdef", min_size=64, max_size=64), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_has_all_jobs_of_a_smaller_one(key: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    drawn = shadowing.lot(key)

    assert 0 <= drawn < 1
    assert drawn == shadowing.lot(key)
    assert (drawn < large) or not (drawn < small)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda each: (
            st.lists(each, max_size=3)
            | st.dictionaries(
                st.sampled_from(["model", "share", "daily_usd", "x"]), each, max_size=4
            )
        ),
        max_leaves=8,
    )
)
def test_whatever_the_table_is_it_is_sound_or_said_why_not(value: object) -> None:
    if shadowing.complaint(value) is None:
        assert isinstance(value, dict)
        Shadowing(**value)


def test_explain_says_what_the_shadow_does(tmp_path: Path) -> None:
    file = tmp_path / "recipes.toml"
    file.write_text(text(OTHER, SOUND))
    arguments = ["recipes", "explain", "a.jpg", "--recipes", str(file)]

    said = CliRunner().invoke(app, arguments).output
    facts = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)

    assert "gemini-3.1-flash-lite is asked about 25 % of its photos, too, for $1.5 a day" in said
    assert facts["shadow"] == {
        "model": "gemini-3.1-flash-lite",
        "share": 0.25,
        "daily_usd": 1.5,
    }


def test_check_names_the_fault_of_a_shadow(tmp_path: Path) -> None:
    file = tmp_path / "recipes.toml"
    file.write_text(text(SOUND.replace("0.25", "2")))

    ended = CliRunner().invoke(app, ["recipes", "check", "--recipes", str(file)])

    assert ended.exit_code == 1
    assert "share must be a number from 0 to 1, not 2" in ended.output
