"""recipes.toml: which upload gets which tasks."""

import json
import logging
import os
import re
from pathlib import Path

import pytest
from cloudevents.http import CloudEvent

from local.gemini import replies
from shared import naming, sweep, tasks
from shared.border import uploads
from shared.errors import BadEvent
from shared.intake import recipes
from shared.intake.recipes import settings
from shared.intake.recipes.glob import Glob
from shared.messages import events
from shared.model import ImageRef, Job
from shared.settings import BadSetting
from testbed.cloud import Cloud
from tests.photos import jpeg

ROOT = Path(__file__).parents[3]
REF = ImageRef("b", "a.jpg", 1)
EVERY_OVERRIDE = '["tasks", "prompt", "labels", "model"]'


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "some-model")


def written(**fields: str) -> str:
    lines = {"name": '"r"', "match": '"**"', "tasks": '["detect"]'} | fields
    return "[[recipe]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items() if value)


def recipe(**fields: str) -> recipes.Recipe:
    return recipes.parse(written(**fields))[0]


def takes(one: recipes.Recipe, name: str = "a.jpg", kind: str | None = None, **metadata: str):
    return one.condition.misfit(recipes.Traits.of(name, kind, metadata)) is None


def asked(one: recipes.Recipe, **metadata: str) -> list[Job]:
    given = {f"darkroom-{key}": value for key, value in metadata.items()}
    return one.jobs(REF, one.overrides(recipes.Traits.of("a.jpg", None, given)))


@pytest.mark.parametrize(
    ("glob", "fits", "does_not"),
    [
        ("**", ["a.jpg", "a/b/c.jpg", "line\nbreak"], []),
        ("*.jpg", ["a.jpg", ".jpg"], ["a/b.jpg", "a.jpg.txt", "a_jpg"]),
        ("products/**", ["products/a", "products/x/y"], ["products", "other/products/a"]),
        ("a/*/c?.png", ["a/b/c1.png"], ["a/b/c.png", "a/b/x/c1.png", "a/b/c/.png"]),
        ("(a|b)[0]+.jpg", ["(a|b)[0]+.jpg"], ["a0.jpg", "b00.jpg"]),
        (
            "**/thumb.png",
            ["thumb.png", "x/thumb.png", "x/y/thumb.png"],
            ["xthumb.png", "x/ythumb.png", "thumb.png/"],
        ),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "b", "x/a/b"]),
        ("a**/b", ["a/b", "ax/b", "a/x/b"], ["ab"]),
        ("**/", ["x/", "x/y/"], ["x", "x/y"]),
    ],
)
def test_a_pattern_fits_whole_names(glob: str, fits: list[str], does_not: list[str]) -> None:
    one = recipe(match=f'"{glob}"')

    assert [name for name in fits if not takes(one, name)] == []
    assert [name for name in does_not if takes(one, name)] == []


@pytest.mark.parametrize(
    ("declared", "fits"),
    [
        ("image/heic", True),
        ("IMAGE/HEIF; x=1", True),
        ("image/jpeg", False),
        ("x/image/heic", False),
        (None, False),
    ],
)
def test_a_recipe_can_ask_for_a_declared_type(declared: str | None, fits: bool) -> None:
    assert takes(recipe(content_type='"image/HEI?"', match=""), kind=declared) is fits


@pytest.mark.parametrize(
    ("wanted", "declared", "fits"),
    [
        ("image/jpeg", "image/jpg", True),
        ("image/jpeg", "IMAGE/PJPEG; charset=binary", True),
        ("image/jpg", "image/jpeg", True),
        ("image/png", "image/x-png", True),
        ("image/jpeg", "image/png", False),
        ("image/jpeg", "; charset=utf-8", False),
        ("image/heic", "image/heif", False),
    ],
)
def test_a_type_is_meant_in_all_its_spellings(wanted: str, declared: str, fits: bool) -> None:
    assert takes(recipe(content_type=f'"{wanted}"'), kind=declared) is fits


def test_what_desktops_put_beside_photos_is_ignored_as_shipped() -> None:
    shipped = recipes.parse((ROOT / "recipes.toml").read_text("utf-8"))

    def asked_of(name: str) -> tuple[str, ...]:
        return next(one.tasks for one in shipped if takes(one, name))

    for name in ("", "x/", "a/b.c/"):
        for left in ("holiday/", ".DS_Store", "._x.jpg", "Thumbs.db"):
            assert asked_of(name + left) == ()
    for photo in ("x.jpg", "a/_x.jpg", "a/.x.jpg", "a/x._jpg", "DS_Store"):
        assert asked_of(photo) == ("detect",)


