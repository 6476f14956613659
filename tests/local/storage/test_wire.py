"""The storage emulator below the official client: bytes on the wire, pages, disk names."""

import gzip
import re
import socket
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from local.emulator import access
from local.emulator.body import Body
from local.storage import related as related_module
from local.storage import serve
from local.storage.index import Index
from local.storage.listing import Query, among, page
from local.storage.objects import StoredObject
from local.storage.related import related


@pytest.fixture
def server(tmp_path):
    server = serve(tmp_path / "storage")
    server.store.create_bucket("uploads", {})
    yield server
    server.close()


@pytest.fixture
def resumable(server):
    """The URL of a resumable upload of `a`."""
    start = f"{server.url}/upload/storage/v1/b/uploads/o?uploadType=resumable&name=a"
    return requests.post(start, json={}).headers["Location"]


def stored(server, name="a"):
    return requests.get(f"{server.url}/uploads/{name}").content


def talk(server, *pieces):
    """Everything the server says to the pieces, which are sent one by one."""
    with socket.create_connection(server.url.removeprefix("http://").split(":"), 10) as line:
        for piece in pieces:
            line.sendall(piece)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(1 << 16), b""))


# Errors


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/storage/v1/b/missing", 404, "notFound"),
        ("GET", "/storage/v1/b/uploads/o/missing", 404, "notFound"),
        ("POST", "/storage/v1/b", 400, "invalid"),
        ("GET", "/storage/v1/b/uploads/o?maxResults=many", 400, "invalid"),
        ("GET", "/storage/v1/b/uploads/o?maxResults=0", 400, "invalid"),
        ("GET", "/storage/v1/b/uploads/o?pageToken=%FF", 400, "invalid"),
        ("GET", "/storage/v1/b/uploads/o?prefix=%FF", 400, "invalid"),
        ("GET", "/storage/v1/b/uploads/o/%FF", 400, "invalid"),
        ("GET", "/storage/v1/b/uploads/o/a?generation=x", 400, "invalid"),
        ("DELETE", "/storage/v1/b/uploads/o/a?ifGenerationMatch=x", 400, "invalid"),
        ("POST", "/upload/storage/v1/b/uploads/o?uploadType=telepathy&name=a", 400, "invalid"),
        ("POST", "/upload/storage/v1/b/missing/o?uploadType=media&name=a", 404, "notFound"),
        ("PUT", "/upload/storage/v1/b/uploads/o?upload_id=x", 404, "notFound"),
        ("PUT", "/uploads/a?uploadId=x&partNumber=1", 404, "notFound"),
        ("POST", "/uploads/a?uploadId=x", 404, "notFound"),
        ("GET", "/storage/v1/b/uploads/acl", 501, "notImplemented"),
        ("BREW", "/storage/v1/b/uploads", 501, "notImplemented"),
    ],
)
def test_refusals_have_googles_shape(server, method, path, status, reason):
    reply = requests.request(method, server.url + path)

    error = reply.json()["error"]
    assert reply.status_code == error["code"] == status
    assert error["errors"][0] == {
        "domain": "global",
        "reason": reason,
        "message": error["message"],
    }


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/storage/v1/b", b"{"),
        ("/storage/v1/b", b"[]"),
        ("/storage/v1/b", b'{"name": 7}'),
        ("/storage/v1/b", b"\xff"),
        ("/upload/storage/v1/b/uploads/o?uploadType=resumable", b'{"name": "\\ud800"}'),
        ("/upload/storage/v1/b/uploads/o?uploadType=resumable&name=a", b'{"metadata": 7}'),
        ("/upload/storage/v1/b/uploads/o?uploadType=multipart", b"--x\r\n\r\n{}\r\n--x--"),
        ("/upload/storage/v1/b/uploads/o?uploadType=multipart", b"{}"),
        ("/upload/storage/v1/b/uploads/o?uploadType=multipart", b""),
        ("/storage/v1/b/uploads/o/a/compose", b'{"sourceObjects": [8, {"name": "a"}]}'),
        ("/storage/v1/b/uploads/o/a/compose", b'{"sourceObjects": [{"generation": "x"}]}'),
        ("/storage/v1/b/uploads/o/a/rewriteTo/b/uploads/o/b?sourceGeneration=x", b""),
        ("/batch/storage/v1", b"{}"),
    ],
)
def test_a_malformed_body_is_a_400(server, path, body):
    assert requests.post(server.url + path, body).status_code == 400


