"""An upload stored compressed is inflated exactly or refused, and no bomb goes off."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.border import content_encoding
from shared.errors import Rejected

MOST = 5_000_000


def bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def joined(body: bytes) -> bytes:
    """As `cat a.gz b.gz` and bgzip make it, with the zeros that tapes add."""
    half = len(body) // 2
    return gzip.compress(body[:half]) + gzip.compress(body[half:]) + bytes(512)


CODINGS = {
    "gzip": ("gzip", gzip.compress),
    "old name": ("x-gzip", gzip.compress),
    "capitals": (" GZIP ", gzip.compress),
    "joined": ("gzip", joined),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("deflate", bare),
    "none": (None, bytes),
    "identity": ("identity", bytes),
    "no coding at all": ("aws-chunked", bytes),
}
coding = pytest.mark.parametrize(("name", "pack"), CODINGS.values(), ids=CODINGS)
bodies = st.binary(max_size=300) | st.integers(0, 200_000).map(
    lambda size: bytes(range(250)) * 3 + bytes(size)
)
Pack = Callable[[bytes], bytes]


@coding
@given(body=bodies, first=st.integers(1, 100_000))
def test_what_was_packed_comes_out_whole_and_from_its_beginning(
    name: str | None, pack: Pack, body: bytes, first: int
) -> None:
    stored = pack(body)

    assert content_encoding.whole(stored, name, MOST) == body
    assert content_encoding.beginning(stored, name, first) == body[:first]


@given(body=bodies, end=st.integers(0, 100_000))
def test_the_beginning_of_what_is_stored_gives_the_beginning_of_what_is_in_it(
    body: bytes, end: int
) -> None:
    stored = gzip.compress(body)

    assert body.startswith(content_encoding.beginning(stored[:end], "gzip", 65_536))


@given(lie=st.binary(min_size=1, max_size=300), name=st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_are_inflated_or_refused_and_nothing_else(lie: bytes, name: str) -> None:
    for read in (content_encoding.whole, content_encoding.beginning):
        reasons = set()
        try:
            read(lie, name, MOST)
        except Rejected as why:
            reasons.add(why.reason)
        assert reasons <= {"unreadable"}


@pytest.mark.parametrize("name", ["gzip", "deflate"])
@pytest.mark.parametrize("head", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF"])
def test_a_plain_photo_declared_to_be_compressed_is_unreadable(name: str, head: bytes) -> None:
    for read in (content_encoding.whole, content_encoding.beginning):
        with pytest.raises(Rejected, match="declared to be compressed") as refused:
            read(head + bytes(1000), name, MOST)
        assert refused.value.reason == "unreadable"


@pytest.mark.parametrize("cut", [1, 8, 300])
def test_a_file_without_its_end_is_unreadable(cut: int) -> None:
    stored = gzip.compress(bytes(range(256)) * 50)

    with pytest.raises(Rejected, match="its end is missing"):
        content_encoding.whole(stored[:-cut], "gzip", MOST)


def test_many_empty_parts_are_refused_before_they_cost_much_time() -> None:
    with pytest.raises(Rejected, match="10,000 parts"):
        content_encoding.whole(gzip.compress(b"") * 20_000, "gzip", MOST)


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_a_bomb_takes_no_more_memory_than_its_own_size(name: str) -> None:
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}[name]
    bomb = pack(b"\xff\xd8\xff" + bytes(300_000_000), 1)

    tracemalloc.start()
    with pytest.raises(Rejected) as refused:
        content_encoding.whole(bomb, name, 100_000_000)
    start = content_encoding.beginning(bomb, name, 65_536)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert refused.value.reason == "too_large"
    assert "100,000,000 are the limit" in refused.value.sentence
    assert len(start) == 65_536
    assert peak < 2_000_000


def test_the_limit_is_about_what_is_inflated() -> None:
    stored = gzip.compress(bytes(1000))

    assert len(content_encoding.whole(stored, "gzip", 1000)) == 1000
    with pytest.raises(Rejected, match="999 are the limit"):
        content_encoding.whole(stored, "gzip", 999)
