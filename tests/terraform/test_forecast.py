"""What is told before a first deploy."""

import json
from pathlib import Path

import pytest

from terraform import forecast

ROOT = Path(__file__).parents[2]


def function(name: str, action: str = "create", **config: object) -> dict:
    """A function in `terraform show -json`."""
    size = {"available_cpu": "1", "available_memory": "512Mi", "max_instance_count": 10}
    after = {"name": name, "location": "europe-west1", "service_config": [{**size, **config}]}
    kind = "google_cloudfunctions2_function"
    return {"type": kind, "change": {"actions": [action], "after": after}}


def plan(*changes: dict) -> dict:
    return {"resource_changes": [{"type": "google_pubsub_topic", "change": {}}, *changes]}


IN_EUROPE = {"GOOGLE_CLOUD_LOCATION": "eu", "MODEL": "gemini"}


def test_a_first_deploy_is_told_its_quotas_and_where_photos_go() -> None:
    told = forecast.lines(
        plan(
            function("darkroom-ingest", max_instance_count=20),
            function("darkroom-detect", available_memory="2Gi", environment_variables=IN_EUROPE),
        )
    )

    assert told == [
        "2 functions are built at once, by as many builds of Cloud Build.",
        "The largest may take 20 CPUs (darkroom-ingest) and 20 GiB (darkroom-detect) of your quota "
        "of Cloud Run in the region.",
        "A free trial allows 10 instances of a function; the most here are 20.",
        "How many calls a minute your model's quota allows, Terraform cannot see.",
        "Photos lie in europe-west1; Gemini reads them in eu.",
    ]


def test_a_function_that_a_new_project_would_refuse_is_named() -> None:
    told = forecast.lines(plan(function("darkroom-detect", available_memory="8Gi")))

    assert any("40 GiB: darkroom-detect will be refused there." in line for line in told)


def test_a_later_deploy_is_told_only_where_photos_go() -> None:
    settings = {**IN_EUROPE, "GOOGLE_CLOUD_LOCATION": "global"}

    told = forecast.lines(plan(function("x", "update", environment_variables=settings)))

    assert told == [
        "Photos lie in europe-west1; Gemini reads them in global. Google may do so in any region."
    ]


@pytest.mark.parametrize("changes", [[], [{"type": "x", "change": {}}]])
def test_a_plan_without_functions_takes_nothing(changes: list) -> None:
    assert forecast.lines({"resource_changes": changes}) == []


def test_the_sizes_that_terraform_sets_fit_a_new_project() -> None:
    """As the table in functions.tf has them."""
    text = (ROOT / "terraform/darkroom/functions.tf").read_text("utf-8")
    (worker,) = [line for line in text.splitlines() if line.startswith("  _worker ")]
    fields = dict(each.split(" = ") for each in worker.split("{ ")[1].split(" }")[0].split(", "))

    most = int(fields["max_instances"])
    sized = {
        "available_cpu": json.loads(fields["cpu"]),
        "available_memory": json.loads(fields["memory"]),
        "max_instance_count": most,
    }

    assert not [line for line in forecast.lines(plan(function("w", **sized))) if "refused" in line]
