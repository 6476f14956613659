"""Deliveries are signed as Standard Webhooks defines it, and nothing else verifies."""

import time
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from shared.webhooks import signatures
from shared.webhooks.keys import read
from shared.webhooks.signatures import BadSecret, Unverified

# The vectors that the implementations share: Standard Webhooks' libraries have the first (v1) and
# the third (v1a from a seed: libraries/go), Svix's server has the second (v1a from both halves:
# server/svix-server/src/worker.rs).
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SECONDS = 1614265330
AT = datetime.fromtimestamp(SECONDS, UTC)
BODY = b'{"test": 2432232314}'
SHARED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAIR = (
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
)
SEED = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk="
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
SIGNATURES = {
    SHARED: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    PAIR: "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5B"
    "dqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
    SEED: "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0"
    "mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
}
OTHER = "whsec_" + b64encode(bytes(range(32))).decode()

thoroughly = settings(max_examples=100, deadline=None, derandomize=True)
kinds = pytest.mark.parametrize("secret", SIGNATURES, ids=["v1", "v1a pair", "v1a seed"])


def signed(*secrets: str, at: datetime = AT, body: bytes = BODY) -> dict[str, str]:
    return signatures.headers(ID, at, body, secrets)


def base64(size: int) -> str:
    return b64encode(bytes(range(size))).decode()


@kinds
def test_the_published_vectors_come_out(secret: str) -> None:
    assert signed(secret) == {
        "webhook-id": ID,
        "webhook-timestamp": str(SECONDS),
        "webhook-signature": SIGNATURES[secret],
    }


@kinds
def test_the_published_vectors_pass(secret: str) -> None:
    signatures.verify(signed(secret), BODY, [secret], AT)


def test_a_public_key_is_the_second_half_of_its_pair() -> None:
    assert signatures.public_key(PAIR) == PUBLIC
    assert signatures.public_key(PAIR[: len("whsk_") + 42] + "c=") == PUBLIC  # the seed alone


def test_a_public_key_verifies_and_cannot_sign() -> None:
    signatures.verify(signed(PAIR), BODY, [PUBLIC], AT)

    with pytest.raises(BadSecret, match="only verifies"):
        signed(PUBLIC)


@pytest.mark.parametrize("secret", [SHARED, PUBLIC])
def test_only_a_whsk_secret_has_a_public_key(secret: str) -> None:
    with pytest.raises(BadSecret, match="Only a whsk_ secret"):
        signatures.public_key(secret)


@thoroughly
@given(st.text(), st.binary(min_size=24, max_size=64))
def test_the_official_library_accepts_what_we_sign(text: str, raw: bytes) -> None:
    secret = "whsec_" + b64encode(raw).decode()
    body = text.encode("utf-8", "replace")

    found = signed(secret, at=datetime.now(UTC), body=body)

    Webhook(secret).verify(body, found, json_parse=False)


@thoroughly
@given(st.text(), st.binary(min_size=24, max_size=64))
def test_we_accept_what_the_official_library_signs(text: str, raw: bytes) -> None:
    secret = "whsec_" + b64encode(raw).decode()
    body = text.encode("utf-8", "replace")
    theirs = Webhook(secret).sign(ID, AT, body.decode())

    signatures.verify(signed(OTHER) | {"webhook-signature": theirs}, body, [secret], AT)


@thoroughly
@given(st.text())
def test_a_v1a_signature_is_plain_ed25519(text: str) -> None:
    body = text.encode("utf-8", "replace")
    secret = signatures.new_secret("v1a")
    key = Ed25519PublicKey.from_public_bytes(b64decode(signatures.public_key(secret)[5:]))

    signature = signed(secret, body=body)["webhook-signature"].removeprefix("v1a,")

    key.verify(b64decode(signature), f"{ID}.{SECONDS}.".encode() + body)


@pytest.mark.parametrize("version", ["v1", "v1a"])
def test_a_new_secret_signs_as_it_should_and_is_new(version: str) -> None:
    secret = signatures.new_secret(version)

    assert signed(secret)["webhook-signature"].startswith(version + ",")
    assert secret != signatures.new_secret(version)


