"""The page as Lighthouse sees it: nothing is wrong, nothing moves; how fast it is, is printed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from testbed.cloud import Cloud, Servers, cloud
from tests.photos import jpeg
from tests.shared.web.gallery.browsing import CHROMIUM, furnish, read

pytestmark = pytest.mark.lighthouse

HOME = Path(os.environ.get("DARKROOM_LIGHTHOUSE", ".lighthouse"))
SCRIPT = HOME / "node_modules/lighthouse/cli/index.js"
RUNS = int(os.environ.get("DARKROOM_LIGHTHOUSE_RUNS", "1"))
FLAWLESS = ("accessibility", "best-practices")


@pytest.fixture(scope="module")
def gallery(servers: Servers) -> Iterator[Cloud]:
    if shutil.which("node") is None or CHROMIUM is None or not SCRIPT.is_file():
        pytest.skip("Lighthouse needs node, Chromium and `make lighthouse`")
    with cloud(servers) as started:
        furnish(started)
        read(started, "large.jpg", data=jpeg((40, 120, 60), (2400, 1600)))
        yield started


def looked_at(url: str, folder: Path, *, on_desktop: bool) -> Any:
    """Lighthouse's report."""
    report = folder / "report.json"
    preset = ["--preset=desktop"] if on_desktop else []
    flags = "--headless=new" + (" --no-sandbox" if os.geteuid() == 0 else "")
    subprocess.run(
        [
            *("node", str(SCRIPT), url, "--quiet", *preset),
            *("--output=json", f"--output-path={report}", f"--chrome-flags={flags}"),
            "--only-categories=performance,accessibility,best-practices",
        ],
        check=True,
        timeout=180,
        env={**os.environ, "CHROME_PATH": str(CHROMIUM)},
    )
    return json.loads(report.read_text())


@pytest.mark.parametrize("on_desktop", [True, False], ids=["desktop", "phone"])
@pytest.mark.parametrize("where", ["", "#photo=large.jpg"], ids=["list", "photo"])
def test_lighthouse_finds_nothing_wrong(
    gallery: Cloud, tmp_path: Path, where: str, on_desktop: bool, capsys: Any
) -> None:
    url = gallery.functions.address("gallery") + where

    found = [looked_at(url, tmp_path, on_desktop=on_desktop) for _ in range(RUNS)]

    shifts = [each["audits"]["cumulative-layout-shift"]["numericValue"] for each in found]
    fast = median(100 * each["categories"]["performance"]["score"] for each in found)
    with capsys.disabled():  # a figure for people; nothing depends on it
        sys.stdout.write(f"\nperformance of {where or 'the list'}, {on_desktop=}: {fast:.0f}")
    wrong = [
        (audit["id"], audit["title"])
        for each in found
        for name in FLAWLESS
        for ref in each["categories"][name]["auditRefs"]
        for audit in [each["audits"][ref["id"]]]
        if ref["weight"] and audit["score"] not in {None, 1}
    ]
    assert wrong == []
    assert max(shifts) < 0.02
