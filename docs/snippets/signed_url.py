"""A URL by which a browser uploads one photo to the uploads bucket, for ten minutes.

GOOGLE_APPLICATION_CREDENTIALS names the key of an account of `upload_members`.
"""

import sys
from datetime import timedelta

from google.cloud import storage

HEADERS = {
    "x-goog-if-generation-match": "0",  # no photo is replaced
    "x-goog-content-length-range": "0,20000000",  # bytes
}


def signed(blob: storage.Blob, content_type: str) -> str:
    """The URL; the browser must send the same type and headers."""
    return str(
        blob.generate_signed_url(
            version="v4",
            method="PUT",
            expiration=timedelta(minutes=10),
            content_type=content_type,
            headers=dict(HEADERS),
        )
    )


if __name__ == "__main__":
    bucket, name = sys.argv[1:]
    print(signed(storage.Client().bucket(bucket).blob(name), "image/jpeg"))
