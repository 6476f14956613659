"""The emulator's endpoints, seen through the official client."""

import asyncio
import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from google import genai
from google.genai import errors, types
from google.genai.client import AsyncClient
from google.oauth2.credentials import Credentials
from PIL import Image

from local.gemini import GeminiServer, ScriptedModel, replies, serve
from tests.credentials import service_account

URL_SAFE = b"\xff\xfe\xfd\xfb\xef"  # its base64 differs between the two alphabets
CAT = {"box_2d": [100, 200, 500, 600], "label": "cat"}
STORED = {("photos", "in/a b/ü.jpg"): b"from the bucket"}


def read_gs(bucket: str, name: str) -> bytes:
    try:
        return STORED[bucket, name]
    except KeyError:
        raise FileNotFoundError(name) from None


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(otherwise=lambda question: replies.says(f"you said {question.prompt}"))


@pytest.fixture
def server(model: ScriptedModel) -> Iterator[GeminiServer]:
    with serve(model, read_gs=read_gs) as running:
        yield running


@pytest.fixture
def client(server: GeminiServer) -> Iterator[genai.Client]:
    with genai.Client(api_key="k", http_options={"base_url": server.url}) as made:
        yield made


def on_vertex(server: GeminiServer, **how) -> genai.Client:
    return genai.Client(enterprise=True, http_options={"base_url": server.url}, **how)


def jpeg(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "JPEG")
    return file.getvalue()


def picture(data: bytes = URL_SAFE) -> types.Part:
    return types.Part.from_bytes(data=data, mime_type="image/jpeg")


def posted(url: str, body: bytes) -> tuple[int, dict]:
    """Status and JSON of a request that no client of Google's would send."""
    request = urllib.request.Request(url, body)
    try:
        with urllib.request.urlopen(request, timeout=180) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_question_arrives_with_its_images_in_order_and_its_settings(client, model):
    client.models.generate_content(
        model="gemini-test",
        contents=[picture(), "first", picture(b"two"), "second"],
        config=types.GenerateContentConfig(
            system_instruction="be brief",
            temperature=0.5,
            thinking_config=types.ThinkingConfig(thinking_budget=0),
            response_schema={"type": "ARRAY", "max_items": 3, "items": {"type": "STRING"}},
        ),
    )

    (question,) = model.questions
    assert question.model == "gemini-test"
    assert [image.data for image in question.images] == [URL_SAFE, b"two"]
    assert {image.mime_type for image in question.images} == {"image/jpeg"}
    assert question.prompt == "first\nsecond"
    assert question.system_instruction == "be brief"
    assert question.config["temperature"] == 0.5
    assert question.config["thinkingConfig"] == {"thinkingBudget": 0}
    assert question.config["responseSchema"]["maxItems"] == 3
    assert question.body["contents"][0]["role"] == "user"


def test_keys_a_schema_chose_itself_keep_their_case(client, model):
    schema = {"type": "object", "properties": {"box_2d": {"type": "array"}}}

    client.models.generate_content(
        model="m",
        contents="x",
        config=types.GenerateContentConfig(
            response_mime_type="application/json", response_schema=schema
        ),
    )

    assert list(model.questions[0].config["responseSchema"]["properties"]) == ["box_2d"]


@pytest.mark.parametrize("inline", ["inlineData", "inline_data"])
@pytest.mark.parametrize("data", ["__79--8", "//79++8="], ids=["url-safe", "standard"])
def test_base64_is_taken_in_both_alphabets_and_keys_in_both_cases(server, model, inline, data):
    part = {inline: {"mime_type": "image/png", "data": data}}

    status, _ = posted(
        f"{server.url}/v1/models/m:generateContent",
        json.dumps({"contents": [{"parts": [part]}]}).encode(),
    )

    assert status == 200
    assert model.questions[0].images[0].data == URL_SAFE


def test_an_answer_says_which_model_it_is_and_what_it_cost(client, model):
    model.say(replies.boxes([CAT]))

    answer = client.models.generate_content(
        model="gemini-2.5-flash", contents=[picture(jpeg(1024, 768)), "twelve chars"]
    )

    assert json.loads(answer.text) == [CAT]
    assert answer.model_version == "gemini-2.5-flash"
    assert answer.response_id
    usage = answer.usage_metadata
    by_kind = {each.modality.value: each.token_count for each in usage.prompt_tokens_details}
    assert by_kind == {"TEXT": 3, "IMAGE": 4 * 258}
    assert usage.prompt_token_count == 3 + 4 * 258
    assert usage.total_token_count == usage.prompt_token_count + usage.candidates_token_count


