"""`make check-terraform`: what Terraform finds, with providers that know only their schema."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.terraform import __main__ as check
from tools.terraform import providers, schema, wire

ROOT = Path(__file__).parents[3]
HEAD = """\
terraform {
  required_providers {
    google = { source = "hashicorp/google" }
  }
}

"""
TOPIC = """\
resource "google_pubsub_topic" "topic" {
  name = "a"
}
"""
MOCKED = """\
mock_provider "google" {}

run "a_topic" {
  command = plan

  assert {
    condition     = google_pubsub_topic.topic.name == "a"
    error_message = "No."
  }
}
"""


@pytest.fixture(scope="module")
def attached() -> Iterator[dict[str, str]]:
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    with tempfile.TemporaryDirectory() as folder, providers.running(Path(folder)) as found:
        yield found


def written(folder: Path, text: str, test: str = MOCKED) -> Path:
    (folder / "tests").mkdir(parents=True)
    (folder / "main.tf").write_text(HEAD + text)
    (folder / "tests/a.tftest.hcl").write_text(test)
    return folder


@pytest.mark.slow
def test_a_good_folder_passes(tmp_path: Path, attached: dict[str, str]) -> None:
    assert check.check(written(tmp_path / "a", TOPIC), tmp_path, attached)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "test", "said"),
    [
        (TOPIC.replace("name =", "nam  ="), MOCKED, "nam"),
        (TOPIC.replace("name =", "name="), MOCKED, "terraform fmt"),
        (TOPIC.replace("pubsub_topic", "pubsub_tpic"), MOCKED, "google_pubsub_tpic"),
        (TOPIC.replace('  name = "a"\n', ""), MOCKED, "name"),
        (TOPIC.replace('"a"', "[]"), MOCKED, "string required"),
        (TOPIC, MOCKED.replace('== "a"', '== "b"'), "No."),
    ],
    ids=["argument", "format", "type of resource", "required", "type", "test"],
)
def test_a_fault_is_found(
    tmp_path: Path,
    attached: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    text: str,
    test: str,
    said: str,
) -> None:
    assert not check.check(written(tmp_path / "a", text, test), tmp_path, attached)
    assert said in capsys.readouterr().out


def test_where_terraform_is_not_installed_that_is_said() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.terraform"],
        cwd=ROOT,
        env={**os.environ, "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout == "skipped: terraform is not installed\n"


def test_help_shows_an_example() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.terraform", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "make check-terraform" in ended.stdout.partition("example:")[2]


def test_a_schema_is_trimmed_to_what_is_wanted_and_to_what_is_needed_of_it() -> None:
    described = {
        "type": "string",
        "optional": True,
        "description": "x",
        "description_kind": "plain",
    }
    block = {"attributes": {"description": described}, "description_kind": "plain"}
    whole = {
        "provider_schemas": {
            "p": {
                "provider": {"version": 0, "block": {}},
                "resource_schemas": {"google_a": {"version": 1, "block": block}, "google_b": {}},
            }
        }
    }

    found = schema.trimmed(whole, {"resource_schemas": {"google_a"}, "data_source_schemas": set()})

    bare = {"description": {"type": "string", "optional": True}}
    assert found["provider_schemas"]["p"]["resource_schemas"] == {
        "google_a": {"version": 1, "block": {"attributes": bare}}
    }


def test_a_schema_is_what_the_protocol_says() -> None:
    """By hand: field 1 is the provider, 2 a map's entry; a type is JSON."""
    attribute = {"type": ["list", "string"], "required": True}
    nested = {"nesting_mode": "list", "max_items": 200, "block": {}}
    resource = {"block": {"attributes": {"a": attribute}, "block_types": {"b": nested}}}

    told = wire.provider({"resource_schemas": {"r": resource}})

    kind = b'["list","string"]'
    argument = b"\x0a\x01a" + b"\x12" + bytes([len(kind)]) + kind + b"\x20\x01"
    inner = b"\x0a\x01b" + b"\x12\x00" + b"\x18\x02" + b"\x28\xc8\x01"
    block = b"\x12" + bytes([len(argument)]) + argument + b"\x1a" + bytes([len(inner)]) + inner
    whole = b"\x12" + bytes([len(block)]) + block
    entry = b"\x0a\x01r" + b"\x12" + bytes([len(whole)]) + whole
    assert told == b"\x0a\x02\x12\x00" + b"\x12" + bytes([len(entry)]) + entry
