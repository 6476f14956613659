"""Who may import whom."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.settings import SOUND

ROOT = Path(__file__).parents[2]
SHARED = sorted((ROOT / "shared").rglob("*.py"))
FUNCTIONS = sorted((ROOT / "functions").rglob("*.py"))
CLI = sorted((ROOT / "cli").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

MAP = (ROOT / "docs/architecture.md").read_text("utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """A table of the map: by the first cell of a row, what its second cell lists."""
    part = MAP.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return {
        first.strip(): [each.strip() for each in second.split(",") if each.strip()]
        for first, second, *_ in rows[2:]
    }


FOLDERS = {row.rstrip("/"): others for row, others in table("The tree").items()}
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
LAYERS = table("The layers of shared/")
BORDER = table("The vendors")  # nobody else imports them
# What the operator's command asks of the cloud and no function does.
LOOKS = {
    "cli/errors.py": "google.api_core google.auth requests",
    "cli/checks/bigquery.py": "google.api_core",
    "cli/checks/buckets.py": "google.cloud.storage google.api_core",
    "cli/checks/residency.py": "google.cloud.storage google.api_core",
    "cli/checks/topics.py": "google.cloud.pubsub_v1 google.api_core",
    "cli/checks/schedules.py": "google.cloud.scheduler_v1 google.api_core",
    "cli/golden/place.py": "google.api_core",
    "cli/sinks.py": "google.cloud.pubsub_v1",
    "cli/uploading/sending.py": "google.api_core",
    "cli/warehouse/database.py": "duckdb",
    "cli/warehouse/dialect.py": "sqlglot",
}
LENDERS = {"tests.local.test_run", "tests.local.pubsub.test_wire"}  # tests that others may import
PURE = {"PIL", "pillow_heif"}  # what the pure modules may use beside the standard library


@cache
def imports(path: Path) -> set[str]:
    """The modules a file imports; those for type checkers alone do not count."""
    tree = ast.parse(path.read_text("utf-8"))
    found = set()
    for node in _running(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """The statements that run: what is in an expression imports nothing."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.stmt, ast.excepthandler, ast.match_case)):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _running(child)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def top(module: str) -> str:
    return module.partition(".")[0]


@pytest.mark.parametrize("path", SHARED, ids=name)
def test_shared_imports_shared_and_its_own_vendor_only(path: Path) -> None:
    foreign = {
        module
        for module in imports(path)
        if top(module) not in sys.stdlib_module_names | PURE | {"shared"}
    }

    vendors = BORDER.get(name(path), [])
    allowed = (
        {"google.api_core", "google.auth", "httpx2", "requests"}
        if any(vendor.startswith("google") for vendor in vendors)
        else set()
    )
    assert {module for module in foreign if not module.startswith((*vendors, *allowed))} == set()


def layer(path: Path) -> str:
    return path.relative_to(ROOT / "shared").parts[0].removesuffix(".py")


def crossings(path: Path) -> set[str]:
    """The layers, other than its own, that a file of shared/ imports."""
    found = {module.split(".")[1] for module in imports(path) if top(module) == "shared"}
    return found - {layer(path)}


def upward(rows: Mapping[str, list[str]]) -> set[tuple[str, str]]:
    """Each row of a table with what it may import though that does not stand above it."""
    order = list(rows)
    return {
        (row, allowed)
        for row, others in rows.items()
        for allowed in others
        if order.index(allowed) >= order.index(row)
    }


def test_the_map_names_every_layer_below_those_it_imports() -> None:
    assert {layer(path) for path in SHARED} - {"__init__"} == {*LAYERS}
    assert upward(LAYERS) == set()


@pytest.mark.parametrize("path", SHARED, ids=name)
def test_a_layer_imports_what_the_map_allows(path: Path) -> None:
    assert crossings(path) <= {*LAYERS.get(layer(path), [])}


@pytest.mark.parametrize("row", LAYERS)
def test_the_map_allows_nothing_that_no_file_needs(row: str) -> None:
    used = {each for path in SHARED if layer(path) == row for each in crossings(path)}

    assert used == {*LAYERS[row]}


