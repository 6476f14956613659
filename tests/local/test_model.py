"""Who answers, in the words of the start page."""

import pytest

from local import model


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
