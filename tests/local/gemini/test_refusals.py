"""What the local Gemini takes and refuses, as the service documents it."""

import base64
import json
import socket
import warnings
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
from google.genai import types
from hypothesis import given, settings
from hypothesis import strategies as st

from local.gemini import (
    GeminiServer,
    OfflineModel,
    ScriptedModel,
    fields,
    lenient_json,
    replies,
    serve,
)
from local.gemini.casing import camel
from local.gemini.errors import ApiError
from local.gemini.schema import Schema
from tests.photos import Scene

ASK = "/v1beta/models/m:generateContent"
PHOTO = base64.b64encode(Scene().stored()).decode()


@pytest.fixture(scope="module")
def server() -> Iterator[GeminiServer]:
    model = ScriptedModel(otherwise=lambda _: replies.says("a word " * 20))
    with serve(model, known=lambda name: name == "m") as running:
        yield running


def posted(
    server: GeminiServer, body: Any, path: str = ASK, method: str = "POST", **headers: str
) -> tuple[int, Any]:
    """Status and JSON of the answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, raw, named)
    response = connection.getresponse()
    told = response.read()
    connection.close()
    return response.status, json.loads(told or "null")


def asked(config: Any = None, **more: Any) -> dict[str, Any]:
    return {"contents": [{"parts": [{"text": "x"}]}], "generationConfig": config or {}, **more}


def picture(mime_type: str) -> dict[str, Any]:
    part = {"inlineData": {"mimeType": mime_type, "data": PHOTO}}
    return {"contents": [{"parts": [part]}]}


REFUSED = [
    pytest.param(asked(foo=1), 'Unknown name "foo": Cannot find field.', id="a field"),
    pytest.param(
        asked({"temprature": 1}),
        "Unknown name \"temprature\" at 'generation_config': Cannot find field.",
        id="a setting",
    ),
    pytest.param(
        asked({"thinkingConfig": {"level": "LOW"}}),
        "Unknown name \"level\" at 'generation_config.thinking_config': Cannot find field.",
        id="a setting of thinking",
    ),
    pytest.param(
        {"contents": [{"parts": [{"text": "x"}, {"inline": {}}]}]},
        "Unknown name \"inline\" at 'contents[0].parts[1]': Cannot find field.",
        id="a kind of part",
    ),
    pytest.param(asked({"temperature": 9}), "temperature must be in the range", id="temperature"),
    pytest.param(asked({"temperature": -0.1}), "temperature must be in", id="too cold"),
    pytest.param(asked({"top_p": 1.5}), "top_p must be in the range", id="top_p"),
    pytest.param(asked({"candidateCount": 9}), "candidate_count must be", id="candidates"),
    pytest.param(asked({"maxOutputTokens": 0}), "max_output_tokens must", id="no tokens"),
    pytest.param(asked({"temperature": "hot"}), "generation_config.temperature", id="a word"),
    pytest.param(asked({"responseMimeType": "image/png"}), "allowed mimetypes are", id="form"),
    pytest.param(asked({"mediaResolution": "HUGE"}), "media_resolution", id="resolution"),
    pytest.param(
        asked({"thinkingConfig": {"thinkingLevel": "LOW", "thinking_budget": 0}}),
        "only one of thinking budget and thinking level",
        id="level and budget",
    ),
    pytest.param(asked({"thinkingConfig": {"thinkingLevel": "X"}}), "thinking_level", id="level"),
    pytest.param(
        asked(safetySettings=[{"category": "HARM_CATEGORY_X"}]), "safety_settings", id="harm"
    ),
    pytest.param(
        asked(safetySettings=[{"threshold": "SOME"}]), "safety_settings.threshold", id="threshold"
    ),
    pytest.param(picture("application/x-foo"), "Unsupported MIME type", id="type"),
    pytest.param(picture("image/bmp"), "Unsupported MIME type: image/bmp", id="BMP"),
    pytest.param({"contents": []}, "contents is not specified", id="nothing"),
    pytest.param({"contents": [3]}, "Invalid value at 'contents[0]'", id="a number"),
    pytest.param({"contents": [{"parts": [{"text": 3}]}]}, "contents[0].parts[0].text", id="text"),
    pytest.param([], "Expected an object", id="a list"),
    pytest.param(b"", "Invalid JSON payload received.", id="no body"),
    pytest.param(b"{", "Invalid JSON payload received.", id="half a body"),
    pytest.param(b"\xff\xfe\x00{", "Invalid JSON payload received.", id="no text"),
    pytest.param(b"[" * 100_000, "Invalid JSON payload received.", id="too deep"),
    pytest.param(b'{"a": ' + b"9" * 5_000 + b"}", "Invalid JSON", id="too many digits"),
]


@pytest.mark.parametrize(("body", "why"), REFUSED)
def test_what_the_service_refuses_is_refused_in_its_words(
    server: GeminiServer, body: Any, why: str
) -> None:
    status, told = posted(server, body)

    assert (status, told["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert why in told["error"]["message"]


def test_a_request_of_more_than_20_mb_is_refused(server: GeminiServer) -> None:
    status, told = posted(server, asked(labels={"x": "y" * (20 << 20)}))

    assert status == 400
    assert told["error"]["message"] == "Request payload size exceeds the limit: 20971520 bytes."


@pytest.mark.parametrize("method", ["generateContent", "streamGenerateContent", "countTokens"])
def test_a_model_that_is_not_known_is_not_found(server: GeminiServer, method: str) -> None:
    status, told = posted(server, asked(), f"/v1beta/models/other:{method}")
    listed, _ = posted(server, b"", "/v1beta/models/other", "GET")

    assert (status, listed, told["error"]["status"]) == (404, 404, "NOT_FOUND")
    assert "models/other is not found for API version v1beta" in told["error"]["message"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{'contents': [{'parts': [{'text': 'x'}]}]}", id="single quotes"),
        pytest.param('{"contents": [{"parts": [{"text": "x"},],},],}', id="trailing commas"),
        pytest.param('{contents: {parts: {text: "x"}}}', id="keys without quotes, one for a list"),
        pytest.param(
            json.dumps(asked({"temperature": "1.5", "top_k": 3, "topP": None})), id="both"
        ),
    ],
)
def test_what_the_service_takes_beyond_json_is_taken(server: GeminiServer, text: str) -> None:
    assert posted(server, text.encode())[0] == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(value=JSON, space=st.sampled_from(["", " ", "\n "]))
def test_a_comma_before_an_end_changes_nothing(value: Any, space: str) -> None:
    told = json.dumps([value, {"a": value}])

    loose = told[:-2] + space + "," + space + "}" + space + "," + space + "]"

    assert lenient_json.read(loose.encode()) == [value, {"a": value}]


@given(value=st.text(max_size=8))
def test_single_quotes_say_what_double_quotes_say(value: str) -> None:
    inner = json.dumps(value)[1:-1].replace('\\"', '"').replace("'", "\\'")

    assert lenient_json.read(f"{{'a': '{inner}',}}".encode()) == {"a": value}


@pytest.mark.parametrize("text", ["[,]", "{,}", "[1,,]", "[1,,2]", "[NaN]", "['a' 'b']", "'", "a"])
def test_no_more_than_that_is_taken(text: str) -> None:
    with pytest.raises(ApiError):
        lenient_json.read(text.encode())


WORDS = st.sampled_from(
    (
        *("contents", "parts", "text", "inlineData", "data", "mimeType", "fileData", "fileUri"),
        *("role", "generationConfig", "thinkingConfig", "temperature", "safetySettings", "level"),
        *("mediaResolution", "systemInstruction", "responseSchema", "candidateCount"),
    )
)
REQUESTS = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from(["", "x", "image/png", "a=="]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(body=REQUESTS | st.binary(max_size=20))
def test_whatever_is_sent_is_answered_in_google_s_form(server: GeminiServer, body: Any) -> None:
    for path in (ASK, "/v1beta/models/m:countTokens", "/upload/v1beta/files"):
        status, told = posted(server, body, path, X_Goog_Upload_Command="start")

        assert status in {200, 400, 403, 404}
        assert status == 200 or told["error"]["code"] == status


KEYS = st.sampled_from(["type", "properties", "items", "enum", "anyOf", "maxItems", "label"])
SCHEMAS = st.recursive(
    st.none() | st.integers() | st.sampled_from(["OBJECT", "ARRAY", "STRING", "null", "9"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(node=st.dictionaries(KEYS, SCHEMAS, max_size=3))
def test_no_schema_is_a_fault_of_ours(node: dict[str, Any]) -> None:
    schema = Schema(node)

    assert isinstance(schema.kind, str)
    assert all(isinstance(choice, str) for choice in schema.choices)
    assert schema.most_items is None or isinstance(schema.most_items, int)
    assert isinstance(schema.items.properties, dict)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_a_method_that_is_not_there_is_said_in_json(server: GeminiServer, method: str) -> None:
    status, told = posted(server, asked(), method=method)

    assert status in {404, 501}
    assert told["error"]["code"] == status


def said(server: GeminiServer, request: bytes) -> tuple[int, Any]:
    """Status and JSON of the answer to these very bytes."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 30) as spoken:
        spoken.sendall(request)
        spoken.shutdown(socket.SHUT_WR)
        response = HTTPResponse(spoken)
        response.begin()
        return response.status, json.loads(response.read())


