"""What the command says of budgets: check, explain, status and doctor."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.app import app
from local.gemini import replies
from shared.intake import recipes
from shared.intake.recipes import Traits
from shared.spending import shards
from shared.spending.limits import Limit
from testbed.cloud import Cloud
from tests.photos import jpeg

RECIPE = '[[recipe]]\nname = "market"\nmatch = "market/**"\ntasks = ["detect"]\n'
REST = '\n[[recipe]]\nname = "rest"\nmatch = "**"\ntasks = ["detect"]\n'


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recipes.toml"


@pytest.mark.parametrize("key", ["daily_usd", "monthly_usd", "per_photo_usd"])
@pytest.mark.parametrize("value", ["-1", "true", '"5"', "nan", "inf", "[1]", "1979-05-27"])
def test_a_budget_that_is_no_amount_is_a_fault_with_its_key(
    file: Path, key: str, value: str
) -> None:
    file.write_text(f"{RECIPE}{key} = {value}\n")

    told = run("recipes", "check", "--recipes", str(file))

    assert told.exit_code == 1
    assert f"recipe 1 (market): {key} must be an amount of USD, 0 or more, not " in told.output


def test_a_photo_must_be_allowed_something(file: Path) -> None:
    file.write_text(f"{RECIPE}daily_usd = 0\nmonthly_usd = 0.0\nper_photo_usd = 0\n")

    told = run("recipes", "check", "--recipes", str(file)).output

    assert told.count("error") == 1
    assert "per_photo_usd must be more than 0" in told


@pytest.mark.parametrize(
    ("keys", "warning"),
    [
        ("daily_usd = 5\nmonthly_usd = 4.5", "monthly_usd is less than the 5 of daily_usd"),
        ("daily_usd = 5\nmonthly_usd = 5", ""),
        ("monthly_usd = 1", ""),
        (
            'model = "gemini-3.8-flash"\nper_photo_usd = 0.0001',
            "per_photo_usd is less than the $0.0",
        ),
        ('model = "gemini-3.8-flash"\nper_photo_usd = 1', ""),
        ('model = "gemini-9-krypton"\nper_photo_usd = 0.0001', ""),  # its price is not known
        ("per_photo_usd = 0.0001", ""),  # nor is its model
    ],
)
def test_a_budget_that_cannot_be_meant_is_a_warning(
    file: Path, monkeypatch: pytest.MonkeyPatch, keys: str, warning: str
) -> None:
    monkeypatch.delenv("MODEL", raising=False)
    file.write_text(f"{RECIPE}{keys}\n")

    told = run("recipes", "check", "--recipes", str(file))

    assert told.exit_code == 0
    assert ("warning" in told.output) == bool(warning)
    assert warning in told.output


def test_explain_says_what_a_recipe_allows(file: Path) -> None:
    file.write_text(f"{RECIPE}daily_usd = 5\nmonthly_usd = 60\nper_photo_usd = 0.02\n")

    told = run("recipes", "explain", "market/a.jpg", "--recipes", str(file)).output
    facts = json.loads(
        run("recipes", "explain", "market/a.jpg", "--recipes", str(file), "--json").stdout
    )

    assert "  Its calls may cost $5.00 a day and $60.00 a month; then its jobs wait." in told
    assert "  Calls about one photo may cost $0.0200; then its jobs fail." in told
    assert facts["budgets"] == {"daily_usd": 5, "monthly_usd": 60, "per_photo_usd": 0.02}


def test_a_budget_changes_neither_the_question_nor_what_a_recipe_is() -> None:
    plain, limited = (
        recipes.parse(RECIPE + keys)[0] for keys in ("", "daily_usd = 5\nper_photo_usd = 1")
    )

    assert plain.fingerprint == limited.fingerprint
    assert plain.condition.misfit(Traits.of("market/a.jpg", None, {})) is None


@pytest.fixture
def limited(quiet: Cloud, monkeypatch: pytest.MonkeyPatch, file: Path) -> Cloud:
    """A cloud whose recipe `market` has spent its month, and three jobs wait for it."""
    quiet.script(otherwise=lambda _: replies.boxes([]))
    text = f"{RECIPE}monthly_usd = 2\n{REST}"
    file.write_text(text)
    monkeypatch.setattr(recipes, "FILE", file)
    monkeypatch.setattr(recipes, "_recipes", lambda: recipes.parse(text))
    monkeypatch.setenv("DAILY_BUDGET_USD", "10")
    shards.add(Limit.of_month(2, "market").account, 2.0)
    shards.add(shards.today(), 8.5)
    for number in range(3):
        (job,) = recipes.jobs(quiet.upload(f"market/{number}.jpg", jpeg() + bytes([number])))
        assert quiet.deliver(job).ok
    return quiet


def test_status_has_a_line_for_each_limit_and_who_waits_for_it(limited: Cloud) -> None:
    told = run("status")
    facts = json.loads(run("status", "--json").stdout)

    day, month = shards.today(), shards.today()[:7]
    assert told.exit_code == 0
    assert "3 jobs wait: budget." in told.stdout
    assert f"$8.50 of the $10.00 (85%) for {day} are spent or reserved, until" in told.stdout
    assert (
        f"$2.00 of the $2.00 (100%) for {month} of the recipe 'market' are spent or reserved, "
        "until" in told.stdout
    )
    assert "3 jobs wait for it." in told.stdout
    assert facts["waiting"] == {"budget": 3}
    assert [(each["recipe"], each["period"], each["waiting"]) for each in facts["budgets"]] == [
        (None, "day", 0),
        ("market", "month", 3),
    ]


def test_doctor_warns_of_each_limit_from_four_fifths_on(limited: Cloud) -> None:
    told = json.loads(run("doctor", "--json").stdout)["budget"]

    assert [(each["level"], each["sentence"].rpartition(": ")[2]) for each in told] == [
        ("warning", "soon jobs will wait."),
        ("warning", "jobs wait."),
    ]
    assert told[1]["mend"].startswith("Raise monthly_usd of the recipe 'market', or wait until")


def test_explain_names_the_budget_that_a_job_waits_for(limited: Cloud, file: Path) -> None:
    told = run("explain", "market/0.jpg", "--recipes", str(file)).stdout

    month = shards.today()[:7]
    assert (
        f"The budget of $2.00 for {month} of the recipe 'market' is reached; it goes on after"
        in told
    )
