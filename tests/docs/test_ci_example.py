"""docs/examples/github-deploy.yml: it is YAML, and what it runs and refers to is there."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs/examples/github-deploy.yml"
FLOW = yaml.safe_load(FILE.read_text("utf-8"))
JOBS = FLOW["jobs"]
PAGE = (ROOT / "docs/ci.md").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def steps(job: str) -> list[dict]:
    return JOBS[job]["steps"]


def commands(job: str) -> list[list[str]]:
    return [shlex.split(each["run"]) for each in steps(job) if "run" in each]


def test_a_pull_request_is_planned_main_is_deployed_and_a_tag_is_released() -> None:
    on = FLOW[True]  # YAML 1.1 reads `on` as true, and GitHub does not

    assert set(on) == {"pull_request", "push"}
    assert on["push"] == {"branches": ["main"], "tags": ["v*"]}
    assert "pull_request" in JOBS["plan"]["if"]
    assert JOBS["deploy"]["if"] == "github.ref == 'refs/heads/main'"
    assert JOBS["release"]["if"] == "startsWith(github.ref, 'refs/tags/v')"


@pytest.mark.parametrize("job", JOBS)
def test_what_make_runs_is_a_target(job: str) -> None:
    targets = {command[1] for command in commands(job) if command[0] == "make"}

    assert targets <= TARGETS


def test_each_job_that_is_waited_for_is_there() -> None:
    waited = {
        name
        for job in JOBS.values()
        for name in ([job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", []))
    }

    assert waited
    assert waited <= set(JOBS)


@pytest.mark.parametrize("job", JOBS)
def test_a_job_gets_an_identity_only_where_it_uses_one(job: str) -> None:
    signs_in = any("auth@" in each.get("uses", "") for each in steps(job))

    assert (JOBS[job].get("permissions", {}).get("id-token") == "write") == signs_in


def test_no_key_is_stored() -> None:
    assert "secrets." not in FILE.read_text("utf-8")
    assert "credentials_json" not in FILE.read_text("utf-8")


def test_the_page_says_every_variable_that_it_needs() -> None:
    used = set(re.findall(r"vars\.(\w+)", FILE.read_text("utf-8")))

    assert used
    assert used <= set(re.findall(r"`(DARKROOM_\w+)`", PAGE))


def test_the_dependencies_are_listed_and_looked_up() -> None:
    ran = [" ".join(command) for command in commands("supply-chain")]

    assert any("pip-audit --requirement requirements.txt" in each for each in ran)
    assert any("cyclonedx-py requirements requirements.txt" in each for each in ran)
    assert {"check", "supply-chain"} <= set(JOBS["deploy"]["needs"])
