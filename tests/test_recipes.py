"""recipes.toml: which upload gets which tasks."""

from pathlib import Path

import pytest

from shared import naming, recipes
from shared.model import ImageRef, Job


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "some-model")


def recipe(**fields: object) -> recipes.Recipe:
    lines = {"name": '"r"', "match": '"**"', "tasks": '["detect"]'} | fields
    text = "[[recipe]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items())
    return recipes.parse(text)[0]


@pytest.mark.parametrize(
    ("glob", "fits", "does_not"),
    [
        ("**", ["a.jpg", "a/b/c.jpg", "line\nbreak"], []),
        ("*.jpg", ["a.jpg", ".jpg"], ["a/b.jpg", "a.jpg.txt", "a_jpg"]),
        ("products/**", ["products/a", "products/x/y"], ["products", "other/products/a"]),
        ("a/*/c?.png", ["a/b/c1.png"], ["a/b/c.png", "a/b/x/c1.png", "a/b/c/.png"]),
        ("(a|b)[0]+.jpg", ["(a|b)[0]+.jpg"], ["a0.jpg", "b00.jpg"]),
        ("**/thumb.png", ["x/thumb.png", "x/y/thumb.png"], ["thumb.png"]),
    ],
)
def test_a_pattern_fits_whole_names(glob: str, fits: list[str], does_not: list[str]) -> None:
    match = recipe(match=f'"{glob}"').match

    assert [name for name in fits if not match.fullmatch(name)] == []
    assert [name for name in does_not if match.fullmatch(name)] == []


def test_a_job_is_resolved_and_a_recipe_overrides_the_defaults() -> None:
    (job,) = recipe(labels='["shoe"]', max_objects="3").jobs(ImageRef("b", "a.jpg", 1))

    assert job.request == {
        "model": "some-model",
        "prompt": "",
        "labels": ["shoe"],
        "max_objects": 3,
        "max_output_tokens": 8192,
        "overlay_side": 2048,
        "prompt_version": "detect/1",
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "no [[recipe]]", id="empty"),
        pytest.param("[[recipe]", "not TOML", id="no TOML"),
        pytest.param('[[recipe]]\nname = "a"', "recipe 1 (a) lacks match and tasks", id="lacks"),
        pytest.param(
            '[[recipe]]\nname = "a"\nmatch = "*"\ntasks = ["smell"]',
            "recipe 1 (a): there is no task 'smell'; there are: detect",
            id="unknown task",
        ),
        pytest.param(
            '[[recipe]]\nname = "a"\nmatch = "*"\ntasks = ["detect"]\nlabel = ["x"]',
            "recipe 1 (a) sets label, which none of its tasks knows",
            id="unknown setting",
        ),
    ],
)
def test_a_recipe_that_cannot_be_is_refused_with_what_and_where(text: str, complaint: str) -> None:
    with pytest.raises(recipes.BadRecipe) as refused:
        recipes.parse(text)

    assert complaint in str(refused.value)


def test_the_recipes_that_come_with_it_are_sound() -> None:
    text = (Path(__file__).parents[1] / "recipes.toml").read_text("utf-8")

    assert recipes.parse(text)[-1].match.fullmatch("any/thing")


@pytest.mark.parametrize("name", ["a.jpg", "é" * 430, "é" * 512, "x" * 1024])
def test_every_name_has_room_for_its_results(name: str) -> None:
    folder = naming.folder(Job((ImageRef("b", name, 2**62),), "read_text", {}))

    assert len(f"{folder}mask-000.png".encode()) <= naming.LONGEST
    assert folder.startswith((name, "~"))