@pytest.mark.parametrize(
    "at",
    [
        AT.astimezone(timezone(timedelta(hours=9))),
        AT.astimezone(timezone(timedelta(hours=-3, minutes=-30))),
        AT + timedelta(microseconds=999_999),
    ],
    ids=["east", "west", "almost a second later"],
)
def test_a_time_in_any_zone_is_signed_as_the_whole_second_it_is(at: datetime) -> None:
    assert signed(SHARED, at=at) == signed(SHARED)


def test_a_naive_time_is_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert signed(SHARED, at=datetime.fromtimestamp(SECONDS)) == signed(SHARED)  # noqa: DTZ006
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("ident", ["", "a.5", "a b", "a\n", "ä", "a" * 256])
def test_an_id_that_could_be_read_two_ways_is_not_signed(ident: str) -> None:
    with pytest.raises(ValueError, match="not the id"):
        signatures.headers(ident, AT, BODY, [SHARED])


BAD = {
    "": "begins with",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "begins with",
    "whsec": "24 to 64 bytes; this one has 0",
    "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "begins with",
    "whsec_hunter2-hunter2-hunter2-hunter2-": "not base64",
    "whsec_" + base64(32)[:-1]: "not base64",  # no padding
    "whsec_" + base64(32) + "\n": "not base64",  # as `echo secret | gcloud secrets` leaves it
    "whsec_ключ": "not base64",
    "whsec_" + base64(23): "24 to 64 bytes; this one has 23",
    "whsec_" + base64(65): "24 to 64 bytes; this one has 65",
    "whsk_" + base64(31): "32 or 64 bytes; this one has 31",
    "whsk_" + base64(63): "32 or 64 bytes; this one has 63",
    "whsk_" + base64(64): "two halves",
    "whpk_" + base64(32): "only verifies",
    "whpk_" + base64(31): "32 bytes; this one has 31",
}


@pytest.mark.parametrize(("secret", "sentence"), BAD.items())
def test_a_bad_secret_is_named_and_never_shown(secret: str, sentence: str) -> None:
    with pytest.raises(BadSecret, match=sentence) as caught:
        signatures.check(secret)

    encoded = secret.partition("_")[2].strip()
    assert not encoded or encoded not in str(caught.getrepr(chain=True, style="value"))
    with pytest.raises(BadSecret, match=sentence):
        signed(SHARED, secret)


@pytest.mark.parametrize("size", [24, 64])
def test_a_secret_may_have_24_to_64_bytes(size: int) -> None:
    signatures.check("whsec_" + base64(size))


def test_nothing_is_sent_unsigned() -> None:
    with pytest.raises(BadSecret, match="no secret"):
        signed()


@kinds
def test_a_key_never_shows_its_secret(secret: str) -> None:
    key = read(secret)

    shown = f"{key!r} {key} {vars(key)}"

    assert secret[6:40] not in shown
    assert repr(b64decode(secret.partition("_")[2]))[2:-1] not in shown


# Rotation: the sender adds the new secret, the consumer changes over, the sender drops the old.
OLD, NEW = SHARED, OTHER
STEPS = [([OLD], OLD), ([NEW, OLD], OLD), ([NEW, OLD], NEW), ([NEW], NEW)]


@pytest.mark.parametrize(("senders", "consumers"), STEPS)
def test_no_step_of_a_rotation_loses_a_delivery(senders: list[str], consumers: str) -> None:
    found = signed(*senders, at=datetime.now(UTC))

    signatures.verify(found, BODY, [consumers])
    signatures.verify(found, BODY, [NEW, OLD])
    Webhook(consumers).verify(BODY, found, json_parse=False)


@pytest.mark.parametrize("key", [SHARED, PUBLIC, PAIR])
def test_a_consumer_can_move_from_v1_to_v1a(key: str) -> None:
    signatures.verify(signed(PAIR, SHARED), BODY, [key], AT)


