import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.border.gemini import reply
from shared.errors import BadAnswer, Refused
from shared.model import Usage

KEYS = [
    *("candidates", "content", "parts", "text", "thought", "finishReason", "error"),
    *("promptFeedback", "blockReason", "modelVersion", "usageMetadata", "promptTokenCount"),
    *("candidatesTokenCount", "promptTokensDetails", "modality", "tokenCount"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def wire(*parts, finish="STOP", **more):
    candidate = {"content": {"parts": list(parts), "role": "model"}}
    if finish is not None:
        candidate["finishReason"] = finish
    return json.dumps({"candidates": [candidate], **more}).encode()


def test_the_text_is_every_part_but_the_thoughts():
    raw = wire({"text": "hm", "thought": True}, {"text": "[1,"}, {"inlineData": {}}, {"text": "2]"})

    assert reply.read(raw) == reply.Reply("[1,2]", cut_off=False, finish="STOP")


def test_only_the_first_candidate_is_read():
    first = {"content": {"parts": [{"text": "one"}]}, "finishReason": "STOP"}
    second = {"content": {"parts": [{"text": "two"}]}, "finishReason": "STOP"}

    assert reply.read(json.dumps({"candidates": [first, second]}).encode()).text == "one"


def test_snake_case_is_read_as_well():
    raw = json.dumps(
        {
            "candidates": [{"content": {"parts": [{"text": "x"}]}, "finish_reason": "MAX_TOKENS"}],
            "usage_metadata": {"prompt_token_count": 7},
            "model_version": "m",
        }
    ).encode()

    assert reply.read(raw) == reply.Reply("x", cut_off=True, finish="MAX_TOKENS")
    assert reply.usage(raw) == Usage("m", prompt_tokens=7)


@pytest.mark.parametrize("finish", ["MAX_TOKENS", "CONTINUATION", "OTHER", "NEWS_TO_US", "", None])
def test_text_is_taken_as_cut_off_unless_the_model_stopped_by_itself(finish):
    assert reply.read(wire({"text": "[]"}, finish=finish)).cut_off


@pytest.mark.parametrize(
    "finish",
    [
        *("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE"),
        *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR"),
    ],
)
def test_a_refused_answer_is_a_refusal_even_with_text(finish):
    for parts in ([], [{"text": "[]"}]):
        with pytest.raises(Refused, match=finish):
            reply.read(wire(*parts, finish=finish))


@pytest.mark.parametrize(
    "reason",
    [
        *("SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "MODEL_ARMOR"),
        *("JAILBREAK", "NEWS_TO_US"),
    ],
)
def test_a_blocked_question_is_a_refusal(reason):
    with pytest.raises(Refused, match=reason):
        reply.read(json.dumps({"promptFeedback": {"blockReason": reason}}).encode())


def test_a_block_for_no_named_reason_may_pass_and_is_asked_again():
    with pytest.raises(BadAnswer, match="a rule it does not name"):
        reply.read(json.dumps({"promptFeedback": {"blockReason": "OTHER"}}).encode())


def test_an_unset_block_reason_blocks_nothing():
    raw = wire({"text": "x"}, promptFeedback={"blockReason": "BLOCK_REASON_UNSPECIFIED"})

    assert reply.read(raw).text == "x"


def test_a_refusal_says_why_in_words():
    with pytest.raises(Refused) as caught:
        reply.read(wire(finish="SPII"))

    assert "sensitive personal data" in caught.value.sentence


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(b"<html>", "not JSON", id="html"),
        pytest.param(b"\xff\xfe\x00", "not JSON", id="no text"),
        pytest.param(b"[" * 100_000, "not JSON", id="nested without end"),
        pytest.param(b"[]", "not a JSON object", id="list"),
        pytest.param(b"null", "not a JSON object", id="null"),
        pytest.param(b"{}", "no candidate", id="nothing in it"),
        pytest.param(b'{"candidates": []}', "no candidate", id="no candidates"),
        pytest.param(b'{"candidates": {"a": 1}}', "no candidate", id="candidates of another kind"),
        pytest.param(b'{"candidates": [null]}', "none", id="null candidate"),
        pytest.param(wire(), "STOP", id="no parts"),
        pytest.param(wire({"text": " \n"}), "STOP", id="blank"),
        pytest.param(wire({"text": 5}), "STOP", id="text of another kind"),
        pytest.param(wire({"text": "x", "thought": True}), "STOP", id="only thoughts"),
        pytest.param(wire(finish="OTHER"), "OTHER", id="other"),
        pytest.param(wire(finish="NEWS_TO_US"), "NEWS_TO_US", id="unknown finish reason"),
        pytest.param(
            b'{"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}],'
            b' "usageMetadata": {"thoughtsTokenCount": 8192}}',
            "8192 tokens of thought",
            id="thinking ate the budget",
        ),
        pytest.param(
            b'{"error": {"code": 500, "message": "Internal."}}', "Internal", id="error in a 200"
        ),
        pytest.param(
            wire({"text": "[]"}, error={"message": "quota"}), "quota", id="error beside an answer"
        ),
    ],
)
def test_what_is_no_answer_is_a_bad_answer_and_never_an_empty_one(raw, says):
    with pytest.raises(BadAnswer, match=says):
        reply.read(raw)


def test_the_tokens_are_the_services_own_count():
    raw = wire(
        {"text": "x"},
        modelVersion="gemini-3.8-flash",
        usageMetadata={
            "promptTokenCount": 1300,
            "candidatesTokenCount": 90,
            "thoughtsTokenCount": 40,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 180},
                {"modality": "IMAGE", "tokenCount": 560},
                {"modality": "IMAGE", "tokenCount": "560"},
            ],
        },
    )

    assert reply.usage(raw) == Usage("gemini-3.8-flash", 1300, 1120, 90, 40)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[" * 100_000,
        b"7",
        b"{}",
        b'{"usageMetadata": []}',
        b'{"usageMetadata": {"promptTokenCount": -4, "candidatesTokenCount": true}}',
        b'{"usageMetadata": {"promptTokenCount": 1.5, "thoughtsTokenCount": "many"}}',
        b'{"usageMetadata": {"promptTokensDetails": {"modality": "IMAGE"}}}',
        b'{"usageMetadata": {"promptTokensDetails": [null, {"modality": "IMAGE"}]}}',
        b'{"modelVersion": 3}',
    ],
)
def test_tokens_nobody_counted_are_zero(raw):
    assert reply.usage(raw) == Usage("")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_reply_is_read_or_refused(raw):
    usage = reply.usage(raw)
    try:
        said = reply.read(raw).text
    except (BadAnswer, Refused) as no:
        said = no.sentence

    assert said.strip()
    assert min(usage.prompt_tokens, usage.image_tokens, usage.output_tokens) >= 0
