# With `uploads_bucket` an existing bucket is read: nothing of it is made or changed, and grants are added to those it has.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
  mock_data "google_storage_bucket" {
    defaults = { location = "US-CENTRAL1", project_number = 123456789012, uniform_bucket_level_access = true, versioning = [{ enabled = true }] }
  }
  mock_resource "google_cloudfunctions2_function" {
    defaults = { service_config = { uri = "https://function.example" } }
  }
}
mock_provider "time" {}

variables {
  project         = "my-photos"
  packages        = "tests/packages"
  copies_readers  = ["group:press@example.com"]
  gallery_members = ["group:shop@example.com"]
  submit_members  = ["serviceAccount:shop@my-shop.iam.gserviceaccount.com"]
  upload_members  = ["group:shop@example.com"]
  uploads_bucket  = "my-archive"
}

run "the_bucket_is_looked_at_and_no_other_is_made_in_its_place" {
  command = plan

  assert {
    condition     = keys(google_storage_bucket.bucket) == ["copies", "results", "source", "state"] && !contains(values(google_storage_bucket.bucket)[*].name, "my-archive")
    error_message = "Four buckets are made; the own one is not among them."
  }
  assert {
    condition     = data.google_storage_bucket.uploads[*].name == ["my-archive"]
    error_message = "The own bucket is only looked at."
  }
}

run "the_functions_the_trigger_and_the_command_know_it_by_its_name" {
  command = plan

  assert {
    condition     = alltrue([for s in values(local.environment) : s["UPLOADS_BUCKET"] == "my-archive"]) && output.settings.environment["UPLOADS_BUCKET"] == "my-archive"
    error_message = "Every function takes photos of that bucket alone."
  }
  assert {
    condition     = one([for c in google_eventarc_trigger.uploads.matching_criteria : c.value if c.attribute == "bucket"]) == "my-archive" && google_eventarc_trigger.uploads.location == "us-central1"
    error_message = "The trigger hears of uploads to that bucket alone, where it is."
  }
  assert {
    condition     = output.buckets["uploads"] == "my-archive" && strcontains(output.next.upload, "gs://my-archive/")
    error_message = "The outputs name it."
  }
}

run "the_same_is_granted_as_on_a_bucket_that_is_made_and_each_grant_is_added" {
  command = plan

  assert {
    condition     = output.grants == tolist(sort(split("\n", trimspace(replace(file("tests/iam.txt"), "my-photos-darkroom-uploads", "my-archive")))))
    error_message = "The grants are other than tests/iam.txt says, with the own bucket in it:\n${join("\n", output.grants)}"
  }
  assert {
    condition = toset([
      for g in concat(values(google_storage_bucket_iam_member.function), values(google_storage_bucket_iam_member.uploader)) : g.role if g.bucket == "my-archive"
    ]) == toset(["roles/storage.objectCreator", "roles/storage.objectViewer"])
    error_message = "On the own bucket everybody may read or create at most: nobody may replace or delete."
  }
}

run "its_photos_are_marked_only_where_that_is_asked_for" {
  command = plan

  variables {
    mark_uploads = true
  }

  assert {
    condition     = toset([for g in values(google_storage_bucket_iam_member.marker) : "${g.bucket} ${g.role}"]) == toset(["my-archive projects/my-photos/roles/darkroom_marker"])
    error_message = "The role is granted on the own bucket."
  }
}

run "only_the_sweep_knows_since_when_photos_are_taken_in" {
  command = apply

  assert {
    condition     = keys({ for name, settings in local.environment : name => true if contains(keys(settings), "UPLOADS_SINCE") }) == ["sweep"]
    error_message = "What lay in the bucket before is not lost."
  }
  assert {
    condition     = can(regex("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$", local.environment["sweep"]["UPLOADS_SINCE"]))
    error_message = "It is a time."
  }
}