@pytest.mark.parametrize(
    ("metadata", "fits"),
    [
        ({"CASE": "47/11", "department": "claims-north"}, True),
        ({"case": "", "Department": "claims"}, True),
        ({"department": "claims"}, False),
        ({"case": "1", "department": "sales"}, False),
        ({}, False),
    ],
)
def test_a_recipe_can_ask_for_metadata_whatever_the_case_of_its_keys(
    metadata: dict[str, str], fits: bool
) -> None:
    one = recipe(metadata='{ Department = "claims*", case = "*" }', match="")

    assert takes(one, **metadata) is fits


def test_every_condition_of_a_recipe_must_fit() -> None:
    one = recipe(match='"in/**"', content_type='"image/*"', metadata='{ a = "1" }')

    assert takes(one, "in/x", "image/png", a="1")
    assert not takes(one, "out/x", "image/png", a="1")
    assert not takes(one, "in/x", "text/plain", a="1")
    assert not takes(one, "in/x", "image/png", a="2")


def test_a_job_is_resolved_and_a_recipe_overrides_the_defaults() -> None:
    (job,) = recipe(labels='["shoe"]', max_objects="3").jobs(REF)

    assert job.request == {
        "model": "some-model",
        "fallback_models": [],
        "prompt": "",
        "labels": ["shoe"],
        "max_objects": 3,
        "max_output_tokens": 8192,
        "overlay_side": 2048,
        "prompt_version": "detect/2",
    }


def test_a_recipe_that_names_its_model_needs_none_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MODEL")

    (job,) = recipe(model='"gemini-x"', fallback_models='["gemini-y"]').jobs(REF)

    assert (job.request["model"], job.request["fallback_models"]) == ("gemini-x", ["gemini-y"])
    with pytest.raises(BadSetting, match="MODEL is not set"):
        recipe().jobs(REF)


