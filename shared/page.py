"""The page: what was uploaded, what became of it, and the pictures of the results.

Every word on it comes from uploads and models and is escaped; it runs no script.
"""

import json
import os
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

import flask

from shared import storage
from shared.model import Upload

NEWEST = 60
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_FILES = {"overlay.jpg": "image/jpeg", "result.json": "application/json"}
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif }
body { max-width: 1200px; margin: 2rem auto; padding: 0 1rem }
main { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)) }
article { border: 1px solid #8884; border-radius: 10px; overflow: hidden }
article div { padding: .75rem 1rem; overflow-wrap: anywhere }
img { display: block; width: 100%; aspect-ratio: 4/3; object-fit: contain; background: #8882 }
h1 { font-size: 1.4rem } h2 { font-size: 1rem; margin: 0 } p { margin: .3rem 0 }
.done { color: #1a7f37 } .rejected, .failed { color: #c4432b } .waiting { color: #9a6700 }
small { opacity: .75 }
"""


def show() -> flask.Response:
    """The newest results as HTML, and the uploads that still wait."""
    records = [json.loads(body) for body in storage.newest_results("/result.json", NEWEST)]
    told = {(upload["name"], upload["generation"]) for each in records for upload in _uploads(each)}
    waiting = (
        [
            upload
            for upload in storage.uploads()
            if (upload.ref.name, upload.ref.generation) not in told
        ][:NEWEST]
        if len(records) < NEWEST
        else []
    )
    html = _page(records, waiting)
    return flask.Response(html, headers={"Content-Type": "text/html; charset=utf-8", **_SAFE})


def file(name: str) -> flask.Response:
    """An overlay or a record from the results bucket, and nothing else."""
    content_type = _FILES.get(name.rpartition("/")[2])
    body = storage.result(name) if content_type else None
    if body is None:
        return flask.Response(
            "There is no such file.", 404, {"Content-Type": "text/plain", **_SAFE}
        )
    return flask.Response(body, headers={"Content-Type": str(content_type), **_SAFE})


def _uploads(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What was uploaded for a record: its photos, and the job file that asked."""
    asked = record["request"].get("job_file")
    return [*record["images"], *([asked] if asked else [])]


def _page(records: Iterable[Mapping[str, Any]], waiting: list[Upload]) -> str:
    cards = [*map(_waiting, waiting), *map(_card, records)]
    again = '<meta http-equiv="refresh" content="2">' if waiting else ""
    lead = (
        f"Upload photos to <code>gs://{escape(os.environ['UPLOADS_BUCKET'])}</code>; "
        "what the model saw in them appears here."
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">{again}'
        '<meta name="viewport" content="width=device-width"><title>Darkroom</title>'
        f"<style>{_STYLE}</style><h1>Darkroom</h1><p>{lead}</p>"
        f"<main>{''.join(cards) or '<p>Nothing was uploaded yet.</p>'}</main></html>"
    )


def _waiting(upload: Upload) -> str:
    return (
        f'<article><div><h2>{_words(upload.ref.name)}</h2><p class="waiting">waiting</p>'
        "</div></article>"
    )


def _card(record: Mapping[str, Any]) -> str:
    overlay = any(each["name"] == "overlay.jpg" for each in record["artifacts"])
    name = _words(record["images"][0]["name"])
    picture = f"{record['folder']}overlay.jpg"
    image = f'<img loading="lazy" alt="the photo with what was found in it" src="{_link(picture)}">'
    linked = f'<a href="{_link(picture)}">{image}</a>'
    return (
        f"<article>{linked if overlay else ''}<div>"
        f'<h2>{name}</h2><p class="{record["status"]}">{_summary(record)}</p>'
        f"<p><small>{escape(record['task'])} · {escape(_model(record))} · "
        f'<a href="{_link(record["folder"] + "result.json")}">result.json</a></small></p>'
        "</div></article>"
    )


def _summary(record: Mapping[str, Any]) -> str:
    if record["reason"]:
        return escape(f"{record['status']}: {record['reason']['sentence']}")
    found = record["findings"]
    said = [text for text in (found["answer"], found["text"]) if text is not None]
    names = [each["label"] for each in found["objects"]] or [
        each["name"] for each in found["labels"]
    ]
    if said and not found["objects"]:
        return f"done: {_words(said[0][:600])}"
    shown = "; ".join(_words(name[:60]) for name in names[:6]) + ("; …" if len(names) > 6 else "")
    return f"done: {len(names)} found{': ' if names else ''}{shown}"


def _words(text: str) -> str:
    """Words from outside: escaped, and kept from turning the direction of what stands around."""
    return f"<bdi>{escape(text)}</bdi>"


def _model(record: Mapping[str, Any]) -> str:
    usage = record["usage"]
    if usage is None:
        return "no call was paid"
    cost = "" if usage["cost_usd"] is None else f", ${usage['cost_usd']:.4f}"
    return f"{usage['model']}{cost}"


def _link(name: str) -> str:
    return f"file?name={quote(name, safe='')}"
