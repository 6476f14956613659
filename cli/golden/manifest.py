"""golden.toml: the name and the version of a set, and what a model must reach on it."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cli.grading.metrics import OF_TASK

FILE = "golden.toml"
DRAFT = "draft"  # the version of a set that is not frozen
_VERSION = re.compile(r"[A-Za-z0-9][\w.-]{0,49}", re.ASCII)
_VERSION_LINE = re.compile(r'^version[ \t]*=[ \t]*"draft"[ \t]*$', re.MULTILINE)
_ROOM = 30  # characters of a version's name that are kept when something of it is erased
_KEYS = {"name", "version", "frozen", "floors", "ceilings"}
_TEMPLATE = """\
# A golden set: docs/evaluation.md says what may stand here.
name = {name}
version = "draft"

# [floors]                # `darkroom evaluate` ends with 1 if a metric is surely below
# detect.f1_50 = 0.8
# [ceilings]              # and if one of these is surely above
# read_text.cer = 0.05
"""


class BadSet(ValueError):
    """A golden set that cannot be used so; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a metric of a task must reach (a floor), or must not exceed (a ceiling)."""

    task: str
    metric: str
    value: float

    @property
    def name(self) -> str:
        """As golden.toml has it."""
        return f"{self.task}.{self.metric}"

    @property
    def is_floor(self) -> bool:
        """Whether more is better."""
        return OF_TASK[self.task][self.metric].better == "high"


@dataclass(frozen=True, slots=True)
class Manifest:
    """golden.toml, read. `frozen` is the digest of the set as it was frozen, or ""."""

    name: str
    version: str = DRAFT
    frozen: str = ""
    limits: tuple[Limit, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)  # all of it, as TOML has it

    def digest(self, items: bytes) -> str:
        """The SHA-256 of all that counts in it and of items.jsonl, in hex."""
        facts = {key: value for key, value in self.facts.items() if key != "frozen"}
        whole = [facts, sha256(items).hexdigest()]
        return sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def new(name: str) -> bytes:
    """The text of a new one."""
    return _TEMPLATE.format(name=_quoted(name)).encode("utf-8", "replace")


def read(body: bytes) -> Manifest:
    """The manifest in a text. Raises BadSet."""
    try:
        facts = tomllib.loads(body.decode())
    except ValueError as why:
        raise BadSet(f"{FILE} is not TOML: {why}") from why
    if unknown := facts.keys() - _KEYS:
        raise BadSet(f"{FILE} has {min(unknown)!r}, which is none of {', '.join(sorted(_KEYS))}")
    name, version, frozen = (facts.get(key, "") for key in ("name", "version", "frozen"))
    if not all(isinstance(each, str) for each in (name, version, frozen)) or not name:
        raise BadSet(f"{FILE} must have a name, and name and version must be texts")
    if bool(frozen) == (version in (DRAFT, "")):
        raise BadSet(f"{FILE}: version and frozen are written by `darkroom golden freeze` alone")
    limits = (*_limits(facts, "floors", "high"), *_limits(facts, "ceilings", "low"))
    return Manifest(name, version or DRAFT, frozen, limits, facts)


def frozen(body: bytes, version: str, items: bytes) -> bytes:
    """The text of a draft, frozen as that version; all else stays as it is. Raises BadSet."""
    if not _VERSION.fullmatch(version) or version == DRAFT:
        raise BadSet(
            f"{version!r} is no version: up to 50 letters, digits, dots, hyphens and underscores"
        )
    text, count = _VERSION_LINE.subn(f'version = "{version}"', body.decode())
    if count != 1:
        raise BadSet(f'{FILE} must have one line version = "draft"')
    facts = {**read(body).facts, "version": version}
    mark = Manifest("", facts=facts).digest(items)
    line = f'version = "{version}"'
    return text.replace(line, f'{line}\nfrozen = "{mark}"', 1).encode()


def changed(body: bytes, items: bytes) -> bytes:
    """The text of a frozen set of which something was erased: another version of it.

    Its name says so, that no report is compared with one of the version before.
    """
    facts = read(body).facts
    before, mark = facts["version"], facts["frozen"]
    version = f"{before.partition('-erased')[0][:_ROOM]}-erased-{sha256(items).hexdigest()[:8]}"
    new = Manifest("", facts={**facts, "version": version}).digest(items)
    text = body.decode().replace(f'version = "{before}"', f'version = "{version}"', 1)
    return text.replace(f'frozen = "{mark}"', f'frozen = "{new}"', 1).encode()


def _limits(facts: Mapping[str, Any], table: str, better: str) -> list[Limit]:
    found = facts.get(table, {})
    if not isinstance(found, dict):
        raise BadSet(f"{FILE}: {table} must be a table")
    pairs = [
        (task, metric, value)
        for task, metrics in found.items()
        for metric, value in (metrics.items() if isinstance(metrics, dict) else [("", metrics)])
    ]
    for task, metric, value in pairs:
        _check(table, task, metric, value, better)
    return [Limit(task, metric, float(value)) for task, metric, value in pairs]


def _check(table: str, task: str, metric: str, value: object, better: str) -> None:
    """Raises BadSet for a limit that no evaluation could look at."""
    name = f"{FILE}, {table}: {task}.{metric}".rstrip(".")
    known = OF_TASK.get(task)
    if known is None:
        raise BadSet(f"{name}: there is no task {task!r} with metrics; see docs/evaluation.md")
    if metric not in known:
        raise BadSet(f"{name}: the metrics of {task} are {', '.join(known)}")
    if known[metric].better != better:
        other = "ceilings" if table == "floors" else "floors"
        raise BadSet(f"{name}: of this one {known[metric].better} is better: it belongs to {other}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadSet(f"{name} must be a number")


def _quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
