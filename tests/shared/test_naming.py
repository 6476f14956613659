"""Names that look the same are the same to recipes and people, in any Unicode form."""

import json
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.app import app
from local.gemini import replies
from shared import naming
from shared.border import uploads
from shared.intake import dispatch
from shared.intake.recipes.glob import Glob
from shared.jobs import index
from testbed.cloud import Cloud
from tests.jobs import THING, the_job
from tests.photos import jpeg

NFC, NFD = "NFC", "NFD"
TYPED = normalize(NFC, "café/Zürich Ångström 서울.jpg")
UPLOADED = normalize(NFD, TYPED)  # as macOS does
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="*?"), max_size=30)
forms = st.sampled_from([NFC, NFD])


@given(names, forms, forms)
def test_a_glob_fits_a_name_in_either_spelling(name: str, one: str, other: str) -> None:
    pattern, value = normalize(one, name), normalize(other, name)

    assert Glob(pattern).fits(value)
    assert Glob(pattern, path=False).fits(value)
    assert Glob(pattern).covers(Glob(value))
    assert Glob(f"{pattern}/**").fits(f"{value}/a.jpg")


@pytest.mark.parametrize("form", [NFC, NFD])
def test_an_accent_is_one_letter_with_its_letter(form: str) -> None:
    assert Glob("caf?.jpg").fits(normalize(form, "café.jpg"))
    assert not Glob("cafe*").fits(normalize(form, "café.jpg"))


def test_a_name_is_looked_for_as_typed_first() -> None:
    assert naming.spellings("a.jpg") == ("a.jpg",)
    assert naming.spellings(TYPED) == (TYPED, UPLOADED)
    assert naming.spellings(UPLOADED) == (UPLOADED, TYPED)


def shown(*arguments: str) -> str:
    ended = CliRunner().invoke(app, arguments)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


@pytest.mark.parametrize("uploaded", [TYPED, UPLOADED], ids=[NFC, NFD])
def test_the_command_and_job_files_find_it_in_either_spelling(
    darkroom: Cloud, uploaded: str
) -> None:
    darkroom.trigger.close()
    darkroom.script(otherwise=lambda _: replies.boxes([THING]))
    ref = darkroom.upload(uploaded, jpeg())
    assert darkroom.deliver(the_job(ref)).ok
    ask = json.dumps({"task": "detect", "images": [TYPED]}).encode()
    asked = darkroom.upload("ask.job.json", ask)

    for typed in (TYPED, UPLOADED):
        assert str(ref.generation) in shown("explain", typed)
        assert str(ref.generation) in shown("results", typed)
        assert str(ref.generation) in shown("results", f"{typed}#{ref.generation}", "--json")
        folder = typed.partition("/")[0]
        assert str(ref.generation) in shown("results", f"{folder}/**", "--json")
        assert [entry.name for entry in index.newest(prefix=folder)] == [uploaded]
    (job,) = dispatch.jobs(uploads.describe(asked))
    assert job.images == (ref,)
