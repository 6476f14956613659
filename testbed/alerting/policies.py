"""The alerts of darkroom/alerts.tf in terraform/, with the queries that its defaults make."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TERRAFORM = Path(__file__).parents[2] / "terraform" / "darkroom"
PREFIX = "darkroom"

_BLOCK = re.compile(r"^    ([a-z-]+) = \{\n(      title .*?)^    \}$", re.MULTILINE | re.DOTALL)
_HEREDOC = re.compile(r"^      query    = <<-EOT\n(.*?)^      EOT$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r'^      query    = "(.*)"$', re.MULTILINE)
_TEXT = re.compile(r'^  (_\w+) += "(.*)"(?: #.*)?$', re.MULTILINE)
# What only Terraform can evaluate, by its default; its own tests compare it with the plan.
_DEFAULTS = {"local._sweep_silence": "1h"}


@dataclass(frozen=True, slots=True)
class Policy:
    """An alert: the query that must hold, and for how many minutes."""

    name: str
    query: str
    minutes: int
    severity: str


def read(folder: Path = TERRAFORM) -> list[Policy]:
    """The alerts that a folder of Terraform's files makes."""
    text = (folder / "alerts.tf").read_text("utf-8")
    return [_policy(name, block, text) for name, block in _BLOCK.findall(text)]


def _policy(name: str, block: str, text: str) -> Policy:
    query = _found(_HEREDOC, block) or _unquoted(_found(_QUOTED, block))
    minutes = _found(re.compile(r"minutes  = (\d+)"), block)
    severity = _found(re.compile(r'severity = "(\w+)"'), block)
    return Policy(name, interpolated(query, text), int(minutes), severity)


def interpolated(query: str, text: str) -> str:
    """A query with every `${...}` replaced. Raises KeyError for one that is not known."""
    locals_ = {f"local.{name}": _unquoted(value) for name, value in _TEXT.findall(text)}
    return _replaced(query, {**locals_, **_DEFAULTS})


def _replaced(query: str, known: dict[str, str]) -> str:
    while (start := query.find("${")) >= 0:
        end = _closing(query, start + 2)
        value = _value(query[start + 2 : end], known)
        query = query[:start] + value + query[end + 1 :]
    return query


def _closing(query: str, place: int) -> int:
    """Where the brace closes that was opened before `place`."""
    depth = 1
    while True:
        depth += {"{": 1, "}": -1}.get(query[place], 0)
        if not depth:
            return place
        place += 1


def _value(expression: str, known: dict[str, str]) -> str:
    for pattern, value in _EXPRESSIONS:
        if match := pattern.fullmatch(expression):
            return value(match)
    return known[expression]


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")


def _default(name: str) -> str:
    text = (TERRAFORM / "variables.tf").read_text("utf-8")
    pattern = rf'^variable "{name}" {{.*?^  default += "?([^"\n]+)'
    return _found(re.compile(pattern, re.MULTILINE | re.DOTALL), text)


_EXPRESSIONS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (
        re.compile(r"local\.series\.(\w+)"),
        lambda found: f"logging_googleapis_com:user_{PREFIX}_{found[1]}",
    ),
    (
        re.compile(r"var\.(\w+) \* (\d+)"),
        lambda found: str(int(_default(found[1])) * int(found[2])),
    ),
    (re.compile(r"var\.(\w+)"), lambda found: _default(found[1])),
    (re.compile(r'local\.functions\["(\w+)"\]\.service'), lambda found: f"{PREFIX}-{found[1]}"),
    # The names of all functions, or of all subscriptions.
    (re.compile(r'join\("\|", \[for .*\]\)'), lambda _: f"{PREFIX}-.+"),
]
