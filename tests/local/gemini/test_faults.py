"""Everything that can go wrong with an answer, as the official client sees it."""

import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
from google import genai
from google.genai import errors, types

from local.gemini import GeminiServer, Reply, ScriptedModel, replies, serve


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def server(model: ScriptedModel) -> Iterator[GeminiServer]:
    with serve(model) as running:
        yield running


@pytest.fixture
def client(server: GeminiServer) -> Iterator[genai.Client]:
    with genai.Client(api_key="k", http_options={"base_url": server.url}) as made:
        yield made


def ask(client: genai.Client, prompt: str = "x") -> types.GenerateContentResponse:
    return client.models.generate_content(model="m", contents=prompt)


@pytest.mark.parametrize(
    ("reply", "kind", "code", "status"),
    [
        (replies.too_many_requests(), errors.ClientError, 429, "RESOURCE_EXHAUSTED"),
        (replies.overloaded(), errors.ServerError, 503, "UNAVAILABLE"),
        (replies.bad_request("no"), errors.ClientError, 400, "INVALID_ARGUMENT"),
        (replies.broken_gateway(), errors.ServerError, 500, "Internal Server Error"),
    ],
)
def test_an_error_is_raised_with_code_and_status(client, model, reply, kind, code, status):
    model.say(reply, reply)

    with pytest.raises(kind) as whole:
        ask(client)
    with pytest.raises(kind) as streamed:
        list(client.models.generate_content_stream(model="m", contents="x"))

    assert (whole.value.code, whole.value.status) == (code, status)
    assert (streamed.value.code, streamed.value.status) == (code, status)


@pytest.mark.parametrize(("per_day", "period"), [(False, "PerMinute"), (True, "PerDay")])
def test_a_429_says_which_quota_and_when_to_come_back(client, model, per_day, period):
    model.say(replies.too_many_requests(2.5, per_day=per_day))

    with pytest.raises(errors.ClientError) as raised:
        ask(client)

    details = {
        each["@type"].rpartition(".")[2]: each for each in raised.value.details["error"]["details"]
    }
    assert period in details["QuotaFailure"]["violations"][0]["quotaId"]
    assert details["RetryInfo"]["retryDelay"] == "2.5s"


def test_a_429_may_come_without_a_time(client, model):
    model.say(replies.too_many_requests(None))

    with pytest.raises(errors.ClientError) as raised:
        ask(client)

    assert "RetryInfo" not in str(raised.value.details)


@pytest.mark.parametrize(
    ("reply", "reason", "text"),
    [
        pytest.param(replies.cut_off('[{"box'), "MAX_TOKENS", '[{"box', id="cut off"),
        pytest.param(replies.cut_off_while_thinking(), "MAX_TOKENS", None, id="only thoughts"),
        pytest.param(replies.unsafe(), "SAFETY", None, id="withheld"),
        pytest.param(replies.thinking("hm", "[]"), "STOP", "[]", id="thoughts first"),
    ],
)
def test_an_answer_that_is_not_whole_says_why(client, model, reply, reason, text):
    model.say(reply)

    answer = ask(client)

    assert answer.candidates[0].finish_reason.value == reason
    assert answer.text == text


def test_thoughts_are_counted(client, model):
    model.say(replies.cut_off_while_thinking(1986))

    usage = ask(client).usage_metadata

    assert usage.thoughts_token_count == 1986
    assert usage.total_token_count == usage.prompt_token_count + 1986


def test_a_withheld_answer_has_its_rating(client, model):
    model.say(replies.unsafe("HARM_CATEGORY_HARASSMENT"))

    (rating,) = ask(client).candidates[0].safety_ratings

    assert (rating.category.value, rating.blocked) == ("HARM_CATEGORY_HARASSMENT", True)


def test_a_blocked_prompt_has_a_reason_and_no_candidates(client, model):
    model.say(replies.blocked("BLOCKLIST"))

    answer = ask(client)

    assert answer.prompt_feedback.block_reason.value == "BLOCKLIST"
    assert answer.candidates is None
    assert answer.text is None


def test_an_empty_answer_has_neither(client, model):
    model.say(replies.empty())

    answer = ask(client)

    assert (answer.prompt_feedback, answer.candidates, answer.text) == (None, None, None)


def test_a_reset_breaks_the_connection(client, model):
    model.say(replies.connection_reset())

    with pytest.raises(httpx2.TransportError):
        ask(client)

    assert len(model.questions) == 1


def test_a_stream_may_break_in_the_middle(client, model):
    model.say(replies.connection_reset(after_events=1))
    stream = client.models.generate_content_stream(model="m", contents="x")

    first = next(stream)

    assert first.text == "half of "
    with pytest.raises(httpx2.TransportError):
        next(stream)


def test_a_client_gives_up_on_a_stalled_answer(server, model):
    model.say(replies.stalled())
    options = types.HttpOptions(base_url=server.url, timeout=100)

    with (
        genai.Client(api_key="k", http_options=options) as client,
        pytest.raises(httpx2.TimeoutException),
    ):
        ask(client)


def test_an_answer_may_be_late(client, model):
    model.say(replies.says("at last", delay=0.15))
    start = time.monotonic()

    assert ask(client).text == "at last"
    assert time.monotonic() - start >= 0.15


def test_closing_the_server_breaks_what_is_under_way():
    arrived = threading.Event()
    model = ScriptedModel(replies.stalled(), before=lambda _: arrived.set())
    server = serve(model)
    broken = []

    def wait_for_answer() -> None:
        with genai.Client(api_key="k", http_options={"base_url": server.url}) as client:
            try:
                ask(client)
            except httpx2.TransportError as error:
                broken.append(error)

    waiting = threading.Thread(target=wait_for_answer)
    waiting.start()
    assert arrived.wait(180)

    server.close()

    waiting.join(180)
    assert len(broken) == 1


def test_replies_come_in_order_and_then_from_the_function(client, model):
    model.say(replies.says("one"), replies.says("two"))

    assert [ask(client).text, ask(client).text] == ["one", "two"]
    assert [question.prompt for question in model.questions] == ["x", "x"]


def test_a_question_beyond_the_script_is_an_error_that_quotes_it(client):
    with pytest.raises(errors.ServerError, match="no reply for: where is the cat"):
        ask(client, "where is the cat")


def test_hooks_are_called_before_the_answer_and_after_it_was_sent():
    steps = []
    sent = threading.Event()

    def answer(_: object) -> Reply:
        steps.append("answer")
        return replies.says("ok")

    def after(question: object) -> None:
        steps.append("after")
        sent.set()

    model = ScriptedModel(otherwise=answer, before=lambda _: steps.append("before"), after=after)
    with (
        serve(model) as server,
        genai.Client(api_key="k", http_options={"base_url": server.url}) as client,
    ):
        assert ask(client).text == "ok"
        assert sent.wait(180)

    assert steps == ["before", "answer", "after"]