@pytest.mark.parametrize(
    ("name", "size", "resolution", "tokens"),
    [
        ("gemini-2.5-flash", (384, 384), None, 258),
        ("gemini-2.5-flash", (385, 300), None, 4 * 258),
        ("gemini-2.5-flash", (960, 540), None, 6 * 258),
        ("gemini-2.5-flash", (960, 540), "MEDIA_RESOLUTION_LOW", 64),
        ("gemini-3.8-flash", (4032, 3024), None, 1120),
        ("gemini-3.8-flash", (4032, 3024), "MEDIA_RESOLUTION_LOW", 280),
    ],
)
def test_image_tokens_follow_the_documented_rules(client, name, size, resolution, tokens):
    answer = client.models.generate_content(
        model=name,
        contents=[picture(jpeg(*size))],
        config=types.GenerateContentConfig(media_resolution=resolution),
    )

    (details,) = answer.usage_metadata.prompt_tokens_details
    assert (details.modality.value, details.token_count) == ("IMAGE", tokens)


def test_tokens_are_counted_without_asking_the_model(client, model):
    counted = client.models.count_tokens(
        model="gemini-2.5-flash", contents=[picture(jpeg(300, 300)), "eight ch"]
    )

    assert counted.total_tokens == 258 + 2
    assert model.questions == ()


def test_a_stream_gives_a_piece_per_part_and_ends_with_the_reason(client, model):
    model.say(replies.says("hello ", "stream ", "\u2028end"))

    pieces = list(client.models.generate_content_stream(model="m", contents="x"))

    assert [piece.text for piece in pieces] == ["hello ", "stream ", "\u2028end"]
    reasons = [piece.candidates[0].finish_reason for piece in pieces]
    assert reasons == [None, None, types.FinishReason.STOP]


def test_many_calls_at_once_over_the_async_client_are_all_answered(server):
    async def ask(client: AsyncClient, number: int) -> str:
        answer = await client.models.generate_content(model="m", contents=f"{number}")
        return answer.text

    async def ask_all() -> list[str]:
        async with genai.Client(api_key="k", http_options={"base_url": server.url}).aio as client:
            return await asyncio.gather(*(ask(client, number) for number in range(60)))

    assert asyncio.run(ask_all()) == [f"you said {number}" for number in range(60)]


def test_the_async_client_streams_too(server, model):
    model.say(replies.says("a", "b"))

    async def read() -> list[str]:
        async with genai.Client(api_key="k", http_options={"base_url": server.url}).aio as client:
            stream = await client.models.generate_content_stream(model="m", contents="x")
            return [piece.text async for piece in stream]

    assert asyncio.run(read()) == ["a", "b"]


def test_a_file_uploaded_in_several_pieces_is_what_the_model_gets(client, model):
    data = bytes(range(256)) * 70_000  # 18 MB: three pieces of at most 8 MiB

    file = client.files.upload(
        file=io.BytesIO(data), config={"mime_type": "image/png", "display_name": "ảnh"}
    )
    client.models.generate_content(model="m", contents=[file, "what is it?"])

    assert (file.display_name, file.mime_type, file.size_bytes) == ("ảnh", "image/png", len(data))
    assert file.state == types.FileState.ACTIVE
    assert file.expiration_time > file.create_time
    (image,) = model.questions[0].images
    assert image.data == data
    assert image.mime_type == "image/png"


def test_files_are_listed_and_got_and_gone_once_deleted(client):
    files = [
        client.files.upload(file=io.BytesIO(data), config={"mime_type": "image/png"})
        for data in (b"1", b"2")
    ]

    assert [each.name for each in client.files.list()] == [each.name for each in files]
    assert client.files.get(name=files[0].name).uri == files[0].uri

    client.files.delete(name=files[0].name)

    assert [each.name for each in client.files.list()] == [files[1].name]
    with pytest.raises(errors.ClientError, match="may not exist") as missing:
        client.files.get(name=files[0].name)
    assert (missing.value.code, missing.value.status) == (403, "PERMISSION_DENIED")
    with pytest.raises(errors.ClientError) as missing:
        client.models.generate_content(model="m", contents=[files[0]])
    assert missing.value.code == 403


