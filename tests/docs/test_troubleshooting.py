"""docs/troubleshooting.md quotes the product's messages word for word."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
_LEAST = 12  # letters of its own that a sentence of the code must have to be recognised


def quoted() -> list[str]:
    """The sentences in blocks, in the first column of tables, and between words."""
    blocks = re.findall(r"^```\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    rest = re.sub(r"^```.*?^```", "", PAGE, flags=re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", rest)
    return lines + [span for span in spans if re.match(r"[A-Z][a-z']+ .* ", span)]


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text of a module as a pattern; what is put in later may be anything."""
    pieces: set[ast.AST] = set()  # of f-strings, which come first: they are no texts of their own
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces.update(node.values)
            parts = [getattr(each, "value", None) for each in node.values]
        elif isinstance(node, ast.Constant) and node not in pieces:
            parts = [node.value]
        else:
            continue
        if sum(len(part) for part in parts if isinstance(part, str)) >= _LEAST:
            yield "".join(re.escape(each) if isinstance(each, str) else ".*" for each in parts)


@cache
def said() -> tuple[re.Pattern[str], ...]:
    """Whatever the product can say, in Python or in the browser."""
    found: set[str] = set()
    for folder in ("shared", "local", "functions", "cli"):
        for module in (ROOT / folder).rglob("*.py"):
            found |= {*texts(ast.parse(module.read_text("utf-8")))}
        for module in (ROOT / folder).rglob("*.js"):
            written = re.findall(rf'"([^"\n]{{{_LEAST},}})"', module.read_text("utf-8"))
            found |= {re.escape(text) for text in written}
    return tuple(re.compile(each, re.IGNORECASE) for each in found)


def is_said(sentence: str) -> bool:
    """Whether the product says this, and perhaps goes on."""
    return any(pattern.match(sentence.replace("...", "X")) for pattern in said())


@pytest.mark.parametrize("sentence", quoted())
def test_a_sentence_is_what_the_product_says(sentence: str) -> None:
    assert is_said(sentence)


@pytest.mark.parametrize(
    "sentence", ["Gemini dislikes the key: ...", "The disk is nearly full: uploads are refused"]
)
def test_another_sentence_is_seen_not_to_be_the_products(sentence: str) -> None:
    assert not is_said(sentence)


def test_enough_is_quoted() -> None:
    assert len(quoted()) >= 20