@pytest.mark.parametrize("file", BORDER)
def test_a_vendor_of_the_map_is_imported_where_it_says(file: str) -> None:
    found = imports(ROOT / file)

    assert [v for v in BORDER[file] if not any(each.startswith(v) for each in found)] == []


@pytest.mark.parametrize("path", FUNCTIONS, ids=name)
def test_a_function_imports_shared_and_the_framework_only(path: Path) -> None:
    used = {top(module) for module in imports(path)} - sys.stdlib_module_names

    assert used <= {"shared", "functions_framework", "flask"}


@pytest.mark.parametrize("path", CLI, ids=name)
def test_the_command_imports_shared_functions_and_its_own_libraries_only(path: Path) -> None:
    vendors = tuple(LOOKS.get(name(path), "").split())
    ours = {"cli", "shared", "functions", "typer", "rich"} | sys.stdlib_module_names

    foreign = {module for module in imports(path) if top(module) not in ours}

    assert {module for module in foreign if not module.startswith(vendors)} == set()


@cache
def folders(path: Path) -> set[str]:
    """The other folders whose modules a file imports, or names to start or import them."""
    return {top(module) for module in imports(path) | started(path)} & {*FOLDERS} - {
        top(name(path).replace("/", "."))
    }


def started(path: Path) -> set[str]:
    """The modules of ours that a file names in a string: for `python -m`, or to import later."""
    tree = ast.parse(path.read_text("utf-8"))
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {word for word in words if isinstance(word, str) and _is_module(word)}


def _is_module(word: str) -> bool:
    if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", word):
        return False
    file = ROOT / word.replace(".", "/")
    return file.with_suffix(".py").exists() or (file / "__init__.py").exists()


def test_the_map_names_every_folder_below_those_it_imports() -> None:
    assert {path.parts[-2] for path in ROOT.glob("*/*.py")} <= {*FOLDERS}
    assert upward(FOLDERS) == set()


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_folder_imports_what_the_map_allows(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0]

    assert folders(path) <= {*FOLDERS[own]}


@pytest.mark.parametrize("row", FOLDERS)
def test_the_tree_allows_nothing_that_no_file_needs(row: str) -> None:
    used = {each for path in SOURCES if name(path).startswith(f"{row}/") for each in folders(path)}

    assert used == {*FOLDERS[row]}


def test_a_folder_of_tests_mirrors_a_folder_of_the_tree() -> None:
    rooms = {path.parent.relative_to(ROOT / "tests") for path in TESTS} - {Path("repository")}

    assert {room.as_posix() for room in rooms if not (ROOT / room).is_dir()} == set()


def test_no_test_imports_another() -> None:
    """What several tests need stands in a module beside them; a test may start itself anew."""
    modules = {name(path).removesuffix(".py").replace("/", "."): path for path in TESTS}
    imported = {
        (name(path), test)
        for path in TESTS
        for module in imports(path)
        for test, file in modules.items()
        if f"{module}.".startswith(f"{test}.") and file != path
    }

    assert {(file, test) for file, test in imported if test not in LENDERS} == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "unwanted"),
    [
        ("ingest", {"google.genai", "PIL", "numpy", "pillow_heif"}),
        ("dead_letter", {"google.genai", "PIL", "numpy", "pillow_heif"}),
        ("sweep", {"google.genai", "PIL", "numpy", "pillow_heif"}),
        ("submit", {"google.genai", "PIL", "numpy", "pillow_heif", "google.cloud.pubsub_v1"}),
        ("gallery", {"google.genai", "PIL", "numpy", "pillow_heif", "google.cloud.pubsub_v1"}),
        ("notify", {"google.genai", "PIL", "numpy", "pillow_heif"}),
        ("detect", {"google.genai", "numpy", "pillow_heif"}),
        ("segment", {"google.genai", "numpy", "pillow_heif"}),
        ("describe", {"google.genai", "numpy", "pillow_heif"}),
    ],
)
def test_a_function_starts_without_what_it_does_not_need(function: str, unwanted: set[str]) -> None:
    code = f"import sys, functions.{function}.main; print(*sys.modules)"
    environment = os.environ | SOUND

    loaded = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert f"functions.{function}.main" in loaded
    assert unwanted & set(loaded) == set()


@pytest.mark.parametrize("path", FUNCTIONS, ids=name)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 50