def test_a_piece_at_the_wrong_offset_is_refused(client, server):
    start = urllib.request.Request(
        f"{server.url}/upload/v1beta/files",
        b'{"file": {}}',
        {"X-Goog-Upload-Command": "start", "X-Goog-Upload-Header-Content-Type": "image/png"},
    )
    with urllib.request.urlopen(start, timeout=180) as started:
        url = started.headers["X-Goog-Upload-URL"]

    piece = urllib.request.Request(
        url, b"x", {"X-Goog-Upload-Command": "upload", "X-Goog-Upload-Offset": "5"}
    )

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(piece, timeout=180)
    with refused.value as error:
        assert (error.code, error.headers["X-Goog-Upload-Status"]) == (400, "final")


def test_a_gs_uri_is_read_through_the_callable(client, model):
    uri = "gs://photos/in/a b/ü.jpg"

    client.models.generate_content(
        model="m", contents=[types.Part.from_uri(file_uri=uri, mime_type="image/jpeg")]
    )

    assert model.questions[0].images[0].data == b"from the bucket"


@pytest.mark.parametrize(
    ("uri", "code"),
    [("gs://photos/none.jpg", 404), ("https://example.com/x.jpg", 400), ("gs://photos", 400)],
)
def test_a_uri_that_cannot_be_read_is_an_error(client, model, uri, code):
    part = types.Part.from_uri(file_uri=uri, mime_type="image/jpeg")

    with pytest.raises(errors.ClientError) as refused:
        client.models.generate_content(model="m", contents=[part])

    assert refused.value.code == code
    assert model.questions == ()


def test_models_are_listed_and_any_name_is_known(client):
    assert "models/offline-model" in [each.name for each in client.models.list()]
    assert client.models.get(model="gemini-9").name == "models/gemini-9"


def test_vertex_is_answered_with_project_and_location(server, model):
    with on_vertex(
        server, project="p", location="us-central1", credentials=Credentials(token="t")
    ) as client:
        answer = client.models.generate_content(model="m", contents=["hi", picture()])
        counted = client.models.count_tokens(model="m", contents="twelve chars")
        streamed = client.models.generate_content_stream(model="m", contents="x")
        pieces = [piece.text for piece in streamed]
        listed = [each.name for each in client.models.list()]
        got = client.models.get(model="m").name

    assert answer.text == "you said hi"
    assert model.questions[0].images[0].data == URL_SAFE
    assert counted.total_tokens == 3
    assert pieces == ["you said x"]
    assert "publishers/google/models/offline-model" in listed
    assert got == "publishers/google/models/m"


def test_vertex_in_express_mode_is_answered(server):
    with on_vertex(server, api_key="k") as client:
        assert client.models.generate_content(model="m", contents="hi").text == "you said hi"


def test_a_service_account_gets_its_token_here(server, tmp_path, monkeypatch):
    key_file = service_account(tmp_path, server.url)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))

    with on_vertex(server, project="p", location="global") as client:
        assert client.models.generate_content(model="m", contents="hi").text == "you said hi"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        pytest.param("/v1/models/m:generateContent", b"{", 400, id="no JSON"),
        pytest.param("/v1/models/m:generateContent", b"[]", 400, id="no object"),
        pytest.param("/v1/models/m:generateContent", b"{}", 400, id="no contents"),
        pytest.param("/v1/models/m:generateContent", b'{"contents": [1]}', 400, id="no content"),
        pytest.param(
            "/v1/models/m:generateContent",
            b'{"contents": [{"parts": [{"inlineData": {"data": "*"}}]}]}',
            400,
            id="no base64",
        ),
        pytest.param("/", b"{}", 404, id="no path, as a client without location sends it"),
    ],
)
def test_a_request_the_service_would_not_take_is_refused_in_its_words(server, path, body, code):
    status, answer = posted(server.url + path, body)

    assert status == code
    assert answer["error"]["code"] == code
    assert answer["error"]["status"] in {"INVALID_ARGUMENT", "NOT_FOUND"}
