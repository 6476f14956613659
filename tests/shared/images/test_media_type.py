"""What an uploader says a file is, and whether that is wrong."""

import pytest

from shared.images import media_type


@pytest.mark.parametrize(
    ("declared", "detected", "wrong"),
    [
        (None, "image/jpeg", False),
        ("", "image/jpeg", False),
        ("application/octet-stream", "image/jpeg", False),
        ("Binary/Octet-Stream; x=1", "image/png", False),
        ("image/jpeg", "image/jpeg", False),
        ("image/jpg", "image/jpeg", False),
        ("IMAGE/JPEG", "image/jpeg", False),
        ("image/jpeg; charset=UTF-8", "image/jpeg", False),
        (" image/pjpeg ;q=1", "image/jpeg", False),
        ("image/x-png", "image/png", False),
        ("image/apng", "image/png", False),
        ("image/heif", "image/heic", False),
        ("image/heic", "image/heif", False),
        ("image/heic-sequence", "image/heic", False),
        ("image/png", "image/jpeg", True),
        ("image/jpg", "image/png", True),
        ("image/heic", "image/jpeg", True),
        ("image/jpeg", "image/heic", True),
        ("text/html; image/jpeg", "image/jpeg", True),
    ],
)
def test_only_a_different_type_contradicts_the_content(
    declared: str | None, detected: str, wrong: bool
) -> None:
    assert media_type.contradicts(declared, detected) is wrong


def test_every_spelling_is_among_those_of_its_type() -> None:
    for kind in ("image/jpeg", "image/jpg", "image/x-png", "image/gif"):
        assert kind in media_type.spellings(kind)
    assert media_type.spellings("image/jpg") == media_type.spellings("image/jpeg")
