"""The folders of the state bucket, by the texts in the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from shared.webhooks import store

ROOT = Path(__file__).parents[1]
_FOLDER = re.compile(r"([a-z][a-z-]*)/")
# What begins like a folder and is none of the state bucket's: paths of services, types, and what
# lies within a folder.
_OTHERS = {
    *("application", "assets", "binary", "calls", "image", "labels", "n", "page", "projects"),
    *("sent", "shared", "submitted", "text"),
}


def _beginnings(path: Path) -> Iterator[str]:
    """The folder that each text of a file begins with."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        texts = [node.values[0]] if isinstance(node, ast.JoinedStr) and node.values else [node]
        for each in texts:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                found = _FOLDER.match(each.value)
                is_name = found and not re.search(r"[\s<]|^[a-z_]+/\d", each.value)
                if found and is_name:
                    yield found[1]


def written() -> set[str]:
    """The folders that the code names."""
    sources = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    return {each for path in sources for each in _beginnings(path)}


def state_folders() -> set[str]:
    """The folders of the state bucket."""
    return (written() | {store._ROOT}) - _OTHERS
