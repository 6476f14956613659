"""The type an uploader declares for a file, whatever its spelling (RFC 9110, 8.3.1)."""

# Several names for one thing, the registered one first.
_SPELLINGS = (
    ("image/jpeg", "image/jpg", "image/pjpeg", "image/jfif", "image/x-jpeg", "image/x-jpg"),
    ("image/png", "image/x-png", "image/apng", "image/vnd.mozilla.apng"),
    ("image/webp", "image/x-webp"),
    ("image/heic", "image/heic-sequence", "image/x-heic"),
    ("image/heif", "image/heif-sequence", "image/x-heif"),
)
_UNKNOWN = {"", "application/octet-stream", "binary/octet-stream", "application/binary"}
_HEIFS = {
    "image/heic",
    "image/heif",
}  # the first is a kind of the second, and the names are mixed up


def bare(declared: str | None) -> str | None:
    """The type in lower case and without parameters; None if there is none."""
    return (declared or "").partition(";")[0].strip().lower() or None


def spellings(kind: str) -> tuple[str, ...]:
    """All names of a bare type, itself among them."""
    return next((names for names in _SPELLINGS if kind in names), (kind,))


def contradicts(declared: str | None, detected: str) -> bool:
    """Whether a declared type says that the file is something else than it was found to be."""
    named = bare(declared) or ""
    if named in _UNKNOWN:
        return False
    kind = spellings(named)[0]
    return kind != detected and not {kind, detected} <= _HEIFS
