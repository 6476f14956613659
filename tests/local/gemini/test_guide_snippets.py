"""The REST examples of Google's image guide, run by bash and curl against the local Gemini."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.gemini import GeminiServer, OfflineModel, serve
from tests.photos import Scene

SNIPPETS = Path(__file__).parent / "snippets"
GOOGLE = "https://generativelanguage.googleapis.com"
PLACES = {
    "/path/to/your/image1.jpg": "image1.jpg",
    "path/to/sample.jpg": "image1.jpg",
    "path/to/image1.jpg": "image1.jpg",
    "path/to/image2.png": "image2.png",
}
NEEDED = [name for name in ("bash", "curl", "jq", "file") if shutil.which(name) is None]

pytestmark = pytest.mark.skipif(bool(NEEDED), reason=f"not installed: {', '.join(NEEDED)}")


@pytest.fixture(scope="module")
def gemini() -> Iterator[GeminiServer]:
    with serve(OfflineModel()) as running:
        yield running


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    (tmp_path / "image1.jpg").write_bytes(Scene().stored())
    (tmp_path / "image2.png").write_bytes(Scene().stored("PNG"))
    return tmp_path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


def script(name: str, gemini: GeminiServer, url: str = "") -> str:
    """The example, with addresses and paths that there are."""
    text = (SNIPPETS / f"{name}.sh").read_text()
    for old, new in {GOOGLE: gemini.url, "https://goo.gle/instrument-img": url, **PLACES}.items():
        text = text.replace(old, new)
    return text


def run(text: str, folder: Path) -> str:
    ended = subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "GEMINI_API_KEY": "local"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def said(answer: str) -> str:
    return str(json.loads(answer)["candidates"][0]["content"]["parts"][0]["text"])


def test_a_picture_in_the_request_is_captioned(gemini: GeminiServer, photos: Path) -> None:
    assert "red" in said(run(script("inline", gemini), photos))


def test_a_picture_from_a_url_is_captioned(gemini: GeminiServer, photos: Path) -> None:
    folder = partial(Quiet, directory=str(photos))
    with ThreadingHTTPServer(("127.0.0.1", 0), folder) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{web.server_port}/image1.jpg"
        answer = run(script("url", gemini, url), photos)
        web.shutdown()

    assert "red" in said(answer)


def test_a_picture_is_uploaded_from_start_to_end(gemini: GeminiServer, photos: Path) -> None:
    text, _, _ = script("file", gemini).partition("# Now generate content")

    told = run(text, photos)

    file = json.loads((photos / "file_info.json").read_text())["file"]
    assert f"file_uri={file['uri']}\n" in told
    assert (file["displayName"], file["mimeType"]) == ("IMAGE", "image/jpeg")
    assert int(file["sizeBytes"]) == len(Scene().stored())


def test_an_uploaded_picture_is_captioned(gemini: GeminiServer, photos: Path) -> None:
    run(script("file", gemini), photos)

    assert "red" in said((photos / "response.json").read_text())


def test_two_pictures_one_of_them_uploaded_are_compared(gemini: GeminiServer, photos: Path) -> None:
    run(script("two_images", gemini), photos)

    answer = (photos / "response.json").read_text()
    assert "Image 2" in said(answer)