run "the_time_stays_when_it_is_deployed_again" {
  command = apply

  assert {
    condition     = local.environment["sweep"]["UPLOADS_SINCE"] == run.only_the_sweep_knows_since_when_photos_are_taken_in.settings.environment["UPLOADS_SINCE"]
    error_message = "A later time would make photos that were lost since be left alone."
  }
}

run "versioning_that_is_off_is_a_warning" {
  command = plan

  override_data {
    target = data.google_storage_bucket.uploads
    values = { location = "US-CENTRAL1", project_number = 123456789012, uniform_bucket_level_access = true, versioning = [{ enabled = false }] }
  }

  expect_failures = [check.uploads_bucket_keeps_what_is_overwritten]
}

run "a_bucket_that_never_had_versioning_is_a_warning" {
  command = plan

  override_data {
    target = data.google_storage_bucket.uploads
    values = { location = "US-CENTRAL1", project_number = 123456789012, uniform_bucket_level_access = true, versioning = [] }
  }

  expect_failures = [check.uploads_bucket_keeps_what_is_overwritten]
}

run "access_by_object_is_a_warning" {
  command = plan

  override_data {
    target = data.google_storage_bucket.uploads
    values = { location = "US-CENTRAL1", project_number = 123456789012, uniform_bucket_level_access = false, versioning = [{ enabled = true }] }
  }

  expect_failures = [check.uploads_bucket_has_uniform_access]
}

run "a_bucket_in_another_region_is_a_warning" {
  command = plan

  override_data {
    target = data.google_storage_bucket.uploads
    values = { location = "EUROPE-WEST1", project_number = 123456789012, uniform_bucket_level_access = true, versioning = [{ enabled = true }] }
  }

  expect_failures = [check.uploads_bucket_is_near]
}

run "a_bucket_in_another_multi_region_is_a_warning" {
  command = plan

  override_data {
    target = data.google_storage_bucket.uploads
    values = { location = "EU", project_number = 123456789012, uniform_bucket_level_access = true, versioning = [{ enabled = true }] }
  }

  expect_failures = [check.uploads_bucket_is_near]
}

run "a_bucket_of_another_project_is_a_warning" {
  command = plan

  override_data {
    target = data.google_storage_bucket.uploads
    values = { location = "US-CENTRAL1", project_number = 1, uniform_bucket_level_access = true, versioning = [{ enabled = true }] }
  }

  expect_failures = [check.uploads_bucket_is_in_the_project]
}

run "the_trigger_of_a_multi_region_bucket_is_in_the_multi_region" {
  command = plan

  override_data {
    target = data.google_storage_bucket.uploads
    values = { location = "US", project_number = 123456789012, uniform_bucket_level_access = true, versioning = [{ enabled = true }] }
  }

  assert {
    condition     = google_eventarc_trigger.uploads.location == "us" && google_eventarc_trigger.uploads.destination[0].cloud_run_service[0].region == "us-central1"
    error_message = "A trigger is where its bucket is, and ingest where all functions are."
  }
}

run "without_one_a_bucket_is_made_and_none_is_looked_at" {
  command = plan

  variables {
    uploads_bucket = ""
  }

  assert {
    condition     = google_storage_bucket.bucket["uploads"].name == "my-photos-darkroom-uploads" && length(data.google_storage_bucket.uploads) == 0
    error_message = "As it is without the variable."
  }
  assert {
    condition     = google_eventarc_trigger.uploads.location == "us-central1"
    error_message = "The trigger is in the region of everything."
  }
}

run "a_bucket_that_is_made_here_cannot_be_the_own_one" {
  command = plan

  variables {
    uploads_bucket = "my-photos-darkroom-results"
  }

  expect_failures = [data.google_storage_bucket.uploads]
}

run "an_address_is_not_a_name" {
  command = plan

  variables {
    uploads_bucket = "gs://my-archive/2026"
  }

  expect_failures = [var.uploads_bucket]
}

run "retention_of_uploads_is_for_the_owner_of_the_bucket" {
  command = plan

  variables {
    retention_days = { uploads = 30 }
  }

  expect_failures = [var.retention_days]
}