HEAD = f"POST {ASK} HTTP/1.1\r\nHost: localhost\r\n".encode()
BODY = json.dumps(asked()).encode()


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def test_a_body_in_chunks_is_read_whole(server: GeminiServer) -> None:
    body = chunked(BODY[:1], BODY[1:9], BODY[9:]) + b"0\r\nX-Trailer: y\r\n\r\n"

    assert said(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body)[0] == 200


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(b"Content-Length: ten\r\n\r\n", id="a word for a length"),
        pytest.param(b"Content-Length: -5\r\n\r\n", id="less than nothing"),
        pytest.param(b"Content-Length: 999999999999999\r\n\r\n", id="too long"),
        pytest.param(b"Content-Length: 99\r\n\r\n{}", id="cut off"),
        pytest.param(b"Transfer-Encoding: gzip\r\n\r\n", id="a coding"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\nx\r\n", id="a chunk of no size"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n9\r\n{}", id="half a chunk"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n", id="too long a chunk"),
    ],
)
def test_a_body_that_is_not_as_http_has_it_is_said_in_json(
    server: GeminiServer, rest: bytes
) -> None:
    status, told = said(server, HEAD + rest)

    assert (status, told["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_an_answer_ends_where_there_is_no_room(server: GeminiServer) -> None:
    _, told = posted(server, asked({"maxOutputTokens": 3}))
    _, whole = posted(server, asked({"maxOutputTokens": 1000}))

    (candidate,) = told["candidates"]
    assert candidate["finishReason"] == "MAX_TOKENS"
    assert candidate["content"]["parts"] == [{"text": ("a word " * 20)[:12]}]
    assert told["usageMetadata"]["candidatesTokenCount"] == 3
    assert whole["candidates"][0]["finishReason"] == "STOP"


def test_several_candidates_are_several(server: GeminiServer) -> None:
    _, one = posted(server, asked())
    _, told = posted(server, asked({"candidateCount": 3}))

    assert [each["index"] for each in told["candidates"]] == [0, 1, 2]
    tokens = [each["usageMetadata"]["candidatesTokenCount"] for each in (one, told)]
    assert tokens[1] == 3 * tokens[0]


@pytest.mark.parametrize("choices", [["cat", "dog"], ["cat", "Unknown"]])
def test_the_offline_model_says_one_of_the_choices(choices: list[str]) -> None:
    config = {"responseMimeType": "text/x.enum", "responseSchema": {"enum": choices}}
    with serve(OfflineModel()) as offline:
        _, told = posted(offline, {**picture("image/jpeg"), "generationConfig": config})

    assert told["candidates"][0]["content"]["parts"][0]["text"] in {choices[0], "Unknown"}
    assert told["candidates"][0]["content"]["parts"][0]["text"] in choices


def begun(server: GeminiServer, **file: str) -> int:
    path = "/upload/v1beta/files"
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    start = {"X-Goog-Upload-Command": "start"}
    connection.request("POST", path, json.dumps({"file": file}), start)
    response = connection.getresponse()
    url = response.headers.get("X-Goog-Upload-URL", "").removeprefix(server.url)
    response.read()
    if response.status == 200:
        last = {"X-Goog-Upload-Command": "upload, finalize", "X-Goog-Upload-Offset": "0"}
        connection.request("POST", url, b"data", last)
        connection.getresponse().read()
    connection.close()
    return response.status


def test_a_file_name_is_had_once_and_has_a_form() -> None:
    with serve(ScriptedModel()) as server:
        named = [begun(server, name=f"files/{name}") for name in ("a", "a", "A b", "-a", "a" * 41)]

    assert named == [200, 409, 400, 400, 400]


def test_files_are_listed_by_pages() -> None:
    with serve(ScriptedModel()) as server:
        for number in range(12):
            begun(server, name=f"files/f{number}")
        _, first = posted(server, b"", "/v1beta/files", "GET")
        rest = f"/v1beta/files?pageSize=5&pageToken={first['nextPageToken']}"
        _, second = posted(server, b"", rest, "GET")
        wrong, _ = posted(server, b"", "/v1beta/files?pageSize=many", "GET")

    assert [len(first["files"]), len(second["files"])] == [10, 2]
    assert "nextPageToken" not in second
    assert wrong == 400


@pytest.mark.parametrize("headers", [{"X_Goog_Upload_Offset": "x"}, {"X_Goog_Upload_Command": "x"}])
def test_a_malformed_upload_is_refused_in_json(
    server: GeminiServer, headers: dict[str, str]
) -> None:
    status, told = posted(server, b"x", "/upload/v1beta/files?upload_id=1", **headers)

    assert (status, told["error"]["code"]) == (400, 400)


@pytest.mark.parametrize(
    ("sdk", "table"),
    [
        (types.GenerationConfig, fields.CONFIG),
        (types.Content, fields._CONTENT),
        (types.Part, fields._PART),
        (types.Blob, fields._BLOB),
        (types.FileData, fields._FILE),
        (types.ThinkingConfig, fields._THINKING),
        (types.SafetySetting, {"category", "threshold", "method"}),
    ],
)
def test_every_field_that_the_official_client_knows_is_taken(sdk: Any, table: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert {camel(name) for name in sdk.model_fields} - set(table) == set()