def test_the_first_recipe_that_takes_an_upload_decides(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    text = "\n".join(
        [
            written(name='"none"', match='"skip/**"', tasks="[]"),
            written(name='"png"', match='"**.jpg"', content_type='"image/png"', max_objects="1"),
            written(name='"vip"', match='"**.jpg"', metadata='{ vip = "*" }', max_objects="2"),
            written(name='"rest"', match='"**.jpg"', max_objects="3"),
        ]
    )
    monkeypatch.setattr(recipes, "_recipes", lambda: recipes.parse(text))
    caplog.set_level(logging.INFO, "darkroom")

    def objects(name: str, *told: object) -> list[int]:
        jobs = recipes.jobs(ImageRef("b", name, 1), *told)
        return [job.request["max_objects"] for job in jobs]

    assert objects("skip/a.jpg", "image/png", {"vip": "1"}) == []
    assert objects("a.jpg", "image/png", {"vip": "1"}) == [1]
    assert objects("a.jpg", "image/jpeg", {"VIP": "1"}) == [2]
    assert objects("a.jpg") == [3]
    assert caplog.messages == []
    assert objects("a.txt") == []
    assert caplog.messages == ["no recipe matches 'a.txt'"]


def test_an_upload_may_override_what_its_recipe_allows() -> None:
    (job,) = asked(
        recipe(tasks="[]", allow_overrides=EVERY_OVERRIDE, labels='["x"]', max_objects="7"),
        tasks="detect, detect",
        prompt="Look twice.",
        labels=" shoe,bag,, shoe",
        model="gemini-x",
    )

    assert job.task == "detect"
    assert {key: job.request[key] for key in ("prompt", "labels", "model", "max_objects")} == {
        "prompt": "Look twice.",
        "labels": ["shoe", "bag"],
        "model": "gemini-x",
        "max_objects": 7,
    }
    assert "refused_overrides" not in job.request


def test_the_key_tells_overridden_jobs_apart() -> None:
    one = recipe(allow_overrides='["labels"]')

    (plain,), (shoes,) = asked(one), asked(one, labels="shoe")

    assert plain.key != shoes.key
    assert plain == one.jobs(REF)[0]


@pytest.mark.parametrize(
    ("key", "text", "why"),
    [
        ("tasks", "detect,smell", "darkroom-tasks asks for 'smell', which is not a task"),
        ("tasks", " , ", "darkroom-tasks names no task"),
        ("tasks", "compare", "darkroom-tasks asks for 'compare', which takes several images"),
        ("tasks", "answer", "darkroom-tasks asks for 'answer', which needs a question, and the"),
        ("prompt", "x" * 4001, "darkroom-prompt has 4,001 characters; 4,000 are the limit"),
        ("labels", ",".join(map(str, range(101))), "darkroom-labels has 101 entries; 100"),
        ("labels", "x" * 101, "darkroom-labels entry 1 has 101 characters; 100 are the limit"),
        ("model", "", "darkroom-model must be the id of a model, not ''"),
        ("model", "a b\n", "darkroom-model must be the id of a model, not 'a b\\n'"),
        ("task", "detect", "darkroom-task is not an override; there are: darkroom-tasks, "),
    ],
)
def test_an_override_that_cannot_be_is_left_out_and_said_in_the_record(
    key: str, text: str, why: str
) -> None:
    one = recipe(allow_overrides=EVERY_OVERRIDE)

    (job,) = asked(one, **{key: text})

    (sentence,) = job.request.pop("refused_overrides")
    assert sentence.startswith(why)
    assert job.request == one.jobs(REF)[0].request


def test_one_bad_override_does_not_take_the_others_along() -> None:
    (job,) = asked(recipe(allow_overrides=EVERY_OVERRIDE), tasks="smell", labels="shoe")

    assert job.request["labels"] == ["shoe"]
    assert len(job.request["refused_overrides"]) == 1


def test_the_longest_override_that_is_allowed_is_taken() -> None:
    (job,) = asked(recipe(allow_overrides='["prompt"]'), prompt="x" * 4000)

    assert job.request["prompt"] == "x" * 4000


@pytest.mark.parametrize("key", ["tasks", "prompt", "labels", "model"])
def test_what_a_recipe_does_not_allow_is_not_overridden(
    key: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    others = [name for name in ("tasks", "prompt", "labels", "model") if name != key]
    text = written(allow_overrides=str(others).replace("'", '"'))
    monkeypatch.setattr(recipes, "_recipes", lambda: recipes.parse(text))

    (job,) = recipes.jobs(REF, metadata={f"Darkroom-{key.title()}": "detect"})

    refused = f"darkroom-{key} is not allowed by the recipe"
    assert job.request.pop("refused_overrides") == [refused]
    assert job.request == recipes.parse(text)[0].jobs(REF)[0].request
    assert caplog.messages == [f"'a.jpg', recipe 'r': {refused}"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "recipes.toml: holds no [[recipe]]", id="empty"),
        pytest.param("[[recipe]", "not TOML", id="no TOML"),
        pytest.param("recipe = 3", "recipes.toml: recipe must be written as [[recipe]]", id="no"),
        pytest.param(
            'color = "red"\n' + written(), "recipes.toml: color is not known here", id="key of file"
        ),
        pytest.param(
            '[[recipe]]\nname = "a"\nmatch = "*"', "recipe 1 (a): tasks is missing", id="lacks"
        ),
        pytest.param(written(match=""), "recipe 1 (r): match is missing", id="takes what?"),
        pytest.param(written(name='" "'), "name must be a text", id="nameless"),
        pytest.param(written(match="3"), "match must be a pattern, not 3", id="no pattern"),
        pytest.param(written(metadata='"x"'), "metadata must be a table", id="no table"),
        pytest.param(written(metadata="{ a = 1 }"), "metadata 'a' must be a pattern", id="value"),
        pytest.param(written(tasks='"detect"'), "tasks must be a list of names", id="no list"),
        pytest.param(written(tasks='["detect", "detect"]'), "tasks names a task twice", id="twice"),
        pytest.param(
            written(tasks='["smell"]'),
            "recipe 1 (r): tasks asks for 'smell', which is not a task; there are: ",
            id="unknown task",
        ),
        pytest.param(
            written(tasks='["compare"]'), "tasks asks for 'compare', which takes", id="several"
        ),
        pytest.param(
            written(tasks='["answer"]'), "question is missing; answer needs it", id="required"
        ),
        pytest.param(
            written(tasks='["answer"]', question='" "'), "question is missing", id="blank"
        ),
        pytest.param(
            written(label='["x"]'), "recipe 1 (r): label is not known to it", id="unknown setting"
        ),
        pytest.param(written(tasks="[]", labels="[]"), "labels is not known", id="nobody's"),
        pytest.param(
            written(allow_overrides='["overlay_side"]'), "allow_overrides must be", id="override"
        ),
        pytest.param(written() + "\n" + written(), "name 'r' is the name of 2 recipes", id="same"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused_with_what_and_where(text: str, complaint: str) -> None:
    with pytest.raises(recipes.BadRecipe) as refused:
        recipes.parse(text)

    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("labels", ["[]", '["a", "b"]'], ['"a"', '["a", 1]', '["", "a"]', '[" "]']),
        ("prompt", ['""', '"x"'], ["1", "[]"]),
        ("max_objects", ["1", "100"], ["0", "101", "2.0", "true", '"5"']),
        ("max_output_tokens", ["1", "65536"], ["0", "65537"]),
        ("overlay_side", ["0", "64", "20000"], ["63", "20001", "-1", "false"]),
        ("threshold", ["0", "255"], ["-1", "256", "0.5"]),
        ("max_labels", ["1"], ["0"]),
        ("max_lines", ["1"], ["0"]),
        ("several", ["true", "false"], ["1", '"no"']),
        ("question", ['"why?"'], ["1", '""']),
        ("model", ['"m"', '"projects/p/endpoints/1"'], ['""', '"a b"', "1", '"é"']),
        ("fallback_models", ["[]", '["m", "n"]'], ['"m"', '["m", ""]', str(["m"] * 6)]),
    ],
)
def test_a_setting_has_a_type_and_a_range(key: str, good: list[str], bad: list[str]) -> None:
    others = {
        "tasks": '["detect", "segment", "classify", "read_text", "answer"]',
        "question": '"why?"',
    }
    for value in good:
        recipe(**others | {key: value})
    for value in bad:
        with pytest.raises(recipes.BadRecipe, match=rf"^recipe 1 \(r\): {key} "):
            recipe(**others | {key: value})


@pytest.mark.parametrize(
    ("models", "key"),
    [
        ({"model": '"gemini-3-flash"'}, "model"),
        ({"model": '"gemini-3.8-flash"', "fallback_models": '["gemini-9-neon"]'}, "fallback"),
        ({"tier": '"cheap"'}, "tier must be one of standard, flex"),
    ],
)
def test_a_recipe_of_flex_needs_models_that_have_it(models: dict[str, str], key: str) -> None:
    with pytest.raises(recipes.BadRecipe, match=key):
        recipes.parse(written(**{"tier": '"flex"', **models}))


def test_the_tier_goes_into_the_job_and_not_into_its_key() -> None:
    flex, plain = (recipe(tier=tier) for tier in ('"flex"', '"standard"'))

    (one,), (other,) = asked(flex), asked(plain)

    assert (one.tier, other.tier) == ("flex", "standard")
    assert one.key == other.key
    assert flex.fingerprint != plain.fingerprint == recipe().fingerprint


def test_an_upload_cannot_name_a_model_without_the_tier() -> None:
    one = recipe(tier='"flex"', allow_overrides='["model"]')

    (job,) = asked(one, model="gemini-9-neon")

    assert job.request["model"] != "gemini-9-neon"
    assert "has no flex tier" in job.request["refused_overrides"][0]


def test_every_fault_of_a_recipe_file_is_reported_at_once() -> None:
    text = "\n".join(
        [
            written(labels="1", max_objects="0"),
            written(name='"ok"'),
            written(name='"x"', tasks="[1]"),
        ]
    )

    reading = recipes.read(text)

    assert [(fault.number, fault.name, fault.key) for fault in reading.faults] == [
        (1, "r", "labels"),
        (1, "r", "max_objects"),
        (3, "x", "tasks"),
    ]
    assert [one.name for one in reading.recipes] == ["ok"]


@pytest.mark.parametrize(
    ("first", "second", "hides"),
    [
        ({}, {}, True),
        ({"match": '"**"'}, {"match": '"a/*.jpg"'}, True),
        ({"match": '"a/**"'}, {"match": '"a/b/**"'}, True),
        ({"match": '"a/**"'}, {"match": '"a*"'}, False),
        ({"match": '"a/*"'}, {"match": '"a/b*"'}, False),
        ({"content_type": '"image/*"'}, {"content_type": '"image/png"'}, True),
        ({"content_type": '"image/*"'}, {}, False),
        ({}, {"metadata": '{ a = "1" }'}, True),
        ({"metadata": '{ a = "*" }'}, {"metadata": '{ A = "1", b = "2" }'}, True),
        ({"metadata": '{ a = "1" }'}, {"metadata": '{ a = "2" }'}, False),
    ],
)
def test_a_recipe_that_is_never_reached_is_warned_of(
    first: dict[str, str], second: dict[str, str], hides: bool
) -> None:
    text = written(name='"one"', **first) + "\n" + written(name='"two"', **second)

    reading = recipes.read(text)

    assert reading.faults == ()
    assert [(warning.number, warning.name) for warning in reading.warnings] == (
        [(2, "two")] if hides else []
    )


@pytest.mark.parametrize("name", ["", "a", "a/", "a/b", "a/b/c.jpg", "ab/c", "b"])
@pytest.mark.parametrize("wide", ["**", "a**", "a/**", "a/*", "*", "a?"])
@pytest.mark.parametrize("narrow", ["a/b/**", "a/?", "a", "a/*/c.jpg", "*", "a**"])
def test_a_glob_that_covers_another_fits_all_that_one_fits(
    wide: str, narrow: str, name: str
) -> None:
    if Glob(wide).covers(Glob(narrow)) and Glob(narrow).fits(name):
        assert Glob(wide).fits(name)


def test_the_recipes_that_come_with_it_are_sound() -> None:
    reading = recipes.read((ROOT / "recipes.toml").read_text("utf-8"))

    assert (reading.faults, reading.warnings) == ((), ())
    assert takes(reading.recipes[-1], "any/thing")


def test_what_an_upload_asks_for_comes_with_its_event_and_is_read_back_by_the_sweep(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = recipe(content_type='"image/*"', allow_overrides='["labels"]')
    monkeypatch.setattr(recipes, "_recipes", lambda: (ours,))
    darkroom.script(otherwise=lambda question: replies.boxes([]))
    asked_for = {"Darkroom-Labels": "shoe, bag", "darkroom-model": "dear"}

    blob = darkroom.client.bucket(os.environ["UPLOADS_BUCKET"]).blob("shelf.jpg")
    blob.metadata = asked_for
    blob.upload_from_string(jpeg(), "image/jpeg")

    ref = ImageRef(blob.bucket.name, blob.name, int(blob.generation))
    (job,) = recipes.jobs(ref, "image/jpeg", asked_for)
    request = darkroom.record_of(job)["request"]
    assert request["labels"] == ["shoe", "bag"]
    assert request["refused_overrides"] == ["darkroom-model is not allowed by the recipe"]
    assert uploads.describe(ref).metadata == asked_for
    assert sweep.run(older_than=0) == sweep.Swept(seen=1, leases_cleared=1)
    assert len(darkroom.records(ref)) == 1


@pytest.mark.parametrize("metadata", ["text", ["darkroom-tasks"], 3])
def test_an_event_with_metadata_that_is_none_is_no_event(metadata: object) -> None:
    data = {"bucket": "b", "name": "a", "generation": "1", "size": "1", "metadata": metadata}
    event = CloudEvent({"type": "t", "source": "s"}, {**data, "updated": "2026-01-01T00:00:00Z"})

    with pytest.raises(BadEvent):
        events.stored(event)


BLOCKS = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/recipes.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: re.findall('"(.*?)"', block)[0])
def test_every_recipe_in_the_manual_is_sound(block: str) -> None:
    reading = recipes.read(block)

    assert (reading.faults, reading.warnings) == ((), ())


def test_the_manual_has_a_line_for_every_setting() -> None:
    text = (ROOT / "docs/recipes.md").read_text("utf-8")

    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]

    told = {row[0].strip("`"): row[-2].strip("`") for row in rows if "darkroom-" not in row[0]}
    known = settings.known(tasks.names()) | settings.COMMON
    assert set(told) == set(known)
    needed = {"fields", "model", "question", "redact"}
    assert {key: told[key] for key in known if key not in needed} == {
        key: json.dumps(value) for key, value in known.items() if key not in needed
    }


@pytest.mark.parametrize("name", ["a.jpg", "é" * 430, "é" * 512, "x" * 1024])
def test_every_name_has_room_for_its_results(name: str) -> None:
    folder = naming.folder(Job((ImageRef("b", name, 2**62),), "read_text", {}))

    assert len(f"{folder}mask-000.png".encode()) <= naming.LONGEST
    assert folder.startswith((name, "~"))
