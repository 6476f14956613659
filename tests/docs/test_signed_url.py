"""docs/snippets/signed_url.py: what it signs is what the page on docs/deploy.md sends."""

import json
import re
import runpy
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from google.cloud import storage

from tests.credentials import service_account

ROOT = Path(__file__).parents[2]
SNIPPET = runpy.run_path(str(ROOT / "docs/snippets/signed_url.py"))
HEADERS = SNIPPET["HEADERS"]
PAGE = (ROOT / "docs/deploy.md").read_text("utf-8")


def test_the_url_permits_one_new_photo_for_ten_minutes(tmp_path: Path) -> None:
    key = service_account(tmp_path, "http://127.0.0.1")
    client = storage.Client.from_service_account_json(str(key), project="my-photos")

    url = SNIPPET["signed"](client.bucket("uploads").blob("shop/a.jpg"), "image/jpeg")

    asked = parse_qs(urlsplit(url).query)
    assert asked["X-Goog-Expires"] == ["600"]
    assert asked["X-Goog-SignedHeaders"] == [
        "content-type;host;x-goog-content-length-range;x-goog-if-generation-match"
    ]


def test_the_page_sends_the_headers_that_are_signed() -> None:
    (written,) = re.findall(r"headers: (\{.*?),\s*\},", PAGE, re.DOTALL)
    sent = json.loads(written + "}")

    assert sent == {"Content-Type": "image/jpeg", **HEADERS}


def test_the_bucket_answers_for_those_headers() -> None:
    buckets = (ROOT / "terraform/darkroom/buckets.tf").read_text("utf-8")
    (listed,) = re.findall(r"response_header = \[(.*)\]", buckets)

    allowed = set(re.findall(r'"([^"]+)"', listed))

    assert {"Content-Type", *HEADERS} <= allowed