@pytest.mark.parametrize(
    "first", [SIGNATURES[SEED], "v1," + base64(32), "v1", "v1,", ",", "v2,x", "", "v1a,%", "ключ"]
)
@pytest.mark.parametrize("secret", [SHARED, PAIR])
def test_a_good_signature_passes_after_one_that_does_not_fit(first: str, secret: str) -> None:
    both = {"webhook-signature": f"{first} {SIGNATURES[secret]}"}

    signatures.verify(signed(secret) | both, BODY, [secret], AT)


@kinds
def test_a_signature_counts_under_its_own_version_only(secret: str) -> None:
    _, _, signature = SIGNATURES[secret].partition(",")
    renamed = {"webhook-signature": f"v2,{signature}"}

    with pytest.raises(Unverified, match=KIND):
        signatures.verify(signed(secret) | renamed, BODY, [secret], AT)


def test_header_names_are_the_same_in_any_case() -> None:
    signatures.verify(
        {name.title(): value for name, value in signed(SHARED).items()}, BODY, [SHARED], AT
    )


@pytest.mark.parametrize("apart", [-300, 300])
def test_a_clock_may_differ_by_five_minutes(apart: int) -> None:
    signatures.verify(signed(SHARED), BODY, [SHARED], AT + timedelta(seconds=apart))


@pytest.mark.parametrize(("apart", "side"), [(-301, "ahead of"), (301, "behind"), (1e9, "behind")])
def test_a_stale_or_early_delivery_is_refused(apart: float, side: str) -> None:
    with pytest.raises(Unverified, match=f"more than 300 s {side} the clock"):
        signatures.verify(signed(SHARED), BODY, [SHARED], AT + timedelta(seconds=apart))


FIT, KIND = "No signature fits", "none that the keys could have made"
REFUSED = {
    "no id": ({"webhook-id": ""}, "webhook-id is missing"),
    "dotted id": ({"webhook-id": f"{ID}.1"}, "webhook-id is missing, or has other"),
    "id not ASCII": ({"webhook-id": "msg_ä"}, "webhook-id is missing, or has other"),
    "id with a line break": ({"webhook-id": f"{ID}\n"}, "webhook-id is missing, or has other"),
    "other id": ({"webhook-id": "msg_1"}, FIT),
    "no time": ({"webhook-timestamp": ""}, "webhook-timestamp is missing"),
    "time in words": ({"webhook-timestamp": "yesterday"}, "not whole seconds"),
    "time with a fraction": ({"webhook-timestamp": f"{SECONDS}.0"}, "not whole seconds"),
    "time with a zero first": ({"webhook-timestamp": f"0{SECONDS}"}, "not whole seconds"),
    "time with a sign": ({"webhook-timestamp": f"+{SECONDS}"}, "not whole seconds"),
    "time before 1970": ({"webhook-timestamp": f"-{SECONDS}"}, "not whole seconds"),
    "time without end": ({"webhook-timestamp": "9" * 5000}, "not whole seconds"),
    "not a time": ({"webhook-timestamp": "nan"}, "not whole seconds"),
    "time in other digits": ({"webhook-timestamp": "١٦١٤٢٦٥٣٣٠"}, "not whole seconds"),
    "time in milliseconds": ({"webhook-timestamp": "999999999999"}, "ahead of the clock"),
    "other time": ({"webhook-timestamp": str(SECONDS + 1)}, FIT),
    "no signature": ({"webhook-signature": ""}, KIND),
    "version alone": ({"webhook-signature": "v1"}, FIT),
    "empty signature": ({"webhook-signature": "v1,"}, FIT),
    "not base64": ({"webhook-signature": "v1,%%%"}, FIT),
    "not ASCII": ({"webhook-signature": "v1,ключ"}, FIT),
    "a lone surrogate": ({"webhook-signature": "v1,\ud800"}, FIT),
    "v1 as v1a": ({"webhook-signature": SIGNATURES[SHARED].replace("v1", "v1a")}, KIND),
    "tab between": ({"webhook-signature": f"v1,x\t{SIGNATURES[SHARED]}"}, FIT),
    "cut": ({"webhook-signature": SIGNATURES[SHARED][:-5]}, FIT),
    "another's": ({"webhook-signature": signed(OTHER)["webhook-signature"]}, FIT),
    "of another kind": ({"webhook-signature": SIGNATURES[PAIR]}, KIND),
}


