"""The Gemini API around one model."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from local.emulator.app import Request, Response, encoded, json_response
from local.gemini import fields, lenient_json, ranges, response_body, tokens, validation
from local.gemini.casing import pick
from local.gemini.errors import ApiError
from local.gemini.files import FileStore
from local.gemini.files_api import FilesApi
from local.gemini.http_responses import error_response, reply_response
from local.gemini.model import Model
from local.gemini.parse import read_question
from local.gemini.question import Question
from local.gemini.reply import Reply
from local.gemini.routes import VERSION, Route
from local.gemini.truncation import truncated

Known = Callable[[str], bool]  # whether there is a model of that name
ReadGs = Callable[[str, str], bytes]  # (bucket, object name); raises FileNotFoundError

# Where every model name is answered, so that a listing is not empty.
_LISTED = ("offline-model", "offline-model-polygon")
# Developer API /v1/models, Vertex AI /v1/projects/P/locations/L/publishers/google/models, express
# mode without project, and gateways without a version.
_MODELS = (
    rf"(?:{VERSION})?(?:/projects/[^/]+/locations/[^/]+)?(?P<publisher>/publishers/google)?/models"
)
_MODEL = rf"{_MODELS}/(?P<model>[^/:]+)"


class GeminiApi:
    """Answers HTTP requests as Gemini does, on the Developer API's paths and on Vertex AI's."""

    def __init__(
        self, model: Model, read_gs: ReadGs | None = None, known: Known | None = None
    ) -> None:
        self._model = model
        self._read_gs = read_gs
        self._known = known
        self._files = FileStore()
        self._routes = (
            Route("POST", rf"{_MODEL}:generateContent", self._generate),
            Route("POST", rf"{_MODEL}:streamGenerateContent", self._stream),
            Route("POST", rf"{_MODEL}:countTokens", self._count),
            Route("GET", _MODEL, self._get_model),
            Route("GET", _MODELS, self._list_models),
            Route("POST", "/token", _grant_token),
            *FilesApi(self._files).routes,
        )

    def __call__(self, request: Request) -> Response:
        """The response to any request, errors included."""
        try:
            return self._dispatch(request)
        except ApiError as error:
            return error_response(error)

    def _dispatch(self, request: Request) -> Response:
        for method, pattern, step in self._routes:
            if method == request.method and (match := re.fullmatch(pattern, request.path)):
                return step(request, **match.groupdict())
        raise ApiError(404, f"There is no {request.method} {request.path} here.")

    def _generate(self, request: Request, model: str, **_: Any) -> Response:
        question = self._question(request, model)
        reply = truncated(self._ask(question), question.config)
        return reply_response(reply, (encoded(response_body.whole(question, reply)),))

    def _stream(self, request: Request, model: str, **_: Any) -> Response:
        question = self._question(request, model)
        reply = truncated(self._ask(question), question.config)
        events = response_body.events(question, reply)
        pieces = tuple(b"data: %s\r\n\r\n" % encoded(event) for event in events)
        return reply_response(reply, pieces, "text/event-stream")

    def _count(self, request: Request, model: str, **_: Any) -> Response:
        counted = tokens.of_question(self._question(request, model, fields.COUNT))
        return json_response({"totalTokens": counted.total, "promptTokensDetails": counted.details})

    def _question(
        self, request: Request, model: str, form: Mapping[str, Any] = fields.REQUEST
    ) -> Question:
        name = self._checked(unquote(model), request.path)
        ranges.check_size(request.body)
        body = lenient_json.read(request.body)
        validation.check(body, form)
        body = pick(body, "generateContentRequest") or body  # countTokens takes a whole one, too
        ranges.check_request(body)
        return read_question(name, body, self._fetch)

    def _checked(self, model: str, path: str) -> str:
        """The model, if it is known. Raises ApiError 404 in the service's words."""
        if self._known is None or self._known(model):
            return model
        version = path.lstrip("/").partition("/")[0]
        raise ApiError(
            404,
            f"models/{model} is not found for API version {version}, or is not supported for "
            "generateContent. Call ListModels to see the list of available models and their "
            "supported methods.",
        )

    def _ask(self, question: Question) -> Reply:
        try:
            return self._model(question)
        except ApiError as error:
            return Reply(error=error)

    def _fetch(self, uri: str) -> bytes:
        """The bytes behind a part's file URI. Raises ApiError if they cannot be fetched."""
        if file := re.search(r"/(files/[^/:]+)$", uri):
            return self._files.get(file[1]).data
        place = re.fullmatch(r"gs://([^/]+)/(.+)", uri)
        if not (place and self._read_gs):
            raise ApiError(400, f"Cannot fetch content from the provided URL: {uri}")
        try:
            return self._read_gs(place[1], place[2])
        except FileNotFoundError:
            raise ApiError(404, f"The object {uri} was not found.") from None

    def _get_model(self, request: Request, model: str, publisher: str | None, **_: Any) -> Response:
        return json_response(
            _model_resource(self._checked(unquote(model), request.path), publisher)
        )

    def _list_models(self, _: Request, publisher: str | None, **__: Any) -> Response:
        key = "publisherModels" if publisher else "models"
        return json_response({key: [_model_resource(name, publisher) for name in _LISTED]})


def _model_resource(name: str, publisher: str | None) -> Mapping[str, Any]:
    if publisher:
        return {"name": f"publishers/google/models/{name}", "versionId": "001"}
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name,
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }


def _grant_token(_: Request) -> Response:
    """An access token for any service account, so that its key file may name this server."""
    return json_response({"access_token": "local", "expires_in": 3600, "token_type": "Bearer"})
