"""The border to Gemini: requests on the wire of either API, and the error for each failure."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from local import gemini as local_gemini
from local.gemini import Question, replies
from shared import tasks
from shared.border.gemini import models
from shared.model import Usage
from tests.credentials import service_account
from tests.photos import jpeg

ROOT = Path(__file__).parents[4]
VERTEX = {
    "GOOGLE_GENAI_USE_VERTEXAI": "true",
    "GOOGLE_CLOUD_PROJECT": "some-project",
    "GOOGLE_CLOUD_LOCATION": "europe-west4",
}
ASK = """
import sys
from pathlib import Path
from shared.border.gemini import client, models
from shared.intake.recipes import parse
from shared.jobs.turn import Turn
from shared.model import ImageRef
picture = Path(sys.argv[1]).read_bytes()
for more in sys.argv[2:] or [""]:
    recipe, = parse('[[recipe]]\\nname = "r"\\nmatch = "**"\\ntasks = ["detect"]\\n' + more)
    job, = recipe.jobs(ImageRef("b", "n", 1))
    model = job.request["model"]
    question = Turn.first(job).question(job, models.find(model))
    reply = client.ask(model, question, [picture])
sys.stdout.buffer.write(reply)
"""

ASK_ALL = """
import sys
from pathlib import Path
from shared import tasks
from shared.border.gemini import client, models
from shared.jobs.turn import Turn
from shared.model import ImageRef, Job
photo = Path(sys.argv[1]).read_bytes()
for name in tasks.names():
    asked = tasks.find(name)
    given = {"question": "What is it?", "redact": {"hide": ["face"]}}
    request = {"max_output_tokens": 99, **asked.defaults, **given}
    job = Job((ImageRef("b", "n", 1),), name, request)
    question = Turn.first(job).question(job, models.find(sys.argv[2]))
    client.ask(sys.argv[2], question, [photo, photo] if asked.images == "several" else [photo])
