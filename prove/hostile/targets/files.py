"""What people write: recipes.toml, webhooks.toml, job files, settings, and globs against names."""

import json
from collections.abc import Sequence
from pathlib import Path

from prove.hostile import words
from prove.hostile.target import Broken, Target
from shared import settings
from shared.errors import Rejected
from shared.intake import job_file, recipes
from shared.intake.recipes.glob import Glob
from shared.webhooks.endpoints import reading

_ROOT = Path(__file__).parents[3]
_TOML = tuple(
    b"[[recipe]]|[[endpoint]]|[recipe]|name|tasks|match|=|\"|'''|[|]|{|}|,|.|\\u0000|1979-05-27"
    b'|inf|nan|0x7f|\'|#|\n|metadata|allow_overrides|secrets|url|"https://x.test/"|[1, 2]'.split(
        b"|"
    )
)
_ENDPOINT = b"""
[[endpoint]]
name = "shop"
url = "https://hooks.shop.test/x?y=1"
events = ["dev.darkroom.result.v1.*"]
match = ["shop/**", "*.jpg"]
secrets = ["SHOP_SECRET", "OLD_SHOP_SECRET"]
"""
_RECIPE = b"""
[[recipe]]
name = "shop"
match = "shop/**"
content_type = "image/*"
metadata = { darkroom-tasks = "detect*" }
tasks = ["detect", "caption"]
labels = ["shoe", "bag"]
allow_overrides = ["tasks", "labels", "prompt", "model"]
"""


def _recipes() -> Sequence[bytes]:
    return [(_ROOT / "recipes.toml").read_bytes(), _RECIPE, _RECIPE * 3]


def _endpoints() -> Sequence[bytes]:
    return [(_ROOT / "webhooks.toml").read_bytes(), _ENDPOINT, _ENDPOINT * 2]


def _recipe_file(data: bytes) -> object:
    found = recipes.read(data.decode("utf-8", "replace"))
    return repr(found), "\n".join(map(str, (*found.faults, *found.warnings)))


def _endpoint_file(data: bytes) -> object:
    found = reading.read(data.decode("utf-8", "replace"))
    return repr(found), "\n".join(map(str, found.faults))


def _job_files() -> Sequence[bytes]:
    one = {"task": "detect", "images": ["a.jpg"], "labels": ["cat"]}
    two = {"task": "compare", "images": ["a.jpg", {"name": "b.heic", "generation": "7"}]}
    named = [{"task": "caption", "images": [word], "prompt": word} for word in words.ALL]
    return [json.dumps(each).encode() for each in (one, two, {**one, "max_objects": 3}, *named)]


def _job_file(data: bytes) -> object:
    try:
        return repr(job_file.parse(data))
    except Rejected as why:
        why.sentence.encode()
        if why.reason != "bad_job_file" or len(why.sentence) > 2_000:
            raise Broken(f"{why.reason} in {len(why.sentence)} characters") from why
        return why.sentence


def _environments() -> Sequence[bytes]:
    sound = {each.name: "1" for each in settings.ALL}
    named = [f"{each.name}={word}".encode() for each in settings.ALL for word in words.ALL[:6]]
    return ["\n".join(f"{name}={value}" for name, value in sound.items()).encode(), *named]


def _environment(data: bytes) -> object:
    lines = (line.partition("=") for line in data.decode("utf-8", "replace").split("\n"))
    environment = {name: value for name, _, value in lines}
    settings.Settings(environment)
    return [[*settings.faults(name, environment)] for name in ("ingest", "detect", "notify")]


def _globs() -> Sequence[bytes]:
    names = ("a" * 500, "-" * 500, "/-" * 400, "shop/2026-11-23-a.jpg", "a/" * 500 + "b")
    globs = (
        "**",
        "*-*-*-*.jpg",
        "**/*_*_*",
        "a/**/b/**/c",
        "?" * 40,
        "*a*a*a*a*a*b",
        "**-**-**-**x",
    )
    return [f"{glob}\n{name}".encode() for glob in globs for name in names]


def _glob(data: bytes) -> object:
    """The first line is a pattern, the rest a name no longer than Cloud Storage allows."""
    pattern, _, name = data.decode("utf-8", "replace").partition("\n")
    glob, short = Glob(pattern[:100]), name.encode()[:1_024].decode("utf-8", "ignore")
    return glob.fits(short), Glob(pattern[:100], path=False).fits(short)


ALL = (
    Target("recipes.toml", _recipes, _recipe_file, _TOML),
    Target("webhooks.toml", _endpoints, _endpoint_file, _TOML),
    Target("job files", _job_files, _job_file),
    Target("settings", _environments, _environment),
    Target("patterns", _globs, _glob, (b"*", b"**", b"?", b"/", b"-", b"a", b"\n"), 0.5),
)