@pytest.mark.parametrize(("changed", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_malformed_or_forged_header_is_refused(changed: dict[str, str], sentence: str) -> None:
    with pytest.raises(Unverified, match=sentence):
        signatures.verify(signed(SHARED) | changed, BODY, [SHARED], AT)


@pytest.mark.parametrize("name", signed(SHARED))
def test_a_missing_header_is_refused(name: str) -> None:
    found = signed(SHARED)
    del found[name]

    with pytest.raises(Unverified, match=name):
        signatures.verify(found, BODY, [SHARED], AT)


KEYS = {
    "another secret": (SHARED, [OTHER], FIT),
    "another public key": (PAIR, [signatures.public_key(SEED)], FIT),
    "v1a key for v1": (SHARED, [PUBLIC], r"could have made \(v1a\)"),
    "v1 key for v1a": (PAIR, [SHARED], r"could have made \(v1\)"),
    "public key as a secret": (PAIR, [PUBLIC.replace("whpk_", "whsec_")], r"\(v1\)"),
    "bad key": (SHARED, ["hunter2"], "begins with whsec_"),
    "one good, one bad": (SHARED, [SHARED, "whsec_%"], "not base64"),
    "no key": (SHARED, [], "no key to verify with"),
}


@pytest.mark.parametrize(("secret", "keys", "sentence"), KEYS.values(), ids=KEYS)
def test_a_wrong_key_is_told_from_a_wrong_kind_of_key(
    secret: str, keys: list[str], sentence: str
) -> None:
    with pytest.raises(Unverified, match=sentence):
        signatures.verify(signed(secret), BODY, keys, AT)


def test_a_body_that_is_no_text_is_refused() -> None:
    with pytest.raises(Unverified, match="not UTF-8"):
        signatures.verify(signed(SHARED), b"\xff", [SHARED], AT)


@thoroughly
@given(st.data())
@pytest.mark.parametrize("secret", [SHARED, PAIR], ids=["v1", "v1a"])
def test_a_change_of_one_byte_anywhere_is_refused(secret: str, data: st.DataObject) -> None:
    parts = {"body": BODY} | {
        name: value.encode()
        for name, value in signed(secret).items()
        if name != "webhook-signature"
    }
    name = data.draw(st.sampled_from(sorted(parts)))
    place = data.draw(st.integers(0, len(parts[name]) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != parts[name][place]))
    changed = bytearray(parts[name])
    changed[place] = byte
    parts[name] = bytes(changed)

    body = parts.pop("body")
    found = signed(secret) | {name: value.decode("latin-1") for name, value in parts.items()}
    with pytest.raises(Unverified):
        signatures.verify(found, body, [secret], AT)


names = st.sampled_from(["webhook-id", "Webhook-Timestamp", "webhook-signature"]) | st.text()
values = (
    st.text()
    | st.sampled_from([ID, str(SECONDS), *SIGNATURES.values()])
    | st.text("v1a2,= AB/+\ud800é").map(lambda text: f"v1,{text} v1a,{text}")
)
keys = (
    st.text()
    | st.sampled_from([*SIGNATURES, PUBLIC])
    | st.binary().map(lambda raw: "whpk_" + b64encode(raw).decode())
)


@thoroughly
@given(st.dictionaries(names, values), st.binary() | st.just(BODY), st.lists(keys, max_size=3))
def test_whatever_comes_is_refused_or_truly_ours(
    found: dict[str, str], body: bytes, keys: list[str]
) -> None:
    try:
        signatures.verify(signed(SHARED, PAIR) | found, body, keys, AT)
    except Unverified:
        return
    assert body == BODY
    assert {SHARED, PAIR, PUBLIC} & {*keys}


@thoroughly
@given(st.text() | st.text().map("whsec_".__add__) | st.text().map("whsk_".__add__))
def test_whatever_is_given_as_a_secret_is_bad_or_signs(secret: str) -> None:
    try:
        signatures.check(secret)
    except BadSecret:
        return
    signatures.verify(signed(secret), BODY, [secret], AT)
