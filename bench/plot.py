"""A table that `--json` wrote, as bars: one SVG per family."""

import argparse
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

_WIDTH, _LEFT, _BAR, _GAP = 760, 230, 14, 12
_PAINTS = ("#2f6fde", "#e07b00", "#2a9d5c", "#b0447f", "#6b6f76", "#8c6bd1")
_SHOWN = {
    "job": ("of_floor",),
    "pixels": ("1_boxes", "10_boxes", "50_boxes", "1_masks", "10_masks", "50_masks"),
    "requests": ("storage", "in_sequence"),
    "latency": ("done_ms", "told_ms"),
    "peers": ("supervision_draw", "supervision_file"),
    "guide": ("documented_whole", "documented_loop"),
    "money": ("model_usd", "flex_usd"),
    "scale": ("ingest_ms", "worker_ms", "worker_cpu_ms"),
    "memory": ("worker", "decoder"),
    "concurrency": ("times_one",),
    "coldstart": ("until_it_listens", "until_first_answer"),
    "ingest": ("read_bytes",),
    "cloud": ("results_per_second", "p50_ms", "p95_ms"),
    "gallery": ("ratio",),
    "page": ("first_card_ms", "frame_p95_ms", "back_ms"),
    "search": ("entries_ms", "parts_ms"),
    "backfill": ("list_requests", "seconds", "peak_mb"),
    "neighbours": ("p50_ms", "p95_ms"),
}
_NAMED = {
    "job": ("job",),
    "pixels": ("format", "megapixels"),
    "requests": ("step",),
    "latency": ("step",),
    "peers": ("format", "megapixels", "objects"),
    "guide": ("objects",),
    "money": ("tasks", "how", "model"),
    "scale": ("what", "count"),
    "memory": ("format", "megapixels"),
    "concurrency": ("function", "at_once"),
    "coldstart": ("function",),
    "ingest": ("upload_bytes",),
    "cloud": ("photos",),
    "gallery": ("question",),
    "page": ("page",),
    "search": ("records", "search_for"),
    "backfill": ("uploads",),
    "neighbours": ("neighbour",),
}


def svg(document: Mapping[str, Any]) -> str:
    """Horizontal bars, a group per row; bars of one colour share a scale."""
    if document["bench"] not in _SHOWN:
        raise SystemExit(f"{document['bench']} has no figures to draw")
    shown, named = _SHOWN[document["bench"]], _NAMED[document["bench"]]
    rows = document["rows"]
    most = {key: max((row[key] or 0 for row in rows), default=0) or 1 for key in shown}
    if not any(key.endswith(("_ms", "_second")) for key in shown):
        most = dict.fromkeys(shown, max(most.values()))
    tall = len(shown) * _BAR + _GAP
    height = 70 + len(rows) * tall
    drawn = [_text(12, 24, str(document["title"]), "title"), *_legend(shown)]
    for number, row in enumerate(rows):
        top = 64 + number * tall
        label = " · ".join(_named(key, row[key]) for key in named)
        drawn.append(_text(12, top + tall / 2, label, "label"))
        drawn += [_bar(top + at * _BAR, row[key], most[key], at) for at, key in enumerate(shown)]
    return _HEAD.format(width=_WIDTH, height=height) + "\n".join(drawn) + "\n</svg>\n"


def _named(key: str, value: object) -> str:
    return value if isinstance(value, str) else f"{value:,} {key.replace('_', ' ')}"


_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<style>text {{ font: 12px system-ui, sans-serif; fill: #222 }} .title {{ font-weight: 600 }}</style>
<rect width="100%" height="100%" fill="#fff"/>
"""


def _legend(shown: tuple[str, ...]) -> list[str]:
    step = (_WIDTH - 24) // len(shown)
    return [
        f'<rect x="{12 + at * step}" y="36" width="10" height="10" fill="{_PAINTS[at]}"/>'
        + _text(26 + at * step, 45, key.replace("_", " "), "label")
        for at, key in enumerate(shown)
    ]


def _bar(top: float, value: float | None, most: float, at: int) -> str:
    if value is None:
        return _text(_LEFT, top + 11, "-", "label")
    wide = (_WIDTH - _LEFT - 70) * value / most
    rectangle = f'<rect x="{_LEFT}" y="{top}" width="{wide:.1f}" height="{_BAR - 2}" '
    return (
        rectangle + f'fill="{_PAINTS[at]}"/>' + _text(_LEFT + wide + 5, top + 10, f"{value:,}", "")
    )


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}">{escape(words)}</text>'


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.plot",
        description=__doc__,
        epilog="example: python -m bench.plot job.json docs/bench/job.svg",
    )
    parser.add_argument("table", type=Path, help="a file that `--json` wrote")
    parser.add_argument("target", type=Path, help="the SVG to write")
    chosen = parser.parse_args()
    try:
        table = json.loads(chosen.table.read_text("utf-8"))
        chosen.target.write_text(svg(table), "utf-8")
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"{chosen.table} cannot be drawn: {error}")


if __name__ == "__main__":
    main()
