"""The variables of a trial are those that Terraform's own tests plan with."""

import json
import re
from pathlib import Path

from terraform.target import Target
from trial.cloud import stage
from trial.cloud.stage import Stage

TESTS = Path(__file__).parents[3] / "terraform/darkroom/tests/trial.tftest.hcl"


def test_terraform_plans_with_the_variables_of_a_trial() -> None:
    target = Target("my-photos", "dt-1231-x7k", "europe-west1")
    run = TESTS.read_text("utf-8").partition('\nrun "')[2]
    written = re.search(r"\n  variables {\n(.*?)\n  }\n", run, re.DOTALL)

    assert written
    planned = dict(re.split(r"\s+= ", line.strip(), maxsplit=1) for line in written[1].splitlines())
    assert {name: json.loads(text) for name, text in planned.items()} == Stage(
        target, email="ann@example.com"
    ).variables(1.0)


def test_the_price_is_that_of_the_model_that_is_deployed() -> None:
    assert stage.model(()) == "gemini-3.8-flash"
    assert stage.model(("-var", "model=a", "-var=daily_budget_usd=1")) == "a"
    assert stage.model(("-var=model=b",)) == "b"
