"""The operator's command."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner, Result

from cli.app import app
from shared import exports, tasks
from shared.errors import FailedReason, RejectedReason
from testbed.cloud import until

ROOT = Path(__file__).parents[2]
SOUND = """
[[recipe]]
name = "ignored"
match = "backup/**"
tasks = []

[[recipe]]
name = "phones"
content_type = "image/hei?"
tasks = ["detect"]
model = "gemini-x"

[[recipe]]
name = "claims"
match = "in/**"
metadata = { case = "*" }
tasks = ["detect"]
labels = ["dent"]
allow_overrides = ["labels"]
"""
UNSOUND = """
[[recipe]]
name = "a"
match = "**"
tasks = ["smell"]

[[recipe]]
name = "b"
match = "**"
tasks = ["detect"]
labels = "x"
label = 1
"""


@pytest.fixture(autouse=True)
def no_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODEL", "UPLOADS_BUCKET", "RESULTS_BUCKET", "STATE_BUCKET", "TOPIC_PREFIX"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    file = tmp_path / "recipes.toml"
    file.write_text(SOUND)
    return file


def darkroom(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def explained(recipes: Path, *arguments: object) -> dict:
    result = darkroom("recipes", "explain", *arguments, "--recipes", recipes, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_check_says_what_each_recipe_does(recipes: Path) -> None:
    result = darkroom("recipes", "check", "--recipes", recipes)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "ok       ignored: 'backup/**' -> ignored",
        "ok       phones: '**' of type 'image/hei?' -> detect",
        "ok       claims: 'in/**' with case = '*' -> detect",
        f"{recipes}: sound",
    ]


def test_check_says_everything_that_is_wrong_and_ends_with_one(recipes: Path) -> None:
    recipes.write_text(UNSOUND)

    result = darkroom("recipes", "check", "--recipes", recipes)

    assert result.exit_code == 1
    assert [line.split(" is ")[0].split(" must ")[0] for line in result.stdout.splitlines()] == [
        "error    recipe 1 (a): tasks asks for 'smell', which",
        "error    recipe 2 (b): labels",
        "error    recipe 2 (b): label",
        f"{recipes}: 3 wrong",
    ]


def test_check_warns_of_what_is_never_reached_and_ends_well(recipes: Path) -> None:
    rest = '[[recipe]]\nname = "rest"\nmatch = "**"\ntasks = ["detect"]\n'
    recipes.write_text(rest + SOUND.replace('name = "ignored"', 'name = "late"'))

    result = darkroom("recipes", "check", "--recipes", recipes)

    assert result.exit_code == 0
    assert "warning  recipe 2 (late): is never reached: recipe 1 (rest) takes it all" in (
        result.stdout.splitlines()
    )


def test_check_speaks_json(recipes: Path) -> None:
    recipes.write_text(UNSOUND)

    result = darkroom("recipes", "check", "--recipes", recipes, "--json")

    told = json.loads(result.stdout)
    assert (result.exit_code, told["sound"], told["recipes"]) == (1, False, [])
    assert [(error["recipe"], error["name"], error["key"]) for error in told["errors"]] == [
        (1, "a", "tasks"),
        (2, "b", "labels"),
        (2, "b", "label"),
    ]


@pytest.mark.parametrize("body", [b"[[recipe]", b"\xff"], ids=["no TOML", "no UTF-8"])
def test_check_takes_any_bytes(recipes: Path, body: bytes) -> None:
    recipes.write_bytes(body)

    result = darkroom("recipes", "check", "--recipes", recipes)

    assert (result.exit_code, result.exception.__class__) == (1, SystemExit)
    assert result.stdout.startswith("error    recipes.toml: is not ")


def test_explain_says_which_recipe_and_why_none_before_it(recipes: Path) -> None:
    told = explained(
        recipes,
        *("gs://uploads/in/car.jpg", "--content-type", "image/jpeg"),
        *("--metadata", "Case=4711", "--metadata", "darkroom-labels=scratch, dent"),
    )

    assert (told["name"], told["recipe"], told["tasks"]) == ("in/car.jpg", "claims", ["detect"])
    assert told["passed_over"] == [
        {"recipe": "ignored", "because": "its name does not fit 'backup/**'"},
        {"recipe": "phones", "because": "its content type 'image/jpeg' does not fit 'image/hei?'"},
    ]
    (job,) = told["jobs"]
    assert job["request"]["labels"] == ["scratch", "dent"]
    assert job["folder"] == "in/car.jpg/{generation}/detect-{key}/"
    assert told["refused_overrides"] == []


def test_explain_shows_a_placeholder_where_no_model_is_named(
    recipes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = ("in/a.jpg", "--metadata", "case=1")

    unset = explained(recipes, *claim)
    named = explained(recipes, "a.heic", "--content-type", "image/heic")
    monkeypatch.setenv("MODEL", "gemini-y")
    told = explained(recipes, *claim)

    models = [each["jobs"][0]["request"]["model"] for each in (unset, named, told)]
    assert models == ["MODEL", "gemini-x", "gemini-y"]
    assert [each["model_is_placeholder"] for each in (unset, named, told)] == [True, False, False]


def test_explain_takes_the_model_from_the_cloud_that_runs_here(
    recipes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, other = tmp_path / ".local/settings.json", tmp_path / "other.json"
    running.parent.mkdir()
    for file, model in ((running, "gemini-here"), (other, "gemini-there")):
        file.write_text(json.dumps({"environment": {"MODEL": model}}))
    monkeypatch.chdir(tmp_path)

    def model(*options: object) -> str:
        with pytest.MonkeyPatch.context() as own:
            own.setattr(os, "environ", os.environ.copy())
            told = explained(recipes, "in/a.jpg", "--metadata", "case=1", *options)
        return told["jobs"][0]["request"]["model"]

    assert model() == "gemini-here"
    assert model("--settings", other) == "gemini-there"


def test_check_says_all_that_is_wrong_with_a_job_file(tmp_path: Path) -> None:
    file = tmp_path / "pair.job.json"
    file.write_text('{"task": "compare", "images": ["gs://b/a.jpg", 7], "labels": 1, "model": ""}')

    result = darkroom("recipes", "check", file)
    told = json.loads(darkroom("recipes", "check", file, "--json").stdout)

    *errors, verdict = result.stdout.splitlines()
    assert (result.exit_code, verdict) == (1, f"{file}: 4 wrong")
    assert [error.split()[4] for error in errors] == ["images[0]", "images[1]", "'labels'", "model"]
    assert [f"error    {each['message']}" for each in told["errors"]] == errors


def test_check_calls_the_job_file_of_the_samples_sound() -> None:
    result = darkroom("recipes", "check", ROOT / "samples/compare.job.json")

    assert (result.exit_code, result.stdout.split()[-1]) == (0, "sound")


def test_check_takes_no_other_file_for_a_job_file(recipes: Path) -> None:
    result = darkroom("recipes", "check", recipes)

    assert result.exit_code == 2
    assert "for recipes use --recipes" in " ".join(result.stderr.replace("│", " ").split())


def test_explain_says_the_same_as_text(recipes: Path) -> None:
    arguments = ("in/a.jpg", "--metadata", "case=1", "--metadata", "darkroom-model=dear")

    result = darkroom("recipes", "explain", *arguments, "--recipes", recipes)

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:5] == [
        "ignored: no, its name does not fit 'backup/**'",
        "phones: no, it has no declared content type",
        "claims: yes",
        "  refused: darkroom-model is not allowed by the recipe",
        "  detect",
    ]
    assert '    model = "MODEL"' in lines
    assert lines[-1] == "shown as MODEL here."


def test_explain_shows_what_tasks_cost_in_one_call_and_apart(tmp_path: Path) -> None:
    file = tmp_path / "recipes.toml"
    told = 'name = "a"\nmatch = "**"\nmodel = "gemini-3.8-flash"\ntasks = ["caption + segment"]'
    file.write_text(f"[[recipe]]\n{told}")

    (job,) = explained(file, "a.jpg")["jobs"]
    shown = darkroom("recipes", "explain", "a.jpg", "--recipes", file).stdout

    together, apart = job["together"], job["apart"]
    assert job["task"] == "segment+caption"
    assert (together["calls"], apart["calls"]) == (1, 2)
    assert together["prompt_tokens"] < 0.7 * apart["prompt_tokens"]
    assert 0 < together["usd"] < apart["usd"]
    assert f"together: one call, {together['prompt_tokens']:,} prompt tokens, $" in shown
    assert f"apart: 2 calls, {apart['prompt_tokens']:,} prompt tokens, $" in shown


def test_explain_tells_ignored_from_not_taken(recipes: Path) -> None:
    ignored = darkroom("recipes", "explain", "backup/a.jpg", "--recipes", recipes)
    untaken = darkroom("recipes", "explain", "a.jpg", "--recipes", recipes)

    assert (ignored.exit_code, untaken.exit_code) == (0, 0)
    assert "It has no tasks: the upload is ignored." in ignored.stdout
    assert "No recipe takes 'a.jpg': nothing happens to it." in untaken.stdout


def test_explain_knows_that_recipes_do_not_apply_to_a_job_file(recipes: Path) -> None:
    told = explained(recipes, "in/pair.job.json", "--metadata", "case=1")
    result = darkroom("recipes", "explain", "in/pair.job.json", "--recipes", recipes)

    assert (told["is_job_file"], told["recipe"], told["jobs"]) == (True, None, [])
    assert result.stdout == "'in/pair.job.json' is a job file: it contains its own question.\n"


def test_explain_says_where_the_results_of_a_long_name_are(recipes: Path) -> None:
    told = explained(recipes, "in/" + "x" * 927, "--metadata", "case=1")

    assert re.fullmatch(r"~[0-9a-f]{64}/\{generation\}/detect-\{key\}/", told["jobs"][0]["folder"])


def test_explain_does_not_go_by_unsound_recipes(recipes: Path) -> None:
    recipes.write_text(UNSOUND)

    result = darkroom("recipes", "explain", "a.jpg", "--recipes", recipes)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: recipe 1 (a): tasks asks for 'smell'" in result.stderr


def test_a_name_cannot_steer_the_terminal(recipes: Path) -> None:
    result = darkroom("recipes", "explain", "a\x1b[2Jé\n.jpg", "--recipes", recipes)

    assert "\x1b" not in result.stdout
    assert r"a\x1b[2J" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("recipes", "check", "--recipes", "nowhere.toml"),
        ("recipes", "check", "--colour"),
        ("recipes", "explain"),
        ("recipes", "explain", "gs://bucket"),
        ("recipes", "explain", "a", "--metadata", "novalue"),
        ("recipes", "explain", "a", "--metadata", "=novalue"),
        ("develop",),
    ],
    ids=" ".join,
)
def test_a_wrong_use_ends_with_two_and_no_traceback(arguments: tuple[str, ...]) -> None:
    result = darkroom(*arguments)

    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert result.stderr


@pytest.mark.parametrize(
    "command", [(), ("run",), ("recipes",), ("recipes", "check"), ("recipes", "explain")]
)
def test_every_command_has_help_with_an_example_and_exit_codes(command: tuple[str, ...]) -> None:
    result = darkroom(*command, "--help")

    told = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert re.search(f"Examples?: darkroom {' '.join(command)}".strip(), told)
    assert "Exit codes: 0 " in told
    assert "2 " in told.partition("Exit codes: ")[2]


def test_it_says_its_version_and_helps_who_names_no_command() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    version, bare, helped = darkroom("--version"), darkroom(), darkroom("--help")

    assert (version.exit_code, version.stdout) == (0, f"darkroom {project['version']}\n")
    assert (bare.exit_code, bare.stdout) == (0, helped.stdout)
    assert "Usage: darkroom" in bare.stdout


EXPORT = "export --out o"


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("results a.jpg --task detct", tasks.names()),
        (f"{EXPORT} --format csv --task detct", tasks.names()),
        ("results a.jpg --task detect+segment", ("detect and segment both ask for places",)),
        (f"{EXPORT} --format cocoa", get_args(exports.Name)),
        (f"{EXPORT} --format csv --status fine", ("done", "rejected", "failed")),
        (f"{EXPORT} --format coco --images all", ("copy", "link", "none")),
        ("redrive --reason nonsense", (*get_args(FailedReason), *get_args(RejectedReason))),
        ("redrive --status done", ("failed", "rejected")),
        ("redrive --reason empty", ("--status rejected",)),
        ("redrive --status rejected --reason refused", ("--status failed",)),
    ],
)
def test_a_word_that_is_not_of_a_closed_list_is_refused_with_the_list(
    typed: str, known: tuple[str, ...]
) -> None:
    result = darkroom(*typed.split())

    said = " ".join(result.stderr.replace("│", " ").split())
    assert result.exit_code == 2
    assert [word for word in known if word not in said] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (
            "",
            {
                *("run", "upload", "doctor", "explain", "results", "redrive", "export"),
                *("backfill", "evaluate", "golden", "hurry", "pause", "recipes", "resume"),
                *("corrections", "diff", "erase", "query", "review", "shadow"),
                *("status", "webhooks"),
            },
        ),
        ("export --task ", {*tasks.names()}),
        ("results --task de", {"detect"}),
        ("export --format c", {"coco", "csv", "cvat"}),
        ("redrive --reason unreadable", {"unreadable", "unreadable_answer"}),
    ],
)
@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes_commands_and_closed_lists(typed: str, offered: set[str]) -> None:
    script = f"""
    source <(./darkroom --show-completion bash)
    COMP_WORDS=(./darkroom {typed}{'""' if typed.endswith(" ") or not typed else ""})
    COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
    _darkroom_completion ./darkroom
    printf '%s\n' "${{COMPREPLY[@]}}"
    """
    ended = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert {*ended.stdout.split()} == offered


def test_the_recipes_that_come_with_it_are_checked_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli/__init__.py").write_text("raise SystemExit('not ours')")

    done = subprocess.run(
        [ROOT / "darkroom", "recipes", "check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"{ROOT / 'recipes.toml'}: sound\n")


def test_the_module_ends_with_the_exit_code(recipes: Path) -> None:
    recipes.write_text(UNSOUND)

    done = subprocess.run(
        [sys.executable, "-m", "cli", "recipes", "check", "--recipes", recipes],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )

    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.slow
def test_run_starts_the_local_cloud_with_its_options_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    options = ["--port", "0", "--data", "data", "--ready-file", ready, "--no-samples"]

    with subprocess.Popen(
        [ROOT / "darkroom", "run", *options],
        cwd=tmp_path,
        env={**os.environ, "GEMINI_API_KEY": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            until(lambda: ready.exists() or process.poll() is not None)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=180)
        finally:
            process.kill()

    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert (tmp_path / "data").is_dir()
