"""What an upload is, by its first bytes."""

import pytest

from shared.errors import Rejected
from shared.images.sniff import HEAD_BYTES, photo_type
from testbed import uploads as hostile


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    body = b"ftyp" + major + bytes(4) + b"".join(compatible)
    return (4 + len(body)).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (ftyp(b"heic", b"mif1", b"heic"), "image/heic"),
        (ftyp(b"heix"), "image/heic"),
        (ftyp(b"hevc", b"msf1", b"hevc"), "image/heic"),
        (ftyp(b"mif1", b"mif1", b"heic"), "image/heif"),
        (ftyp(b"mif1", b"mif1", b"miaf"), "image/heif"),
        (ftyp(b"msf1"), "image/heif"),
        (ftyp(b"mif2"), "image/heif"),
        (b"\0\0\0\x10ftypmif3heic", "image/heif"),  # the low-overhead form
        (ftyp(b"avci", b"mif1"), "image/heif"),
        (ftyp(b"jpeg", b"mif1", b"jpeg"), "image/heif"),
        (ftyp(b"vvic"), "image/heif"),
        (ftyp(b"abcd", b"mif1", b"j2ki"), "image/heif"),
        (ftyp(b"MiHE", b"mif1", b"heic"), "image/heic"),
    ],
)
def test_a_photo_is_known_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert photo_type(head) == kind
    assert photo_type(head + bytes(HEAD_BYTES)) == kind


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"GIF89a", "GIF"),
        (b"%PDF-1.7", "PDF"),
        (b"BM\x36\0", "BMP"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"PK\3\4", "ZIP"),
        (b"\n<!DOCTYPE HTML><p>", "HTML"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}<html>".encode(), "HTML"),
        (b"<?xml version='1.0'?><svg>", "SVG"),
        ("Xin chào, đây là văn bản".encode(), "text"),
        (ftyp(b"avif", b"mif1"), "AVIF"),
        (ftyp(b"mif1", b"mif1", b"avif"), "AVIF"),
        (ftyp(b"heic", b"avis"), "AVIF"),
        (b"\0\0\0\x10ftypmif3avif", "AVIF"),
        (ftyp(b"isom", b"mp41"), "MP4"),
        (ftyp(b"isom", b"mif1"), "MP4"),  # mif1 alone does not make a photo of a video
        (b"\x00\x01\x02\x03\xff\xfe", "no kind of photo"),
        (b"\xff\xd8", "no kind of photo"),
        (b"\x89PNG\r\n\x1a", "no kind of photo"),
        (b"RIFF\x10\0\0\0WAVE", "RIFF"),
    ],
)
def test_anything_else_is_refused_by_what_it_seems_to_be(head: bytes, named: str) -> None:
    with pytest.raises(Rejected, match=named) as refusal:
        photo_type(head)

    assert refusal.value.reason == "unsupported_type"


def test_no_bytes_are_empty() -> None:
    with pytest.raises(Rejected) as refusal:
        photo_type(b"")

    assert refusal.value.reason == "empty"


def test_brands_are_read_within_the_box_only() -> None:
    assert photo_type(ftyp(b"heic", b"mif1") + b"avif" * 8) == "image/heic"


@pytest.mark.parametrize("case", hostile.NOT_PHOTOS, ids=lambda case: case.name)
def test_what_is_no_photo_never_gets_further(case: hostile.Case) -> None:
    with pytest.raises(Rejected) as refusal:
        photo_type(case.data()[:HEAD_BYTES])

    assert refusal.value.reason in case.reasons
