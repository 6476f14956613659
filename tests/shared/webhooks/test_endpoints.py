"""webhooks.toml: which endpoint gets which events."""

from pathlib import Path

import pytest

from shared.messages.announcement import Announcement
from shared.webhooks import endpoints

ROOT = Path(__file__).parents[3]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the example of Standard Webhooks
DONE = "dev.darkroom.result.v1.done"
FAILED = "dev.darkroom.result.v1.failed"
BUDGET = "dev.darkroom.budget.v1.reached"


def written(**fields: str) -> str:
    lines = {"name": '"e"', "url": '"https://e.example"', "secrets": '["KEY"]'} | fields
    rows = (f"{key} = {value}" for key, value in lines.items() if value)
    return "[[endpoint]]\n" + "\n".join(rows) + "\n"


def endpoint(**fields: str) -> endpoints.Endpoint:
    return endpoints.parse(written(**fields))[0]


def event(kind: str = DONE, subject: str = "a.jpg") -> Announcement:
    return Announcement("1", kind, "//here", subject, "2026-01-01T00:00:00.000Z", {})


@pytest.mark.parametrize(
    ("fields", "taken", "not_taken"),
    [
        pytest.param({}, [event(), event(FAILED, "x/y.png")], [event(BUDGET)], id="the default"),
        pytest.param(
            {"events": f'["{FAILED}"]'}, [event(FAILED)], [event(), event(BUDGET)], id="one type"
        ),
        pytest.param({"events": '["*"]'}, [event(), event(BUDGET)], [], id="every type"),
        pytest.param(
            {"match": '["in/*.jpg", "out/**"]'},
            [event(subject="in/a.jpg"), event(subject="out/x/y")],
            [event(), event(subject="in/x/a.jpg"), event(BUDGET)],
            id="some names",
        ),
        pytest.param(
            {"match": '["in/**"]', "events": '["*"]'},
            [event(subject="in/a.jpg"), event(BUDGET, "2026-01-01")],
            [event(subject="a.jpg")],
            id="names are an upload's",
        ),
    ],
)
def test_an_endpoint_takes_what_its_patterns_fit(
    fields: dict, taken: list[Announcement], not_taken: list[Announcement]
) -> None:
    one = endpoint(**fields)

    assert [each for each in taken if not one.takes(each)] == []
    assert [each for each in not_taken if one.takes(each)] == []


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("name", "", "is missing"),
        ("name", '""', "must be 1 to 63 letters"),
        ("name", '"a/b"', "must be 1 to 63 letters"),
        ("name", '"a_b"', "must be 1 to 63 letters"),
        ("name", f'"{"x" * 64}"', "must be 1 to 63 letters"),
        ("name", "7", "must be 1 to 63 letters"),
        ("url", "", "is missing"),
        ("url", "7", "must be an address"),
        ("url", '"https://e.example/\\u0007"', "must be an address"),
        ("url", '"https://bücher.example"', "must be an address"),
        ("url", '"https://e.example/a b"', "without spaces"),
        ("url", f'"https://e.example/{"x" * 2000}"', "at most 2,000 characters"),
        ("url", '"e.example"', "must begin with https://"),
        ("url", '"https:///path"', "must begin with https:// and a host"),
        ("url", '"ftp://e.example"', "must begin with https://"),
        ("url", '"https://e.example:99999"', "is no address"),
        ("url", '"https://[::1"', "is no address"),
        ("url", '"https://user:word@e.example"', "neither a user"),
        ("url", '"https://e.example/#part"', "nor a #fragment"),
        ("url", '"http://e.example"', "http:// is for localhost and private addresses"),
        ("url", '"http://8.8.8.8/"', "http:// is for localhost and private addresses"),
        ("secrets", "", "is missing"),
        ("secrets", "[]", "at least one"),
        ("secrets", '"KEY"', "must be a list"),
        ("secrets", '["KEY", "1KEY"]', "entry 2 must be the name"),
        ("secrets", '["KEY", "KEY"]', "names a variable twice"),
        ("events", "[]", "must be a list of patterns"),
        ("events", '"*"', "must be a list of patterns"),
        ("match", '[""]', "must be a list of patterns"),
        ("colour", '"red"', "is not known; there are: name, url, events, match, secrets"),
    ],
)
def test_a_fault_is_reported_with_its_endpoint_and_key(key: str, value: str, said: str) -> None:
    (fault,) = endpoints.read(written(**{key: value})).faults

    name = " (e)" if key != "name" else ""
    assert (fault.number, fault.key) == (1, key)
    assert key == "name" or str(fault).startswith(f"endpoint 1{name}: {key} ")
    assert said in str(fault)


