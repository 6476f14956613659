"""What a page of another site gets done at the local cloud's addresses, in a real browser."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.gemini import replies
from testbed.cloud import Cloud
from testbed.target import target
from tests.photos import jpeg
from tests.shared.web.gallery.browsing import chromium

pytestmark = pytest.mark.browser

PHOTO = jpeg((200, 20, 20), (64, 48))
RULES = "MAP attacker.test 127.0.0.1, MAP rebound.test 127.0.0.1"
UNGUARDED = "LocalNetworkAccessChecks"  # what Chromium does of its own is not what is tested
ATTEMPTS = """
async ([attempts, photo]) => {
  const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
  const heard = [];
  const fetched = async (url, init) => {
    try {
      const answer = await fetch(url, init);
      const text = answer.ok ? await answer.text() : "";
      if (text) heard.push(`${init.method} ${url} ${init.mode}: ${text.slice(0, 80)}`);
    } catch { /* what a refused request ends in */ }
  };
  const loaded = (tag, url) => new Promise((end) => {
    const element = document.createElement(tag);
    element.onload = () => {
      if (tag !== "iframe") heard.push(`${tag} ${url}`);
      end();
    };
    element.onerror = end;
    element.src = url;
    document.body.append(element);
    setTimeout(end, 3000);
  });
  for (const [method, url, type] of attempts) {
    const body = method === "GET" ? undefined : type === "image/jpeg" ? bytes : "{}";
    for (const mode of ["no-cors", "cors"])
      await fetched(url, { method, mode, body, credentials: "include" });
    if (method === "POST") {
      await fetched(url, { method, mode: "cors", body, headers: { "Content-Type": type } });
      navigator.sendBeacon(url, body);
      const frame = Object.assign(document.createElement("iframe"), { name: `f${url}` });
      const form = Object.assign(document.createElement("form"), { method, action: url });
      form.target = frame.name;
      form.enctype = "text/plain";
      document.body.append(frame, form);
      form.submit();
    } else {
      for (const tag of ["img", "script", "iframe"]) await loaded(tag, url);
    }
  }
  await new Promise((end) => setTimeout(end, 500));
  return heard;
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    arguments = (f"--host-resolver-rules={RULES}", f"--disable-features={UNGUARDED}")
    with chromium(*arguments) as started:
        yield started


@contextmanager
def site() -> Iterator[int]:
    """The port of a site with one empty page, by whatever name it is asked for."""

    page = b"<!doctype html><title>elsewhere</title><body>"
    with target((200, {"Content-Type": "text/html"}, page)) as server:
        yield int(server.url.rpartition(":")[2])


def attempts(cloud: Cloud) -> list[tuple[str, str, str]]:
    """Method, address and content type of all that is worth trying."""
    storage, gemini = cloud.servers.storage.url, cloud.servers.gemini.url
    tasks, page = f"http://{cloud.servers.tasks.address}", cloud.functions.url
    uploads, state = os.environ["UPLOADS_BUCKET"], os.environ["STATE_BUCKET"]
    upload = f"{storage}/upload/storage/v1/b"
    functions = ("ingest", "detect", "segment", "describe", "dead_letter", "notify", "sweep")
    return [
        ("POST", f"{upload}/{uploads}/o?uploadType=media&name=evil.jpg", "image/jpeg"),
        ("POST", f"{upload}/{state}/o?uploadType=media&name=evil", "text/plain"),
        ("POST", f"{storage}/storage/v1/b?project=evil", "application/json"),
        ("GET", f"{storage}/storage/v1/b/{uploads}/o/own.jpg?alt=media", ""),
        ("GET", f"{storage}/{uploads}/own.jpg", ""),
        ("GET", f"{storage}/storage/v1/b/{state}/o", ""),
        ("POST", f"{gemini}/v1/models/scripted-model:generateContent", "application/json"),
        ("GET", f"{gemini}/v1/models", ""),
        ("POST", f"{tasks}/v2/{os.environ['TASKS_QUEUE']}:pause", "application/json"),
        ("GET", f"{tasks}/v2/{os.environ['TASKS_QUEUE']}", ""),
        ("POST", f"{page}/submit/?name=evil.jpg", "image/jpeg"),
        ("POST", f"{page}/api/upload?name=evil.jpg", "image/jpeg"),
        ("GET", f"{page}/", ""),
        ("GET", f"{page}/api/results", ""),
        ("GET", f"{page}/api/export?format=jsonl", ""),
        ("GET", f"{page}/picture?name=own.jpg&generation=1", ""),
        *(("POST", f"{page}/{name}/", "application/json") for name in functions),
    ]


def everything(cloud: Cloud) -> dict[str, list[str]]:
    """Every bucket with its objects; the index and records of the test's own upload included."""
    mine = {os.environ[f"{role}_BUCKET"] for role in ("UPLOADS", "RESULTS", "STATE")}
    held = {name: sorted(blob.name for blob in cloud.client.list_blobs(name)) for name in mine}
    others = [bucket.name for bucket in cloud.client.list_buckets(project="evil")]
    return held | {"buckets": sorted(others)}


def answers(page: Any, cloud: Cloud) -> list[tuple[int, str, str]]:
    """What the cloud's addresses answer to this page from now on: status, method and URL."""
    servers = cloud.servers
    ports = {
        urlsplit(url).port
        for url in (
            *(servers.storage.url, servers.gemini.url),
            *(f"http://{servers.tasks.address}", cloud.functions.url),
        )
    }
    heard: list[tuple[int, str, str]] = []

    def hear(response: Any) -> None:
        if urlsplit(response.url).port in ports:
            heard.append((response.status, response.request.method, response.url))

    page.on("response", hear)
    return heard


@pytest.fixture
def busy(darkroom: Cloud) -> Cloud:
    """A cloud with a photo in it, and nothing under way."""
    darkroom.script(otherwise=lambda _: replies.boxes([]))
    darkroom.record(darkroom.upload("own.jpg", PHOTO))
    return darkroom


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "attacker.test"])
def test_a_page_of_another_origin_writes_nothing_and_reads_nothing(
    busy: Cloud, browser: Any, name: str
) -> None:
    before, asked = everything(busy), len(busy.model.questions)
    with site() as port:
        page = browser.new_page()
        page.goto(f"http://{name}:{port}/")
        statuses = answers(page, busy)

        heard = page.evaluate(ATTEMPTS, [attempts(busy), base64.b64encode(PHOTO).decode()])
        page.close()

    assert heard == []
    assert [each for each in statuses if each[0] != 403] == []
    assert len(statuses) >= len(attempts(busy))  # they did arrive
    assert everything(busy) == before
    assert len(busy.model.questions) == asked