def test_an_error_leaves_the_connection_usable(server):
    path = b"/upload/storage/v1/b/missing/o?uploadType=media&name=a"
    upload = b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\n"
    body = b"Content-Length: 3000000\r\n\r\n" + bytes(3_000_000)

    said = talk(server, upload + body, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert re.findall(rb"HTTP/1.1 (\d+) ", said) == [b"404", b"200"]


# Bodies


def test_a_chunked_body_is_joined(server):
    pieces = iter([b"one ", b"two ", b"x" * 100_000])

    requests.put(f"{server.url}/uploads/a", data=pieces).raise_for_status()

    assert stored(server) == b"one two " + b"x" * 100_000


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"Content-Length: 100\r\n\r\nhalf", id="length"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n64\r\nhalf", id="chunk"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", id="between chunks"),
    ],
)
def test_half_a_body_is_no_object(server, head, tmp_path):
    said = talk(server, b"PUT /uploads/a HTTP/1.1\r\nHost: localhost\r\n" + head)

    assert said == b""
    assert requests.get(f"{server.url}/uploads/a").status_code == 404
    assert list((tmp_path / "storage" / "incoming").iterdir()) == []


def test_a_client_that_asks_whether_to_continue_is_told_so(server):
    request = b"PUT /uploads/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"

    said = talk(server, request + b"Expect: 100-continue\r\n\r\n", b"body")

    assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert stored(server) == b"body"


@pytest.mark.parametrize("header", [b"Content-Length: -4", b"Transfer-Encoding: gzip"])
def test_a_body_of_no_known_length_is_refused(server, header):
    said = talk(
        server, b"PUT /uploads/a HTTP/1.1\r\nHost: localhost\r\n" + header + b"\r\n\r\nbody"
    )

    assert said.startswith(b"HTTP/1.1 400 ")


