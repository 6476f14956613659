"""Requests: signed webhooks, submissions, questions of the page, URLs, idempotency keys."""

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

from prove.hostile import words
from prove.hostile.target import Broken, Target
from shared.border.fetch.errors import Blocked
from shared.border.fetch.target import Target as Address
from shared.web.gallery.query import Query
from shared.web.problem import Problem
from shared.web.submission.keys import Key
from shared.web.submission.parameters import Parameters
from shared.webhooks import signatures

_NOW = datetime(2026, 11, 23, tzinfo=UTC)
_SECRETS = (
    "whsec_" + b64encode(bytes(range(32))).decode(),
    "whsk_" + b64encode(b"k" * 32).decode(),
)
_BODY = b'{"id": "a", "type": "t"}'


def _deliveries() -> Sequence[bytes]:
    signed = signatures.headers("msg_1", _NOW, _BODY, _SECRETS)
    lines = "".join(f"{name}: {value}\n" for name, value in signed.items())
    return [lines.encode() + b"\n" + _BODY, b"\n" + _BODY]


def _delivery(data: bytes) -> object:
    """Check that one of the keys alone verifies it, and that only what was signed passes."""
    head, _, body = data.partition(b"\n\n")
    lines = (line.partition(": ") for line in head.decode("latin-1").split("\n"))
    given = {name.lower(): value for name, _, value in lines}
    verdicts = []
    for secret in _SECRETS:
        try:
            signatures.verify(given, body, [secret], _NOW)
            verdicts.append("verified")
        except signatures.Unverified as why:
            verdicts.append(why.sentence)
    if "verified" in verdicts and (body, given.get("webhook-id")) != (_BODY, "msg_1"):
        raise Broken(f"verified, though never signed: {data[:200]!r}")
    return verdicts


def _secrets() -> Sequence[bytes]:
    return [secret.encode() for secret in _SECRETS]


def _secret(data: bytes) -> object:
    secret = data.decode("utf-8", "replace")
    try:
        signatures.check(secret)
    except signatures.BadSecret as why:
        if len(secret) > 12 and secret[6:] in why.sentence:
            raise Broken("the sentence shows the secret") from why
        return why.sentence
    return "sound"


def _queries() -> Sequence[bytes]:
    named = (f"name={quote(word, errors='replace')}&tasks=detect" for word in words.ALL)
    sound = "name=a.jpg&labels=a,b&prompt=Look&model=m"
    moments = ("0001-01-01T00:00%2B23:59", "9999-12-31T23:59-23:59", "2026-11-23", "2026-W01-1T24")
    page = (f"since={moment}&limit=9&generation=7&after=1" for moment in moments)
    return [sound.encode(), *(each.encode() for each in (*named, *page))]


def _submission(data: bytes) -> object:
    return _refusable(lambda: Parameters.by_query(data).digest)


def _bodies() -> Sequence[bytes]:
    told = [{"url": "https://x.test/a.jpg", "name": word, "prompt": word} for word in words.ALL]
    return [json.dumps(each).encode() for each in ({"url": "https://x.test/"}, *told)]


def _posted(data: bytes) -> object:
    return _refusable(lambda: Parameters.by_json(data).digest)


def _page(data: bytes) -> object:
    """Every way in which the page reads a query."""
    query = Query(dict(parse_qsl(data.decode("utf-8", "replace"))))
    return [
        _refusable(lambda: query.moment("since")),
        _refusable(lambda: query.number("limit", 200, 60)),
        _refusable(query.needed_generation),
        _refusable(lambda: query.matching("after", r"[0-9]{14}-[0-9a-f]{16}", "a place")),
        _refusable(lambda: query.one_of("format", "coco", "csv")),
        _refusable(lambda: query.needed("name")),
    ]


def _keyed(data: bytes) -> object:
    return _refusable(lambda: Key(data.decode("latin-1")).token)


def _refusable(read: Callable[[], object]) -> object:
    """What is read, or why the request is refused: by a 400, whose body can be sent."""
    try:
        return read()
    except Problem as why:
        if why.status != 400:
            raise Broken(f"status {why.status}") from why
        return why.encode()


def _urls() -> Sequence[bytes]:
    hosts = ("x.test", "127.0.0.1", "[::1]", "0x7f.1", "a@b", "x.test:0", "\u0661\u0662", "-.-")
    sound = [f"https://{host}/a?b=c#d".encode() for host in hosts]
    return [*sound, *(f"https://x.test/{word}".encode("utf-8", "replace") for word in words.ALL)]


def _url(data: bytes) -> object:
    try:
        found = Address.of(data.decode("utf-8", "replace"))
        onward = found.onward(data.decode("latin-1"))
    except Blocked as why:
        return str(why)
    for each in (found, onward):
        if (
            not each.url.isascii()
            or not each.url.isprintable()
            or each.scheme not in {"http", "https"}
        ):
            raise Broken(f"would call {each.url!r}")
    return found, onward


ALL = (
    Target(
        "webhook headers", _deliveries, _delivery, (b" ", b"v1,", b"v1a,", b"\n", b"webhook-id")
    ),
    Target("webhook secrets", _secrets, _secret, (b"whsec_", b"whsk_", b"whpk_", b"=")),
    Target("submission queries", _queries, _submission, (b"&", b"=", b"%", b"+", b"%00", b"%ff")),
    Target("submission bodies", _bodies, _posted),
    Target("questions of the page", _queries, _page, (b"&", b"since=", b"after=", b"%F0", b"-")),
    Target("idempotency keys", _queries, _keyed),
    Target("URLs", _urls, _url, (b"//", b"@", b":", b"[", b"]", b"%", b"\\", b"?", b"#", b"..")),
)
