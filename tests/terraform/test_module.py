"""The module and the root that calls it: nothing is lost between them."""

import json
import re
from pathlib import Path

import pytest

from terraform.commands import FOLDER, MODULE
from tools.terraform import providers, schema

ROOT = (FOLDER / "main.tf").read_text("utf-8")
TEXT = "\n".join(path.read_text("utf-8") for path in sorted(MODULE.glob("*.tf")))
MOVED = json.loads((FOLDER / "moved.tf.json").read_text("utf-8"))["moved"]
DECLARED = {".".join(each) for each in re.findall(r'^resource "(\w+)" "(\w+)"', TEXT, re.MULTILINE)}


def named(kind: str, text: str) -> list[str]:
    return re.findall(rf'^{kind} "(\w+)"', text, re.MULTILINE)


@pytest.mark.parametrize("name", named("variable", TEXT))
def test_the_root_hands_every_variable_on(name: str) -> None:
    """If not: a line in terraform/main.tf."""
    assert re.search(rf"^  {name} += var\.{name}$", ROOT, re.MULTILINE)


@pytest.mark.parametrize("name", named("output", TEXT))
def test_the_root_hands_every_output_on(name: str) -> None:
    assert name in named("output", ROOT)
    assert re.search(rf"^  value += module\.darkroom\.{name}$", ROOT, re.MULTILINE)


def test_the_root_has_the_inputs_of_the_module() -> None:
    assert (FOLDER / "inputs.tf").read_bytes() == (MODULE / "variables.tf").read_bytes()


def test_the_module_can_be_called_with_for_each() -> None:
    assert not re.findall(r"^(?:provider|moved|import) ", TEXT, re.MULTILINE)
    assert "backend " not in TEXT


@pytest.mark.parametrize("moved", MOVED, ids=lambda each: each["from"])
def test_what_moved_is_there(moved: dict[str, str]) -> None:
    assert moved["to"] == f"module.darkroom.{moved['from']}"
    assert moved["from"] in DECLARED


def test_the_variables_are_in_order() -> None:
    names = named("variable", (MODULE / "variables.tf").read_text("utf-8"))

    assert names == sorted(names)


@pytest.mark.parametrize("kind", ["resource_schemas", "data_source_schemas"])
def test_the_arguments_of_every_type_are_known(kind: str) -> None:
    """If not: tools/terraform/schema.py says how schema.json is made."""
    known = {name for each in providers.schemas().values() for name in each[kind]}

    assert schema.used()[kind] - known == set()


def test_the_example_of_two_environments_names_what_the_module_has() -> None:
    example = (FOLDER.parent / "docs/examples/two-environments/main.tf").read_text("utf-8")
    call = example.partition('module "darkroom" {')[2].partition("\n}")[0]
    given = set(re.findall(r"^  (\w+) +=", call, re.MULTILINE)) - {"source", "for_each"}

    assert given <= set(named("variable", TEXT))
    assert (
        Path(FOLDER.parent, "docs/examples/two-environments")
        / re.search(r'source += "([^"]+)"', call)[1]
    ).resolve() == MODULE