def test_head_answers_with_headers_alone(server):
    requests.put(f"{server.url}/uploads/a", b"content")

    said = talk(server, b"HEAD /uploads/a HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert b"Content-Length: 7\r\n" in said
    assert said.endswith(b"\r\n\r\n")


def test_the_client_sees_links_to_where_it_asked(server, monkeypatch):
    monkeypatch.setenv(access.VARIABLE, "proxy.example")
    requests.put(f"{server.url}/uploads/a", b"content")

    reply = requests.get(
        f"{server.url}/storage/v1/b/uploads/o/a", headers={"Host": "proxy.example:1"}
    )

    assert reply.json()["mediaLink"].startswith("http://proxy.example:1/download/storage/v1/")


def test_a_closed_server_answers_nobody_not_even_on_an_open_connection(server):
    with requests.Session() as session:
        session.get(server.url)
        server.close()

        with pytest.raises(requests.ConnectionError):
            session.get(server.url)


# Multipart uploads


def multipart(content, newline, metadata=b'{"name": "a"}'):
    return newline.join(
        [
            b"--x",
            b"a: 1",
            b"",
            metadata,
            b"--x",
            b"content-type: image/jpeg",
            b"",
            content,
            b"--x--",
        ]
    )


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
def test_the_closing_boundary_is_found_wherever_blocks_end(monkeypatch, newline):
    content = b"like a boundary:\r\n--\n--\r\n-\r\n" * 4
    whole = multipart(content, newline)
    head = whole.index(content)

    for block in range(head, len(whole) + 1):
        monkeypatch.setattr(related_module, "BLOCK", block)
        upload = related(Body(BytesIO(whole), len(whole)))
        assert b"".join(upload.blocks) == content
        assert (upload.metadata, upload.content_type) == ({"name": "a"}, "image/jpeg")


def test_a_multipart_upload_that_ends_early_is_refused(server):
    url = f"{server.url}/upload/storage/v1/b/uploads/o?uploadType=multipart"

    assert requests.post(url, multipart(b"c", b"\r\n").removesuffix(b"--x--")).status_code == 400
    assert requests.get(f"{server.url}/uploads/a").status_code == 404


def test_a_part_without_headers_has_no_type(server):
    body = b'--x\r\n\r\n{"name": "a"}\r\n--x\r\n\r\ncontent\r\n--x--'
    url = f"{server.url}/upload/storage/v1/b/uploads/o?uploadType=multipart"

    reply = requests.post(url, body).json()

    assert (reply["size"], reply["contentType"]) == ("7", "application/octet-stream")


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_multipart_upload_may_arrive_in_chunks_of_any_size(server, size):
    content = b"like a boundary:\r\n--\n--\r\n-\r\n" * 4
    whole = multipart(content, b"\r\n")
    url = f"{server.url}/upload/storage/v1/b/uploads/o?uploadType=multipart"

    chunks = (whole[at : at + size] for at in range(0, len(whole), size))

    assert requests.post(url, chunks).status_code == 200
    assert stored(server) == content


JSON = "/upload/storage/v1/b/uploads/o?uploadType="
IN_FLIGHT = {"Content-Encoding": "gzip"}


def test_a_body_compressed_for_the_way_is_stored_as_it_was(server, resumable):
    content = b"0123456789" * 300_000
    packed = gzip.compress(content)

    media = requests.post(f"{server.url}{JSON}media&name=m", packed, headers=IN_FLIGHT).json()
    multi = gzip.compress(multipart(content, b"\r\n", b'{"name": "x"}'))
    related = requests.post(f"{server.url}{JSON}multipart", multi, headers=IN_FLIGHT).json()
    put(resumable, gzip.compress(content[:1000]), "0-999/*", **IN_FLIGHT)
    last = put(resumable, gzip.compress(content[1000:]), "1000-2999999/3000000", **IN_FLIGHT).json()

    for reply, name in ((media, "m"), (related, "x"), (last, "a")):
        assert "contentEncoding" not in reply
        assert stored(server, name) == content


HALF = gzip.compress(b"half of it" * 99)[:-9]


@pytest.mark.parametrize("body", [b"not gzip", HALF, b""], ids=["none", "half", "nothing"])
def test_a_body_that_is_not_what_its_encoding_says_is_refused(server, body):
    reply = requests.post(f"{server.url}{JSON}media&name=a", body, headers=IN_FLIGHT)

    assert reply.status_code == 400
    assert requests.get(f"{server.url}/uploads/a").status_code == 404


def test_the_short_paths_of_nodes_client_lead_to_the_same(server):
    requests.post(f"{server.url}{JSON}media&name=in/a", b"content")

    assert requests.get(f"{server.url}/b/uploads/o/in%2Fa?alt=media").content == b"content"
    assert requests.get(f"{server.url}/b").json()["items"][0]["name"] == "uploads"


def test_null_stands_for_nothing_in_a_copy(server):
    requests.post(f"{server.url}{JSON}media&name=a", b"content")
    place = f"{server.url}/storage/v1/b/uploads/o/a/rewriteTo/b/uploads/o/b"

    reply = requests.post(place, b"null\n", headers={"Content-Type": "application/json"})

    assert reply.json()["resource"]["size"] == "7"


# Resumable uploads


def put(url, content, place, **headers):
    return requests.put(url, content, headers={"Content-Range": f"bytes {place}", **headers})


def test_a_resumable_upload_says_how_far_it_is(server, resumable):
    asked = put(resumable, b"", "*/*")
    first = put(resumable, b"0123", "0-3/*")
    again = put(resumable, b"", "*/8")
    whole = put(resumable, b"4567", "4-7/8")

    assert [reply.status_code for reply in (asked, first, again, whole)] == [308, 308, 308, 200]
    assert "Range" not in asked.headers
    assert first.headers["Range"] == again.headers["Range"] == "bytes=0-3"
    assert stored(server) == b"01234567"


def test_a_chunk_sent_again_counts_once(server, resumable):
    put(resumable, b"0123", "0-3/8")
    put(resumable, b"0123", "0-3/8")

    put(resumable, b"234567", "2-7/8")

    assert stored(server) == b"01234567"


def test_the_answer_to_the_last_chunk_can_be_had_again(server, resumable):
    first = put(resumable, b"0123", "0-3/4")

    for reply in (put(resumable, b"0123", "0-3/4"), put(resumable, b"", "*/4")):
        assert reply.status_code == 200
        assert reply.json() == first.json()


def test_an_upload_of_unknown_size_ends_with_its_size(server, resumable):
    put(resumable, b"0123", "0-3/*")

    assert put(resumable, b"", "*/4").status_code == 200
    assert stored(server) == b"0123"


def test_a_body_without_a_range_is_the_whole_object(server, resumable):
    put(resumable, b"other", "0-4/*")

    assert requests.put(resumable, b"whole").status_code == 200
    assert stored(server) == b"whole"


@pytest.mark.parametrize(("place", "status"), [("4-7/8", 503), ("0-3/2", 400), ("nonsense", 400)])
def test_a_chunk_that_does_not_fit_is_refused(resumable, place, status):
    assert put(resumable, b"0123", place).status_code == status


def test_a_chunk_that_broke_off_keeps_what_arrived(server, resumable):
    path = resumable.removeprefix(server.url)
    request = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Range: bytes 0-7/8\r\n"
    talk(server, f"{request}Content-Length: 8\r\n\r\n0123".encode())

    assert put(resumable, b"", "*/8").headers["Range"] == "bytes=0-3"
    assert put(resumable, b"4567", "4-7/8").status_code == 200
    assert stored(server) == b"01234567"


@pytest.mark.parametrize("send", [requests.put, requests.post], ids=["PUT", "POST"])
@pytest.mark.parametrize("place", ["0-*/*", "0-*/8", "0-7/8"])
def test_an_upload_may_be_one_chunk_with_an_end_nobody_knew(server, resumable, send, place):
    reply = send(resumable, iter([b"0123", b"4567"]), headers={"Content-Range": f"bytes {place}"})

    assert (reply.status_code, reply.json()["size"]) == (200, "8")
    assert stored(server) == b"01234567"


def test_a_client_that_cannot_read_a_308_gets_a_200(server, resumable):
    wish = {"X-GUploader-No-308": "yes"}

    part = put(resumable, b"0123", "0-3/8", **wish)
    whole = put(resumable, b"4567", "4-7/8", **wish)

    assert (part.status_code, part.headers["X-Http-Status-Code-Override"]) == (200, "308")
    assert part.headers["Range"] == "bytes=0-3"
    assert "X-Http-Status-Code-Override" not in whole.headers
    assert stored(server) == b"01234567"


def test_a_stalled_chunk_stops_neither_the_question_nor_the_next_chunk(server, resumable):
    path = resumable.removeprefix(server.url)
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Range: bytes 0-7/8\r\n"
    with socket.create_connection(server.url.removeprefix("http://").split(":"), 10) as stalled:
        stalled.sendall(f"{head}Content-Length: 8\r\n\r\n01".encode())

        asked = requests.put(resumable, headers={"Content-Range": "bytes */8"}, timeout=180)
        whole = requests.put(
            resumable, b"01234567", headers={"Content-Range": "bytes 0-7/8"}, timeout=10
        )

        assert (asked.status_code, whole.status_code) == (308, 200)
    assert stored(server) == b"01234567"


def test_a_signed_resumable_upload_is_begun_and_ended_by_its_path(server):
    begun = requests.post(f"{server.url}/uploads/a", headers={"x-goog-resumable": "start"})
    place = begun.headers["Location"]

    part = put(place, b"0123", "0-3/8")
    whole = put(place, b"4567", "4-7/8")

    assert [reply.status_code for reply in (begun, part, whole)] == [201, 308, 200]
    assert whole.headers["X-Goog-Generation"]
    assert stored(server) == b"01234567"


def test_a_wrong_checksum_on_the_last_chunk_ends_the_upload(server, resumable):
    wrong = put(resumable, b"0123", "0-3/4", **{"X-Goog-Hash": "crc32c=AAAAAA=="})

    assert wrong.status_code == 400
    assert put(resumable, b"", "*/4").status_code == 404
    assert requests.get(f"{server.url}/uploads/a").status_code == 404


def test_a_cancelled_upload_is_gone(server, resumable, tmp_path):
    put(resumable, b"0123", "0-3/8")

    assert requests.delete(resumable).status_code == 499
    assert put(resumable, b"", "*/8").status_code == 404
    assert list((tmp_path / "storage" / "incoming").iterdir()) == []


def test_an_upload_in_parts_can_be_cancelled(server, tmp_path):
    started = requests.post(f"{server.url}/uploads/a?uploads").text
    key = started.split("<UploadId>")[1].split("<")[0]
    part = f"{server.url}/uploads/a?uploadId={key}"
    requests.put(f"{part}&partNumber=1", b"part").raise_for_status()

    assert requests.delete(part).status_code == 204
    assert requests.post(part, b"<PartNumber>1</PartNumber>").status_code == 404
    assert list((tmp_path / "storage" / "incoming").iterdir()) == []


# Batches


def test_a_batch_answers_each_part_under_its_id(server):
    part = "Content-Type: application/http\r\nContent-ID: <{}>\r\n\r\n{} HTTP/1.1\r\n\r\n\r\n"
    targets = ("GET /storage/v1/b/uploads", "GET /uploads/a", "GET /storage/v1/b/no")
    requests.put(f"{server.url}/uploads/a", b"bytes")
    body = "".join(f"--x\r\n{part.format(n, each)}" for n, each in enumerate(targets)) + "--x--"

    reply = requests.post(
        f"{server.url}/batch/storage/v1",
        body,
        headers={"Content-Type": "multipart/mixed; boundary=x"},
    ).text

    assert [f"<response-{n}>" in reply for n in range(3)] == [True] * 3
    lines = [line for line in reply.splitlines() if line.startswith("HTTP/1.1")]
    assert [line.split()[1] for line in lines] == ["200", "501", "404"]


# Pages

NAMES = st.lists(st.text("ab/\U0010ffff", min_size=1, max_size=6), unique=True, max_size=12)


@given(
    NAMES,
    st.text("ab/", max_size=2),
    st.sampled_from(["", "/", "b/"]),
    st.text("ab/", max_size=2),
    st.text("ab/", max_size=2),
    st.integers(1, 4),
)
def test_pages_together_are_the_list(names, prefix, delimiter, start, end, limit):
    names = sorted(names)
    items, prefixes, token = [], [], ""
    seek = partial(rows(names).keys, "uploads", versions=False)
    for _ in range(len(names) + 1):
        query = Query.parse(
            {
                "prefix": prefix,
                "delimiter": delimiter,
                "startOffset": start,
                "endOffset": end,
                "maxResults": str(limit),
                "pageToken": token,
            }
        )
        got = page(seek, query)
        assert got == page(among(names), query)
        assert len(got.keys) + len(got.prefixes) <= limit
        items += [name for name, _ in got.keys]
        prefixes += got.prefixes
        token = got.token
        if token is None:
            break

    expected_items, expected_prefixes = everything(names, prefix, delimiter, start, end)
    assert token is None
    assert items == expected_items
    assert prefixes == expected_prefixes


def rows(names):
    """An index of the names, to be read like a list of them: every generation is 0 to a reader."""
    index = Index(Path(":memory:"))
    index.change((), [object_of(name, at) for at, name in enumerate(names, 1)])
    keys = index.keys
    index.keys = lambda *given, **how: ((name, 0) for name, _ in keys(*given, **how))
    return index


def object_of(name, generation, deleted=None):
    return StoredObject(
        "uploads", name, generation, 1, 0, "", None, None, "now", "now", {}, deleted
    )


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_pages_of_versions_together_are_all_versions(limit):
    index = Index(Path(":memory:"))
    known = [("a", 3), ("a", 5), ("b/", 1), ("b/c", 2), ("b/c", 9), ("d", 4)]
    index.change((), [object_of(*key, deleted=None if key[1] > 4 else "then") for key in known])
    seek = partial(index.keys, "uploads", versions=True)
    items, token = [], ""

    while token is not None:
        got = page(seek, Query.parse({"maxResults": str(limit), "pageToken": token}))
        items += got.keys
        token = got.token

    assert items == known
    assert page(seek, Query(delimiter="/")).prefixes == ("b/",)
    assert list(index.keys("uploads", ("", 0), versions=False)) == [("a", 5), ("b/c", 9)]


def everything(names, prefix, delimiter, start, end):
    """What a list is by its definition, without pages and shortcuts."""
    items, prefixes = [], []
    for name in names:
        if not name.startswith(prefix) or name < start or (end and name >= end):
            continue
        rest = name[len(prefix) :]
        if delimiter and delimiter in rest:
            group = prefix + rest.split(delimiter)[0] + delimiter
            if group not in prefixes:
                prefixes.append(group)
        else:
            items.append(name)
    return items, prefixes
