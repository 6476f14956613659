"""Official clients of an emulator whose address is not in this process's environment."""

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage


def of_storage(url: str, project: str) -> storage.Client:
    """A client of the storage at that URL."""
    return storage.Client(
        project=project,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": url},
    )
