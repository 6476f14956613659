"""`make plan`, `deploy` and `destroy`, with stand-ins for their programs on PATH."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from terraform import changes, gate
from terraform.target import PREFIX, REGION

ROOT = Path(__file__).parents[2]
STATE = "gs://my-photos-darkroom-terraform"
APIS = "\n".join(
    f"{name}.googleapis.com" for name in ("cloudresourcemanager", "iam", "serviceusage", "storage")
)
# What a program says and with which code it ends, by a pattern of its arguments; the first counts.
READY = {
    "gcloud auth list": ("ann@example.com", 0),
    "gcloud auth application-default": ("a-token", 0),
    "gcloud projects describe": ("123456789012", 0),
    "gcloud billing projects describe": ("True", 0),
    "gcloud services list": (APIS, 0),
    f"gcloud storage buckets describe {STATE}": ("EUROPE-WEST1", 0),
    "terraform version": (json.dumps({"terraform_version": "1.11.4"}), 0),
    "terraform -chdir=.* plan": ("", 2),
    "terraform -chdir=.* show": (
        json.dumps(
            {
                "resource_changes": [
                    {
                        "address": 'google_pubsub_topic.topic["results"]',
                        "type": "google_pubsub_topic",
                        "change": {"actions": ["create"]},
                    }
                ]
            }
        ),
        0,
    ),
    "terraform -chdir=.* output": (json.dumps({"upload": "gcloud storage cp"}), 0),
    "gcloud|terraform": ("", 0),
}
PROGRAM = f"""#!{sys.executable} -IS
import json, os, re, sys
line = " ".join([os.path.basename(sys.argv[0]), *sys.argv[1:]])
with open(os.environ["CALLS"], "a") as calls:
    calls.write(line + "\\n")
for pattern, (text, code) in json.loads(os.environ["ANSWERS"]):
    if re.match(pattern, line):
        print(text, file=sys.stderr if code == 1 else sys.stdout)
        sys.exit(code)