def test_a_rebound_name_writes_nothing_and_reads_nothing(busy: Cloud, browser: Any) -> None:
    """Each address is asked by a page of its own origin, whose name led elsewhere at first."""
    before, asked = everything(busy), len(busy.model.questions)
    for origin in sorted(
        {"{0.scheme}://{0.netloc}".format(urlsplit(a[1])) for a in attempts(busy)}
    ):
        mine = [each for each in attempts(busy) if each[1].startswith(f"{origin}/")]
        rebound = origin.replace("127.0.0.1", "rebound.test")
        page = browser.new_page()
        page.route(
            f"{rebound}/start",
            lambda route: route.fulfill(content_type="text/html", body="<body>"),
        )
        page.goto(f"{rebound}/start")
        statuses = answers(page, busy)

        tried = [[method, url.replace(origin, rebound), kind] for method, url, kind in mine]
        heard = page.evaluate(ATTEMPTS, [tried, base64.b64encode(PHOTO).decode()])
        page.close()

        assert heard == []
        assert [each for each in statuses if each[0] != 403] == []
        assert len(statuses) >= len(mine)
    assert everything(busy) == before
    assert len(busy.model.questions) == asked


def test_the_page_itself_and_links_to_it_still_work(busy: Cloud, browser: Any) -> None:
    with site() as port:
        page = browser.new_page()
        page.goto(f"http://attacker.test:{port}/")
        page.evaluate("(url) => { location.href = url; }", f"{busy.functions.url}/")
        page.locator("main a").first.wait_for()
        statuses = answers(page, busy)
        page.reload()
        page.locator("main a").first.wait_for()
        uploaded = page.evaluate(
            """async (photo) => {
              const bytes = Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0));
              const headers = { "X-Darkroom": "page", "Content-Type": "image/jpeg" };
              const init = { method: "POST", body: bytes, headers };
              return (await fetch("api/upload?name=second.jpg", init)).status;
            }""",
            base64.b64encode(PHOTO).decode(),
        )
        page.close()

    assert uploaded == 202
    assert [each for each in statuses if each[0] >= 400] == []
