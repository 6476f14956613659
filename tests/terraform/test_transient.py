"""Which errors of an apply are tried again."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terraform import transient

PASSING = {
    "eventarc": (
        'Error creating Trigger: googleapi: Error 400: Invalid resource state for "": Permission '
        "denied while using the Eventarc Service Agent. If you recently started to use Eventarc, "
        "it may take a few minutes before all necessary permissions are propagated to the Service "
        "Agent. Otherwise, verify that it has Eventarc Service Agent role."
    ),
    "agent": (
        "Error applying IAM policy for service account "
        "'projects/my-photos/serviceAccounts/darkroom-push@my-photos.iam.gserviceaccount.com': "
        "googleapi: Error 400: Service account "
        "service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com does not exist., badRequest"
    ),
    "secret": (
        "Error waiting to create function: Error waiting for Creating function: Error code 3, "
        "message: Could not create or update Cloud Run service darkroom-detect, Container "
        "Healthcheck failed. Permission denied on secret: "
        "projects/123456789012/secrets/gemini-key/versions/1 for Revision service account "
        "darkroom-detect@my-photos.iam.gserviceaccount.com. The service account used must be "
        "granted the 'Secret Manager Secret Accessor' role"
    ),
    "kms": (
        "googleapi: Error 403: Permission denied on Cloud KMS key. Please ensure that your Cloud "
        "Storage service account has been authorized to use this key., forbidden"
    ),
    "sources": (
        "Error waiting to create function: Error waiting for Creating function: Error code 13, "
        "message: Build failed with status: FAILURE and message: failed to Fetch: failed to "
        "download archive gs://gcf-v2-sources-123456789012-us-central1/darkroom-detect/"
        "function-source.zip: Access to bucket gcf-v2-sources-123456789012-us-central1 denied. "
        "You must grant Storage Object Viewer permission to "
        "darkroom-build@my-photos.iam.gserviceaccount.com."
    ),
    "provenance": (
        "Error waiting to create function: Error waiting for Creating function: Error code 7, "
        "message: Could not build the function due to missing permissions. Error determining "
        "source provenance"
    ),
    "objects": (
        "Error waiting for Creating function: Error code 7, message: Build failed: Permission "
        "'storage.objects.get' denied on resource (or it may not exist)."
    ),
    "registry": (
        "Error waiting for Creating function: Error code 13, message: Build failed: denied: "
        'Permission "artifactregistry.repositories.uploadArtifacts" denied on resource '
        '"projects/my-photos/locations/us-central1/repositories/gcf-artifacts" (or it may not '
        "exist)"
    ),
    "api": (
        "Error creating service account: googleapi: Error 403: Identity and Access Management "
        "(IAM) API has not been used in project 123456789012 before or it is disabled. Enable it "
        "by visiting https://console.developers.google.com/apis/api/iam.googleapis.com then retry. "
        "If you enabled this API recently, wait a few minutes for the action to propagate to our "
        "systems and retry."
    ),
    "publish": (
        "Error creating Trigger: googleapi: Error 400: The Cloud Storage service account for your "
        "bucket is unable to publish to Cloud Pub/Sub topics in the specified project. To use GCS "
        "CloudEvent triggers, the GCS service account requires the Pub/Sub Publisher "
        "(roles/pubsub.publisher) IAM role in the specified project."
    ),
}
STAYING = {
    "region": (
        "Error creating function: googleapi: Error 403: Permission denied on "
        "'locations/europe-southwest1' (or it may not exist), forbidden"
    ),
    "mine": (
        "Error creating Topic: googleapi: Error 403: User not authorized to perform this action."
    ),
    "quota": (
        "Error waiting for Creating function: Error code 8, message: Quota exceeded for total "
        "allowable CPU per project per region."
    ),
    "member": (
        "Error applying IAM policy: googleapi: Error 400: Service account "
        "shop@my-shop.iam.gserviceaccount.com does not exist., badRequest"
    ),
    "policy": (
        "googleapi: Error 412: Request violates constraint "
        "'constraints/storage.softDeletePolicySeconds', conditionNotMet"
    ),
    "taken": "googleapi: Error 409: Your previous request to create the named bucket succeeded",
}


def shown(message: str, width: int = 78) -> str:
    """A message as Terraform writes it to a pipe."""
    where = "  with module.darkroom.google_x.y,\n  on darkroom/x.tf line 1"
    whole = {"break_on_hyphens": False, "break_long_words": False}
    lines = [*textwrap.wrap(f"Error: {message}", width, **whole), "", where]
    body = "\n".join(f"│ {line}" for line in "\n".join(lines).splitlines())
    return f"╷\n{body}\n╵\n"


@pytest.mark.parametrize("name", PASSING)
def test_an_error_that_passes_is_tried_again_with_its_reason(name: str) -> None:
    (why,) = transient.reasons(shown(PASSING[name]))

    assert why in {row.why for row in transient.TABLE}


@pytest.mark.parametrize("name", STAYING)
def test_an_error_that_stays_is_not(name: str) -> None:
    assert transient.reasons(shown(STAYING[name])) == []


@given(st.sampled_from(sorted(PASSING)), st.integers(30, 200))
def test_it_is_known_however_its_lines_are_wrapped(name: str, width: int) -> None:
    assert transient.reasons(shown(PASSING[name], width))


@given(st.lists(st.sampled_from(sorted(PASSING)), max_size=4), st.sampled_from(sorted(STAYING)))
def test_one_that_stays_among_others_is_enough_to_stop(names: list[str], stays: str) -> None:
    complaints = [*(shown(PASSING[name]) for name in names), shown(STAYING[stays])]

    assert transient.reasons("\n".join(complaints)) == []
    assert transient.reasons("\n".join(reversed(complaints))) == []


def test_every_row_is_of_one_of_these_messages() -> None:
    idle = [
        row.why
        for row in transient.TABLE
        if not any(row.pattern.search(message) for message in PASSING.values())
    ]

    assert idle == []


def test_silence_is_not_tried_again() -> None:
    assert transient.reasons("") == []
    assert transient.reasons("Warning: a permission denied on secret: is not an error") == []
