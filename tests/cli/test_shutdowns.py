"""`darkroom recipes check` names models that were shut down."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app

pytestmark = pytest.mark.days

RECIPE = """\
[[recipe]]
name = "market"
match = "market/**"
tasks = ["detect"]
"""
OLD = 'model = "gemini-2.0-flash"\n'
OTHERS = 'model = "gemini-3.8-flash"\nfallback_models = ["gemini-2.5-flash", "gemini-2.0-flash"]\n'


@pytest.mark.parametrize(
    ("keys", "on_vertex", "warning"),
    [
        ("", "", ""),
        (OLD, "", "model names 'gemini-2.0-flash': the Developer API shut it down on 2026-06-01"),
        (OTHERS, "", "fallback_models names 'gemini-2.0-flash': the Developer API shut it down"),
        (OLD, "true", ""),  # of Vertex AI no day is known
        (
            OTHERS,
            "true",
            "fallback_models names 'gemini-2.5-flash': Vertex AI may have shut it down, on "
            "2026-10-16 or later",
        ),
    ],
)
def test_a_model_that_was_shut_down_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str, on_vertex: str, warning: str
) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", on_vertex)
    file = tmp_path / "recipes.toml"
    file.write_text(RECIPE + keys)

    told = CliRunner().invoke(app, ["recipes", "check", "--recipes", str(file)])

    assert told.exit_code == 0
    assert ("warning" in told.output) == bool(warning)
    assert f"warning  recipe 1 (market): {warning}" in told.output or not warning
