"""Who may import whom."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.settings import SOUND

ROOT = Path(__file__).parents[1]
SHARED = sorted((ROOT / "shared").rglob("*.py"))
FUNCTIONS = sorted((ROOT / "functions").rglob("*.py"))
LOCAL = sorted((ROOT / "local").rglob("*.py"))
CLI = sorted((ROOT / "cli").rglob("*.py"))
PROVE = sorted([*(ROOT / "prove").glob("*.py"), *(ROOT / "prove/model").glob("*.py")])

# The border: one vendor each (a space parts two), and nobody else imports it.
BORDER = {
    "shared/border/storage.py": "google.cloud.storage",
    "shared/border/pubsub.py": "google.cloud.pubsub_v1",
    "shared/border/gemini/client.py": "google.genai",
    "shared/border/cloud_tasks.py": "google.cloud.tasks_v2",
    "shared/border/framework.py": "flask",
    "shared/web/gallery/wire.py": "flask",
    "shared/web/submission/wire.py": "flask gunicorn werkzeug",
    "shared/border/fetch/target.py": "idna",
    "shared/border/fetch/wire.py": "httpcore2",
    "shared/webhooks/keys.py": "standardwebhooks cryptography",
    "shared/border/tracing.py": "opentelemetry",
}
# What the operator's command asks of the cloud and no function does.
LOOKS = {
    "cli/troubles.py": "google.api_core google.auth requests",
    "cli/checks/buckets.py": "google.cloud.storage google.api_core",
    "cli/checks/topics.py": "google.cloud.pubsub_v1 google.api_core",
    "cli/checks/clockwork.py": "google.cloud.scheduler_v1 google.api_core",
}
PURE = {"PIL", "pillow_heif"}  # what the pure modules may use beside the standard library


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


def _running(node: ast.AST):
    for child in ast.iter_child_nodes(node):
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

    vendors = BORDER.get(name(path), "")
    allowed = (
        {"google.api_core", "google.auth", "httpx2", "requests"}
        if vendors.startswith("google")
        else set()
    )
    assert {
        module for module in foreign if not module.startswith((*vendors.split(), *allowed))
    } == set()


@pytest.mark.parametrize("path", FUNCTIONS, ids=name)
def test_a_function_imports_shared_and_the_framework_only(path: Path) -> None:
    used = {top(module) for module in imports(path)} - sys.stdlib_module_names

    assert used <= {"shared", "functions_framework", "flask"}


@pytest.mark.parametrize("path", LOCAL, ids=name)
def test_local_imports_neither_tests_nor_the_command(path: Path) -> None:
    assert not {top(module) for module in imports(path)} & {"tests", "cli", "bench"}


@pytest.mark.parametrize("path", CLI, ids=name)
def test_the_command_imports_shared_functions_and_its_own_libraries_only(path: Path) -> None:
    vendors = tuple(LOOKS.get(name(path), "").split())
    ours = {"cli", "shared", "functions", "typer", "rich"} | sys.stdlib_module_names

    foreign = {module for module in imports(path) if top(module) not in ours}

    assert {module for module in foreign if not module.startswith(vendors)} == set()


@pytest.mark.parametrize("path", PROVE, ids=name)
def test_the_proof_imports_neither_tests_nor_the_command(path: Path) -> None:
    assert not {top(module) for module in imports(path)} & {"tests", "cli", "bench"}


@pytest.mark.parametrize("path", [*SHARED, *FUNCTIONS, *LOCAL], ids=name)
def test_nothing_imports_the_command_or_the_proof(path: Path) -> None:
    assert not {top(module) for module in imports(path)} & {"cli", "prove"}


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
