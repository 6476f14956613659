"""What kind of photo some bytes are, judged by the bytes alone."""

from typing import Literal

from shared.errors import Rejected

PhotoType = Literal["image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"]

HEAD_BYTES = 65_536  # as much of a file as `photo_type` ever looks at

_HEVC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_MIXED_BRANDS = {b"mif1", b"mif2", b"mif3", b"msf1", b"miaf"}
# Pictures and sequences in H.264, JPEG, JPEG 2000, VVC and EVC: HEIF, but nothing that is decoded.
_OTHER_BRANDS = {
    *(b"avci", b"avcs", b"jpeg", b"jpgs", b"j2ki", b"j2is", b"vvic", b"vvis"),
    *(b"evbi", b"evbs", b"evmi", b"evms"),
}
_AV1_BRANDS = {b"avif", b"avis"}

# Only for the sentence: what an upload seems to be if it is no photo.
_OTHERS = (
    (b"GIF8", "a GIF"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF or a camera's raw file"),
    (b"MM\0*", "a TIFF or a camera's raw file"),
    (b"8BPS", "a Photoshop document"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"\0\0\1\0", "an icon"),
    (b"PK\3\4", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"RIFF", "a RIFF file other than WEBP"),
    (b"version https://git-lfs", "a Git LFS pointer, not the picture it points to"),
)


def photo_type(head: bytes) -> PhotoType:
    """The media type of the photo that starts with `head`, its first `HEAD_BYTES` at most.

    Raises Rejected: `empty`, or `unsupported_type` with a sentence that names what it seems to be.
    """
    if not head:
        raise Rejected("empty", "The file has no bytes.")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _heif_type(head)
    raise Rejected("unsupported_type", f"This is {_guess(head)}. {_WANTED}")


_WANTED = "PNG, JPEG, WEBP, HEIC and HEIF are taken."


def _heif_type(head: bytes) -> PhotoType:
    """Heif or heic by the major brand of the `ftyp` box first (ISO/IEC 23008-12, annex B)."""
    end = int.from_bytes(head[:4], "big")
    major = head[8:12]
    brands = {major, head[12:16] if major == b"mif3" else b""}  # it has its brand in the version
    brands |= {head[at : at + 4] for at in range(16, min(end, len(head)) - 3, 4)}
    if brands & _AV1_BRANDS:
        raise Rejected("unsupported_type", f"This is an AVIF. {_WANTED}")
    if major in _MIXED_BRANDS | _OTHER_BRANDS:
        return "image/heif"
    if major in _HEVC_BRANDS or brands & {b"heic", b"heix"}:
        return "image/heic"
    if brands & _OTHER_BRANDS and brands & _MIXED_BRANDS:
        return "image/heif"
    raise Rejected("unsupported_type", f"This is an MP4, MOV or similar video. {_WANTED}")


def _guess(head: bytes) -> str:
    for magic, name in _OTHERS:
        if head.startswith(magic):
            return name
    if b"PNG\r\n\x1a\n" in head[:16] or b"PNG\n\x1a\n" in head[:16]:
        return "a PNG with a damaged signature, as a transfer in text mode leaves it"
    if b"\xff\xd8\xff" in head[:16]:
        return "a JPEG with something in front of it"
    start = head[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<script", b"<head", b"<body")):
        return "an HTML page"
    if b"<svg" in start:
        return "an SVG drawing"
    return "text" if _is_text(head[:1024]) else "no kind of photo that is known here"


def _is_text(start: bytes) -> bool:
    """Whether these are words: UTF-8 (whose last letter may be cut) without control characters."""
    letters = start.decode("utf-8", "ignore")
    printable = all(letter.isprintable() or letter in "\t\r\n\f" for letter in letters)
    return bool(letters) and printable and len(start) - len(letters.encode()) < 4