"""


class Deployment:
    """The command, and what it called."""

    def __init__(self, folder: Path) -> None:
        self.bin, self._calls = folder / "bin", folder / "calls"
        self.bin.mkdir()
        self._calls.touch()
        for name in ("gcloud", "terraform"):
            program = self.bin / name
            program.write_text(PROGRAM)
            program.chmod(0o755)

    def run(
        self, *arguments: str, answer: str = "", **other: tuple[str, int]
    ) -> "subprocess.CompletedProcess[str]":
        environment = {
            "PATH": str(self.bin),
            "CALLS": str(self._calls),
            "ANSWERS": json.dumps([*other.items(), *READY.items()]),
        }
        return subprocess.run(
            [sys.executable, "-m", "terraform.deploy", *arguments],
            cwd=ROOT,
            env=environment,
            input=answer,
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self, pattern: str = "") -> list[str]:
        return [line for line in self._calls.read_text().splitlines() if re.search(pattern, line)]

    def changed(self) -> list[str]:
        """The calls that change something in the project."""
        return self.calls(r" apply | enable | create | update ")


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


@pytest.mark.slow
def test_what_is_planned_is_shown_and_applied_once_it_is_agreed_to(deployment: Deployment) -> None:
    ended = deployment.run("deploy", "--project", "my-photos", answer="y\n")

    assert ended.returncode == 0, ended.stderr
    assert "create     1  google_pubsub_topic" in ended.stdout
    assert "In all: 1 to create, 0 to change, 0 to replace, 0 to destroy." in ended.stdout
    assert "upload    gcloud storage cp" in ended.stdout
    (planned,) = deployment.calls(" plan ")
    assert planned.endswith("-var=project=my-photos -var=region=europe-west1 -var=prefix=darkroom")
    assert f"-backend-config=bucket={STATE.removeprefix('gs://')}" in deployment.calls(" init ")[0]
    assert len(deployment.changed()) == 1


@pytest.mark.parametrize("answer", ["n\n", "", "\n", "perhaps\n"])
def test_a_no_changes_nothing(deployment: Deployment, answer: str) -> None:
    ended = deployment.run("deploy", "--project", "my-photos", answer=answer)

    assert ended.returncode == 0
    assert ended.stdout.endswith("[y/N] Then nothing is done.\n")
    assert deployment.changed() == []


def test_with_yes_deploy_asks_nothing(deployment: Deployment) -> None:
    ended = deployment.run("deploy", "--project", "my-photos", "--yes")

    assert ended.returncode == 0
    assert "[y/N]" not in ended.stdout
    assert deployment.calls(" apply ")


def test_a_plan_without_changes_needs_no_answer(deployment: Deployment) -> None:
    same = {"terraform -chdir=.* plan": ("", 0)}

    ended = deployment.run("deploy", "--project", "my-photos", **same)

    assert "It is deployed." in ended.stdout
    assert deployment.changed() == []


def test_plan_changes_nothing(deployment: Deployment) -> None:
    ended = deployment.run("plan", "--project", "my-photos", "--", "-var", "model=x")

    assert ended.returncode == 0
    assert "-var model=x" in deployment.calls(" plan ")[0]
    assert deployment.changed() == []


def test_settings_are_read_for_the_prefix_and_then_for_the_project(
    deployment: Deployment,
) -> None:
    files = [ROOT / f"terraform/{name}.tfvars" for name in ("t-own", "my-photos-t-own")]
    described = {"gcloud storage buckets describe": ("EUROPE-WEST1", 0)}
    try:
        for file in files:
            file.touch()

        deployment.run("plan", "--project", "my-photos", "--prefix", "t-own", **described)
        deployment.run("plan", "--project", "other", "--prefix", "t-own", **described)
    finally:
        for file in files:
            file.unlink()

    mine, others = deployment.calls(" plan ")
    assert re.findall(r"-var-file=\S+/([\w-]+)\.tfvars", mine) == ["t-own", "my-photos-t-own"]
    assert re.findall(r"-var-file=\S+/([\w-]+)\.tfvars", others) == ["t-own"]


def test_destroy_destroys_and_says_what_is_left(deployment: Deployment) -> None:
    ended = deployment.run("destroy", "--project", "my-photos", answer="yes\n")

    assert ended.returncode == 0
    assert " -destroy " in deployment.calls(" plan ")[0]
    assert f"is left in {STATE}" in ended.stdout


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"gcloud auth list": ("", 0)}, "Run: gcloud auth login"),
        (
            {"gcloud auth application-default": ("no", 1)},
            "Run: gcloud auth application-default login",
        ),
        ({"gcloud projects describe": ("denied", 1)}, "There is no project my-photos, or you may"),
        ({"gcloud billing projects": ("False", 0)}, "Billing is off for my-photos"),
        ({"gcloud services list": ("denied", 1)}, "Which APIs of my-photos are on could not be"),
        (
            {"terraform version": (json.dumps({"terraform_version": "1.8.5"}), 0)},
            "terraform is 1.8.5; 1.9 or newer",
        ),
        ({"terraform -chdir=.* init": ("no", 1)}, "`terraform init` failed; nothing was changed."),
        ({"terraform -chdir=.* plan": ("bad", 1)}, "The plan failed; nothing was changed."),
    ],
    ids=["login", "credentials", "project", "billing", "services", "old", "init", "plan"],
)
def test_an_obstacle_is_reported_in_a_sentence_before_anything_is_changed(
    deployment: Deployment, answers: dict[str, tuple[str, int]], sentence: str
) -> None:
    ended = deployment.run("deploy", "--project", "my-photos", "--yes", **answers)

    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert deployment.changed() == []


@pytest.mark.parametrize("program", ["terraform", "gcloud"])
def test_a_program_that_is_missing_is_named(deployment: Deployment, program: str) -> None:
    (deployment.bin / program).unlink()

    ended = deployment.run("deploy", "--project", "my-photos", "--yes")

    assert ended.returncode == 1
    assert f"{program} is not installed" in ended.stderr
    assert deployment.changed() == []


def test_without_a_project_it_says_how_to_name_one(deployment: Deployment) -> None:
    ended = deployment.run("deploy", "--project", "")

    assert ended.returncode == 1
    assert "make deploy PROJECT=my-photos-123" in ended.stderr


NEW = {
    "gcloud services list": ("storage.googleapis.com\nserviceusage.googleapis.com", 0),
    "gcloud storage buckets describe": ("not found", 1),
}


def test_a_new_project_is_made_ready_once_that_is_agreed_to(deployment: Deployment) -> None:
    ended = deployment.run(
        "deploy", "--project", "my-photos", "--region", "us-east1", answer="y\ny\n", **NEW
    )

    assert ended.returncode == 0, ended.stderr
    enabled, made, versioned, applied = deployment.changed()
    assert "cloudresourcemanager.googleapis.com iam.googleapis.com --project=my-photos" in enabled
    assert f"buckets create {STATE} --project=my-photos --location=us-east1" in made
    assert "--public-access-prevention" in made
    assert versioned.endswith("--versioning")
    assert " apply " in applied


def test_no_to_making_it_ready_changes_nothing(deployment: Deployment) -> None:
    ended = deployment.run("deploy", "--project", "my-photos", answer="n\n", **NEW)

    assert ended.returncode == 0
    assert "To be switched on first: iam.googleapis.com" in ended.stdout
    assert deployment.changed() == []
    assert deployment.calls(" init ") == []


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        ("gcloud services enable", "APIs could not be switched on"),
        ("gcloud storage buckets create", "state could not be made"),
    ],
)
def test_a_user_who_may_not_make_it_ready_gets_the_commands_for_someone_else(
    deployment: Deployment, refused: str, sentence: str
) -> None:
    ended = deployment.run(
        "deploy", "--project", "my-photos", "--yes", **{refused: ("no", 1)}, **NEW
    )

    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert f"can run: {refused}" in ended.stderr
    assert deployment.calls(" init ") == []


def test_billing_that_may_not_be_seen_hinders_nothing(deployment: Deployment) -> None:
    unknown = {"gcloud billing projects": ("denied", 1)}

    ended = deployment.run("deploy", "--project", "my-photos", answer="n\n", **unknown)

    assert ended.returncode == 0
    assert "Whether billing is on could not be found out" in ended.stdout


def test_nothing_moves_to_another_region_by_mistake(deployment: Deployment) -> None:
    ended = deployment.run("deploy", "--project", "my-photos", "--region", "us-east1", "--yes")

    assert ended.returncode == 1
    assert "darkroom in my-photos is in europe-west1" in ended.stderr
    assert deployment.changed() == []


def test_there_may_be_nothing_to_destroy(deployment: Deployment) -> None:
    ended = deployment.run("destroy", "--project", "my-photos", "--yes", **NEW)

    assert ended.returncode == 1
    assert f"{STATE} does not exist" in ended.stderr
    assert deployment.changed() == []


EARLY = "Error: Permission denied while using the Eventarc Service Agent."


def test_an_apply_that_was_too_early_is_tried_again(deployment: Deployment) -> None:
    early = {"terraform -chdir=.* apply": (EARLY, 1)}

    ended = deployment.run("deploy", "--project", "my-photos", "--yes", "--pause", "0", **early)

    assert ended.returncode == 1
    assert "Service Agent" in ended.stderr
    assert len(deployment.calls(" apply ")) == 6
    assert len(deployment.calls(" plan ")) == 6
    assert "this takes minutes: Eventarc's own account has no rights yet.\n" in ended.stdout
    assert "Try 6 of 6" in ended.stdout
    assert "`make deploy` again goes on there" in ended.stderr


@pytest.mark.parametrize("error", ["Error: quota exceeded", f"{EARLY}\nError: quota exceeded"])
def test_another_failure_is_not_tried_again(deployment: Deployment, error: str) -> None:
    broken = {"terraform -chdir=.* apply": (error, 1)}

    ended = deployment.run("deploy", "--project", "my-photos", "--yes", "--pause", "0", **broken)

    assert ended.returncode == 1
    assert len(deployment.calls(" apply ")) == 1


def test_kept_buckets_are_named(deployment: Deployment) -> None:
    full = {"terraform -chdir=.* apply": ("Error trying to delete bucket", 1)}

    ended = deployment.run("destroy", "--project", "my-photos", "--yes", **full)

    assert "make deploy ARGS='-var destroy_data=true'" in ended.stderr


def test_what_a_plan_destroys_is_named_one_by_one() -> None:
    def change(address: str, *actions: str) -> dict:
        return {"address": address, "type": address.split(".")[0], "change": {"actions": actions}}

    plan = {
        "resource_changes": [
            change("bucket.a", "delete"),
            change("topic.a", "create"),
            change("topic.b", "create"),
            change("function.a", "delete", "create"),
            change("function.b", "update"),
            change("data.c", "read"),
            change("topic.d", "no-op"),
        ]
    }

    assert changes.summary(plan) == [
        "  change     1  function",
        "  create     2  topic",
        "  destroy        bucket.a",
        "  replace        function.a",
        "In all: 2 to create, 1 to change, 1 to replace, 1 to destroy.",
    ]


@pytest.mark.parametrize(("name", "default"), [("prefix", PREFIX), ("region", REGION)])
def test_the_defaults_are_those_of_the_variables(name: str, default: str) -> None:
    variables = (ROOT / "terraform/darkroom/variables.tf").read_text("utf-8")

    stated = re.search(rf'variable "{name}" {{.*?default +=\s+"([^"]*)"', variables, re.DOTALL)

    assert stated
    assert stated[1] == default


def test_make_passes_on_what_it_is_given(deployment: Deployment) -> None:
    shown = subprocess.run(
        [
            *("make", "--no-print-directory", "-n", "deploy"),
            *("PROJECT=p", "REGION=r", "PREFIX=x", "YES=1", "REPORT=e/r.json"),
            *("WITHOUT_EVALUATION=we know", "ARGS=-var a=b"),
        ],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert " ".join(shown.split()).endswith(
        'deploy --project "p" --region r --prefix x --yes --report "e/r.json" '
        '--without-evaluation "we know" -- -var a=b'
    )


@pytest.mark.parametrize("name", ["deploy", "package", "readme", "release"])
def test_help_shows_an_example_and_does_nothing(name: str) -> None:
    helped = subprocess.run(
        [sys.executable, "-m", f"terraform.{name}", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert f"python3 -m terraform.{name}" in helped.partition("example:")[2]
    assert ".zip\n" not in helped


FUNCTION = {
    "address": 'google_cloudfunctions2_function.function["detect"]',
    "type": "google_cloudfunctions2_function",
    "change": {
        "actions": ["update"],
        "after": {"service_config": [{"environment_variables": {"MODEL": "gemini-next"}}]},
    },
}
PLAN = {"resource_changes": [FUNCTION]}
NOW = gate.asked(PLAN)
CAT = "gcloud storage cat gs://my-photos-darkroom-terraform/asked/darkroom.json"
SHOW = "terraform -chdir=.* show"


def before(**other: str) -> dict[str, tuple[str, int]]:
    """A deployment that asked the same, but for these."""
    return {SHOW: (json.dumps(PLAN), 0), CAT: (json.dumps({**NOW, **other}), 0)}


def report(folder: Path, **other: object) -> str:
    file = folder / "report.json"
    passed = {"verdict": "passed", "models": [{"model": "gemini-next"}], "limits": [{}]}
    file.write_text(json.dumps({**passed, **other}))
    return str(file)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"model": "gemini-last"}, "the model changed"),
        ({"recipes": "x"}, "recipes.toml changed"),
        ({"prompts": "x"}, "the wording of a task changed"),
        ({"model": "gemini-last", "recipes": "x"}, "the model and recipes.toml changed"),
    ],
)
def test_what_is_asked_does_not_change_without_a_report(
    deployment: Deployment, other: dict[str, str], what: str
) -> None:
    ended = deployment.run("deploy", "--project", "my-photos", "--yes", **before(**other))

    assert ended.returncode == 1
    assert f"Since the last deploy {what}. Evaluate it first" in ended.stderr
    assert not deployment.changed()


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"verdict": "below"}, "says 'below', not 'passed'"),
        ({"verdict": "cannot tell"}, "says 'cannot tell', not 'passed'"),
        ({"models": [{"model": "gemini-last"}]}, "is about gemini-last, and gemini-next is to be"),
        ({"models": []}, "is no report of `darkroom evaluate`"),
        ({"limits": []}, "passed without a floor: golden.toml has none"),
    ],
)
def test_a_report_that_says_less_does_not_do(
    deployment: Deployment, tmp_path: Path, other: dict[str, object], why: str
) -> None:
    given = ("--yes", "--report", report(tmp_path, **other))

    ended = deployment.run("deploy", "--project", "my-photos", *given, **before(model="old"))

    assert ended.returncode == 1
    assert why in ended.stderr
    assert not deployment.changed()


def test_a_report_that_is_not_there_does_not_do(deployment: Deployment, tmp_path: Path) -> None:
    given = ("--yes", "--report", str(tmp_path / "none.json"))

    ended = deployment.run("deploy", "--project", "my-photos", *given, **before(model="old"))

    assert "is no report of `darkroom evaluate`" in ended.stderr
    assert not deployment.changed()


def test_with_a_report_that_passed_it_is_deployed_and_remembered(
    deployment: Deployment, tmp_path: Path
) -> None:
    given = ("--yes", "--report", report(tmp_path))

    ended = deployment.run("deploy", "--project", "my-photos", *given, **before(model="old"))

    assert ended.returncode == 0, ended.stderr
    assert deployment.calls(" apply ")
    assert deployment.calls(f"storage cp - {STATE}/asked/darkroom.json")


def test_a_reason_will_do_and_is_logged(deployment: Deployment) -> None:
    given = ("--yes", "--without-evaluation", "the old model is shut down")

    ended = deployment.run("deploy", "--project", "my-photos", *given, **before(model="old"))

    assert ended.returncode == 0, ended.stderr
    (logged,) = deployment.calls("logging write darkroom-deploys")
    assert "though the model changed: the old model is shut down" in logged


def test_a_reason_that_cannot_be_logged_deploys_nothing(deployment: Deployment) -> None:
    broken = {**before(model="old"), "gcloud logging write": ("denied", 1)}

    ended = deployment.run(
        *("deploy", "--project", "my-photos", "--yes", "--without-evaluation", "why not"), **broken
    )

    assert ended.returncode == 1
    assert not deployment.changed()


@pytest.mark.parametrize("kept", ["", "no JSON", "[]", json.dumps(NOW)])
def test_the_first_deploy_and_one_that_asks_the_same_need_no_report(
    deployment: Deployment, kept: str
) -> None:
    told = {SHOW: (json.dumps(PLAN), 0), CAT: (kept, 0)}

    ended = deployment.run("deploy", "--project", "my-photos", "--yes", **told)

    assert ended.returncode == 0, ended.stderr
    assert deployment.calls(" apply ")
    assert ("No report is needed" in ended.stdout) == (kept != json.dumps(NOW))


def test_destroy_asks_for_no_report(deployment: Deployment) -> None:
    ended = deployment.run("destroy", "--project", "my-photos", "--yes", **before(model="old"))

    assert ended.returncode == 0, ended.stderr
    assert not deployment.calls("asked/")


def test_what_is_asked_is_the_model_the_recipes_and_the_wording(tmp_path: Path) -> None:
    tasks = tmp_path / "shared/tasks"
    tasks.mkdir(parents=True)
    (tmp_path / "recipes.toml").write_text("a")
    (tasks / "detect.py").write_text('version="detect/1"')
    first = gate.asked(PLAN, tmp_path)
    (tasks / "detect.py").write_text('version="detect/2"')
    second = gate.asked({"resource_changes": []}, tmp_path)

    assert first["model"] == "gemini-next"
    assert second["model"] == ""
    assert first["recipes"] == second["recipes"]
    assert first["prompts"] != second["prompts"]
