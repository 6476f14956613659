"""BigQuery's SQL as DuckDB's: translated by sqlglot, and by us where that would not mean the same.

DuckDB raises an error for text that is no JSON and for an object where a list is expected; BigQuery
has NULL for both. MACROS are what DuckDB needs for that.
"""

import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import sqlglot
from sqlglot import expressions as ex
from sqlglot.errors import ErrorLevel, SqlglotError

from cli.warehouse import views

MACROS = (
    "safe_json(text) AS CASE WHEN json_valid(text) THEN text::JSON END",
    "json_elements(value, path) AS TRY_CAST(json_extract(value, path) AS JSON[])",
    "json_texts(value, path) AS TRY_CAST(json_extract(value, path) AS VARCHAR[])",
)
_OURS: Mapping[type, Callable[[Any], Any]] = {
    ex.JSONExtractArray: lambda node: ex.func("json_elements", node.this, node.expression),
    ex.JSONKeysAtDepth: lambda node: ex.func("json_keys", node.this),
    ex.JSONValueArray: lambda node: ex.func("json_texts", node.this, node.expression),
}


class BadQuery(ValueError):
    """No single query, or one that cannot be translated; its text is a sentence."""


@cache
def view(name: str) -> str:
    """The query of a view."""
    return query(views.sql(name, "darkroom").replace("`darkroom.", "`"))


def query(text: str) -> str:
    """One query, translated. Raises BadQuery."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it warns of what is refused here
    try:
        statements = sqlglot.parse(text, read="bigquery")
    except SqlglotError as error:
        raise BadQuery(f"This is no SQL of BigQuery: {_said(error)}.") from error
    if len(statements) != 1 or not isinstance(statements[0], ex.Query):
        raise BadQuery("Give one query: SELECT ..., or WITH ... SELECT ...")
    return _translated(statements[0])


def _translated(tree: Any) -> str:
    """The tree in DuckDB's words, with calls of ours in the place of some."""
    for node in reversed(list(tree.find_all(ex.SafeFunc, *_OURS))):  # the innermost first
        if type(node) in _OURS:
            node.replace(_OURS[type(node)](node))
        elif isinstance(node.this, ex.ParseJSON):
            node.replace(ex.func("safe_json", node.this.this))
    try:
        text: str = tree.sql("duckdb", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise BadQuery(f"DuckDB has nothing that does this: {_said(error)}.") from error
    return text


def _said(error: SqlglotError) -> str:
    """What is wrong and where, without the colours of a terminal."""
    for each in getattr(error, "errors", ()):
        if each.get("description"):
            return f"{each['description'].rstrip('.')} (line {each['line']}, {each['col']})"
    return str(error).splitlines()[0].rstrip(".")
