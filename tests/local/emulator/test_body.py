"""Bodies as they are read from a connection."""

from email.message import Message
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.emulator.body import BadBody, ChunkedBody, body_of


@given(st.lists(st.binary(min_size=1, max_size=20)), st.integers(1, 30))
def test_chunks_of_any_size_are_read_in_blocks_of_any_size(chunks, size):
    wire = b"".join(b"%x;ext=1\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    stream = BytesIO(wire + b"0\r\nTrailer: 1\r\n\r\nnext request")
    body = ChunkedBody(stream)

    read = list(iter(lambda: body.read(size), b""))

    assert b"".join(read) == b"".join(chunks)
    assert all(len(block) <= size for block in read)
    assert stream.read() == b"next request"


@pytest.mark.parametrize(
    ("headers", "sent", "why"),
    [
        pytest.param({"Content-Length": "ten"}, b"", "'ten'", id="no number"),
        pytest.param({"Content-Length": "5"}, b"four", "ended early", id="cut off"),
        pytest.param({"Content-Length": "11"}, b"", "more than 10 bytes", id="too long"),
        pytest.param({"Transfer-Encoding": "gzip"}, b"", "'gzip'", id="coding"),
        pytest.param({"Transfer-Encoding": "chunked"}, b"0x1\r\n", "b'0x1'", id="no chunk size"),
        pytest.param({"Transfer-Encoding": "chunked"}, b"1\r\nab\r\n", "longer", id="long chunk"),
        pytest.param({"Transfer-Encoding": "chunked"}, b"9\r\n", "ended early", id="half a chunk"),
        pytest.param({"Transfer-Encoding": "chunked"}, b"b\r\n", "more than", id="large chunk"),
    ],
)
def test_a_malformed_body_is_refused(headers, sent, why):
    message = Message()
    for name, value in headers.items():
        message[name] = value

    with pytest.raises(BadBody, match=why):
        list(body_of(message, BytesIO(sent), limit=10).blocks())
