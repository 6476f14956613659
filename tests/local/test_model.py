"""Who answers, in the words of the start page."""

import pytest

from local import model
from tests.settings import SOUND


@pytest.mark.parametrize("name", ["offline-model", "gemini-2.5-flash"])
def test_the_start_says_how_far_the_offline_model_can_be_trusted(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "offline")
    monkeypatch.setenv("MODEL", name)

    told = model.describe()

    assert told.startswith("offline model")
    assert "small models that know about 200 words; they can be sure and wrong" in told
    assert ("it answers for" in told) == (name != "offline-model")
    assert max(map(len, f"  model     {told}".splitlines())) < 140


@pytest.mark.days
@pytest.mark.parametrize(
    ("name", "on_vertex", "told"),
    [
        ("gemini-3.8-flash", "", None),
        (
            "gemini-2.0-flash",
            "",
            "the Developer API shut it down on 2026-06-01",
        ),
        ("gemini-2.0-flash", "true", None),
        ("gemini-2.5-flash", "true", "Vertex AI may have shut it down, on 2026-10-16 or later"),
    ],
)
def test_the_start_says_of_a_real_model_that_it_was_shut_down(
    name: str, on_vertex: str, told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"GEMINI_API_KEY": "k", "MODEL": name, "GOOGLE_GENAI_USE_VERTEXAI": on_vertex}
    for variable, value in (SOUND | own).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("GOOGLE_GEMINI_BASE_URL", raising=False)

    first, *rest = model.describe().splitlines()

    assert first == f"{name}, the real Gemini: every photo costs money"
    assert [each.strip(" ()") for each in rest] == (
        [f"{told}: set MODEL to another"] if told else []
    )