def test_every_fault_of_the_file_is_reported_at_once() -> None:
    text = written(url="7") + written(name='"f"', secrets="[]", match="1") + "[other]\n"

    with pytest.raises(endpoints.BadEndpoint) as raised:
        endpoints.parse(text)

    assert [line.split(" must ")[0] for line in str(raised.value).splitlines()] == [
        "webhooks.toml: other is not known here; each endpoint begins with [[endpoint]]",
        "endpoint 1 (e): url",
        "endpoint 2 (f): secrets",
        "endpoint 2 (f): match",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[endpoint]", "is not TOML"),
        ("endpoint = 1", "must be written as [[endpoint]]"),
        (written() * 2, "is the name of 2 endpoints"),
    ],
)
def test_a_fault_of_the_file_as_a_whole_is_reported(text: str, said: str) -> None:
    (fault,) = endpoints.read(text).faults

    assert fault.number is None
    assert said in str(fault)


@pytest.mark.parametrize("secret", [SECRET, "whsk_x", "whsec_with_only_letters"])
def test_a_secret_in_the_place_of_its_variable_is_refused_and_not_shown(secret: str) -> None:
    (fault,) = endpoints.read(written(secrets=f'["{secret}"]')).faults

    assert "never a secret" in str(fault)
    assert secret.removeprefix("whsec_") not in str(fault)


@pytest.mark.parametrize(
    "url",
    [
        "https://e.example",
        "https://e.example:8443/a?b=c",
        "http://localhost:8000/",
        "http://127.0.0.1:1/",
        "http://[::1]:1/",
        "http://10.1.2.3/",
        "https://93.184.216.34/",
    ],
)
def test_https_goes_anywhere_and_http_to_neighbours_alone(url: str) -> None:
    assert endpoint(url=f'"{url}"').url == url


def test_no_file_and_no_endpoint_are_fine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WEBHOOKS", str(tmp_path / "none.toml"))
    assert endpoints.every() == ()

    (tmp_path / "empty.toml").write_text("# nobody\n")
    monkeypatch.setenv("WEBHOOKS", str(tmp_path / "empty.toml"))
    assert endpoints.every() == ()


def test_the_file_that_comes_with_it_is_sound_and_so_is_its_example(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WEBHOOKS", raising=False)
    lines = endpoints.file().read_text("utf-8").splitlines()
    example = lines[lines.index("# [[endpoint]]") :]

    (one,) = endpoints.parse("\n".join(line.removeprefix("# ") for line in example))

    assert endpoints.file() == ROOT / "webhooks.toml"
    assert endpoints.every() == ()
    assert one.name == "shop"
    assert one.takes(event(subject="products/1.jpg"))


@pytest.mark.parametrize(
    ("value", "said"),
    [("", "KEY is not set"), ("whsec_AAAA", "24 to 64 bytes"), ("word", "KEY holds no secret")],
    ids=["none", "short", "no secret"],
)
def test_a_key_that_cannot_be_used_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    monkeypatch.setenv("KEY", value)

    with pytest.raises(endpoints.BadKey, match=said) as raised:
        endpoints.keys(endpoint())

    assert "KEY" in str(raised.value)
    assert not value or value.removeprefix("whsec_") not in str(raised.value).replace("words", "")


def test_keys_are_read_when_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = endpoint(secrets='["NEW", "OLD"]')
    monkeypatch.setenv("NEW", SECRET)
    monkeypatch.setenv("OLD", SECRET + "AAAA")

    assert endpoints.keys(one) == (SECRET, SECRET + "AAAA")