sys.stdout.write('{"tasks": %d}' % len(tasks.names()))
"""


@pytest.fixture
def model() -> local_gemini.ScriptedModel:
    return local_gemini.ScriptedModel(otherwise=lambda _: replies.boxes([]))


@pytest.fixture
def server(model: local_gemini.ScriptedModel) -> Iterator[local_gemini.GeminiServer]:
    with local_gemini.serve(model) as started:
        yield started


def ask(folder: Path, *arguments: str, script: str = ASK, **settings: str) -> dict:
    """Ask in a process of its own, as each deployment has its own settings; the last reply."""
    photo = folder / "photo.jpg"
    photo.write_bytes(jpeg())
    ended = subprocess.run(
        [sys.executable, "-c", script, str(photo), *arguments],
        cwd=ROOT,
        env={name: os.environ[name] for name in ("PATH",)} | settings,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return json.loads(ended.stdout)


def the_question(model: local_gemini.ScriptedModel) -> Question:
    (question,) = model.questions
    return question


def test_the_developer_api_is_asked_with_the_image_first(server, model, tmp_path: Path) -> None:
    reply = ask(
        tmp_path, GOOGLE_GEMINI_BASE_URL=server.url, GEMINI_API_KEY="k", MODEL="gemini-3.8-flash"
    )

    question = the_question(model)
    image, text = question.body["contents"][0]["parts"]
    assert reply["candidates"][0]["content"]["parts"] == [{"text": "[]"}]
    assert question.images[0].data == jpeg()
    assert "inlineData" in image
    assert "box_2d" in text["text"]
    assert question.config["thinkingConfig"]["thinkingLevel"] == "LOW"
    assert question.config["responseJsonSchema"]["maxItems"] == 25
    assert question.config["mediaResolution"] == "MEDIA_RESOLUTION_HIGH"
    assert "temperature" not in question.config


def test_vertex_is_asked_with_project_and_location(server, model, tmp_path: Path) -> None:
    ask(
        tmp_path,
        **VERTEX,
        GOOGLE_VERTEX_BASE_URL=server.url,
        GOOGLE_APPLICATION_CREDENTIALS=str(service_account(tmp_path, server.url)),
        MODEL="gemini-2.5-flash",
    )

    question = the_question(model)
    assert question.model == "gemini-2.5-flash"
    assert question.config["thinkingConfig"]["thinkingBudget"] == 0
    assert question.config["temperature"] == 0.5
    assert "responseJsonSchema" not in question.config  # this one finds less with a schema


@pytest.mark.parametrize("api", ["Developer API", "Vertex AI"])
def test_flex_and_detail_are_fields_of_either_request(server, model, tmp_path, api) -> None:
    settings = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": "k"}
    if api == "Vertex AI":
        key = str(service_account(tmp_path, server.url))
        settings = {
            **VERTEX,
            "GOOGLE_VERTEX_BASE_URL": server.url,
            "GOOGLE_APPLICATION_CREDENTIALS": key,
        }

    keys = ("", 'tier = "flex"', *(f'detail = "{detail}"' for detail in models.DETAILS))
    ask(tmp_path, *keys, MODEL="gemini-3.8-flash", **settings)

    standard, flex, *details, ultra = (question.body for question in model.questions)
    assert flex == {**standard, "serviceTier": "flex"}
    config = standard["generationConfig"]
    for body, level in zip(details, ("LOW", "MEDIUM", "HIGH"), strict=True):
        looking = {**config, "mediaResolution": f"MEDIA_RESOLUTION_{level}"}
        assert body == {**standard, "generationConfig": looking}
    # Of a whole question there is no such resolution: its part has it.
    assert "mediaResolution" not in ultra["generationConfig"]
    image, text = ultra["contents"][0]["parts"]
    assert image.pop("mediaResolution") == {"level": "MEDIA_RESOLUTION_ULTRA_HIGH"}
    assert [image, text] == standard["contents"][0]["parts"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gemini-3.8-flash", "gemini-2.5-flash"])
@pytest.mark.parametrize("api", ["Developer API", "Vertex AI"])
def test_every_task_is_asked_on_either_api(server, model, tmp_path: Path, api, name) -> None:
    settings = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": "k"}
    if api == "Vertex AI":
        key = str(service_account(tmp_path, server.url))
        settings = {
            **VERTEX,
            "GOOGLE_VERTEX_BASE_URL": server.url,
            "GOOGLE_APPLICATION_CREDENTIALS": key,
        }

    ended = ask(tmp_path, name, script=ASK_ALL, **settings)

    assert ended == {"tasks": len(tasks.names())}
    assert [question.model for question in model.questions] == [name] * len(tasks.names())
    structured = name == "gemini-3.8-flash"
    for asked, question in zip(tasks.names(), model.questions, strict=True):
        *_, text = question.body["contents"][0]["parts"]
        assert ("responseJsonSchema" in question.config) == structured, asked
        assert len(question.images) == (2 if asked == "compare" else 1)
        assert "text" in text


def test_a_model_nobody_knows_is_asked_plainly(server, model, tmp_path: Path) -> None:
    ask(tmp_path, GOOGLE_GEMINI_BASE_URL=server.url, GEMINI_API_KEY="k", MODEL="gemini-9-neon")

    question = the_question(model)
    assert question.model == "gemini-9-neon"
    assert question.config["thinkingConfig"] == {"thinkingLevel": "LOW"}  # as for all from 3 on


@pytest.mark.parametrize(
    ("name", "day", "usd"),
    [
        ("gemini-3.8-flash", "2026-12-31", 0.75 + 3.75 * 2),
        ("gemini-3.8-flash", "2027-01-01", 1.50 + 7.50 * 2),
        ("gemini-3.8-flash-001", "2027-06-01", 1.50 + 7.50 * 2),
        ("gemini-3.5-flash-lite", "2026-12-31", 0.30 + 2.50 * 2),
        ("gemini-3.5-flash", "2026-12-31", 1.50 + 9.00 * 2),
        ("gemini-9-neon", "2026-12-31", None),
    ],
)
def test_an_answer_costs_what_the_price_of_its_day_says(name, day, usd) -> None:
    million = 1_000_000
    usage = Usage(name, prompt_tokens=million, output_tokens=million, thought_tokens=million)

    assert models.find(name).cost(usage, date.fromisoformat(day)) == usd
