"""Files that are no photo we accept, under any name."""

from functools import partial

from testbed.uploads.case import Case, reject
from testbed.uploads.heifs import avif, avif_as_mif1
from testbed.uploads.pictures import jpeg, picture, png, saved
from testbed.uploads.pngs import zip_file


def _other(name: str, ending: str, data: bytes) -> Case:
    return reject(name, ending, lambda: data, "unsupported_type")


def _written(form: str, ending: str) -> Case:
    """Another format, as Pillow writes it."""
    make = partial(saved, picture(), form)
    return reject(form.lower(), ending, make, "unsupported_type")


_SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
_LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
_HTML = b"<!DOCTYPE html><html><script>alert(document.domain)</script></html>"

CASES = (
    reject("empty", "jpg", lambda: b"", "empty"),
    _other("one byte", "jpg", b"\xff"),
    _other("two bytes of a jpeg", "jpg", b"\xff\xd8"),
    _other("plain text", "png", b"not a picture at all\n"),
    _other("svg with script", "png", _SVG),
    _other("pdf", "png", b"%PDF-1.7\n1 0 obj\n"),
    reject("zip", "png", zip_file, "unsupported_type"),
    _other("exe", "png", b"MZ\x90\0" + bytes(60)),
    _other("elf", "webp", b"\x7fELF\2\1\1" + bytes(57)),
    _other("html", "jpg", _HTML),
    _other("a megabyte of zeros", "jpg", bytes(2**20)),
    _written("GIF", "png"),
    _written("ICO", "png"),
    _written("BMP", "jpg"),
    _written("TIFF", "jpg"),
    _written("JPEG2000", "jpg"),
    _written("EPS", "jpg"),
    _written("PPM", "jpg"),
    _written("TGA", "jpg"),
    reject("avif", "heic", avif, "unsupported_type"),
    reject("avif that calls itself mif1", "heic", avif_as_mif1, "unsupported_type"),
    _other("mp4", "heic", b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(64)),
    _other("mov", "heic", b"\0\0\0\x14ftypqt  \0\0\2\0qt  " + bytes(64)),
    _other("ftyp without brands", "heic", b"\0\0\0\x08ftyp"),
    _other("git lfs pointer", "heic", _LFS),
    _other("riff wave", "webp", b"RIFF\x24\0\0\0WAVEfmt " + bytes(24)),
    reject("bom before png", "png", lambda: b"\xef\xbb\xbf" + png(), "unsupported_type"),
    reject("png sent as text", "png", lambda: png().replace(b"\r\n", b"\n"), "unsupported_type"),
    reject("newline before jpeg", "jpg", lambda: b"\n" + jpeg(), "unsupported_type"),
)
