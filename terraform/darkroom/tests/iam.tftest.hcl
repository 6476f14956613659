# All grants, as a table in tests/iam.txt, for review of each change. If a change is intended, the message has the new table.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
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
}

run "everybody_may_do_what_the_table_says" {
  command = plan

  assert {
    condition     = join("\n", output.grants) == trimspace(file("tests/iam.txt"))
    error_message = "The grants are other than tests/iam.txt says:\n${join("\n", output.grants)}"
  }
}

run "who_may_read_copies_gets_nothing_else" {
  command = plan

  variables {
    copies_readers = ["group:press@example.com", "user:ann@example.com", "serviceAccount:site@my-shop.iam.gserviceaccount.com"]
  }

  assert {
    condition = [for grant in output.grants : grant if contains(var.copies_readers, split(" ", grant)[0])] == [
      "group:press@example.com roles/storage.objectViewer bucket my-photos-darkroom-copies",
      "serviceAccount:site@my-shop.iam.gserviceaccount.com roles/storage.objectViewer bucket my-photos-darkroom-copies",
      "user:ann@example.com roles/storage.objectViewer bucket my-photos-darkroom-copies",
    ]
    error_message = "Who may see copies must not see the photos they were made of, nor what was found in them."
  }
  assert {
    condition     = [for function, rights in local.rights : function if length(rights.copies) > 0] == ["detect", "gallery", "segment", "sweep"]
    error_message = "Copies are made by detect and segment, shown by the gallery, and erased by the sweep."
  }
}

run "who_ends_jobs_may_mark_uploads_where_that_is_asked_for" {
  command = plan

  variables {
    mark_uploads = true
  }

  assert {
    condition = setsubtract(output.grants, split("\n", trimspace(file("tests/iam.txt")))) == toset([
      for name in ["dead-letter", "describe", "detect", "ingest", "segment", "sweep"] :
      "serviceAccount:darkroom-${name}@my-photos.iam.gserviceaccount.com projects/my-photos/roles/darkroom_marker bucket my-photos-darkroom-uploads"
    ])
    error_message = "One role more for those six, on the uploads bucket alone."
  }
  assert {
    condition     = google_project_iam_custom_role.marker[0].permissions == toset(["storage.objects.get", "storage.objects.update"])
    error_message = "Whoever marks an upload must not be able to replace or delete it."
  }
}

run "the_page_may_create_corrections_and_nothing_else_where_that_is_asked_for" {
  command = plan

  variables {
    corrections = "named"
  }

  assert {
    condition = setsubtract(output.grants, split("\n", trimspace(file("tests/iam.txt")))) == toset([
      "serviceAccount:darkroom-gallery@my-photos.iam.gserviceaccount.com roles/pubsub.publisher topic darkroom-results",
      "serviceAccount:darkroom-gallery@my-photos.iam.gserviceaccount.com roles/storage.objectCreator bucket my-photos-darkroom-results if resource.name.startsWith(\"projects/_/buckets/my-photos-darkroom-results/objects/\") && resource.name.extract(\"/correction-{number}.json\") != \"\" && resource.name.endsWith(\".json\") && !resource.name.endsWith(\"/result.json\")",
    ])
    error_message = "Two grants more for the page: it must not be able to write a record."
  }
  assert {
    condition     = { for name, settings in local.environment : name => settings["CORRECTIONS"] if can(settings["CORRECTIONS"]) } == { gallery = "named" }
    error_message = "The page alone is told, and only if it may."
  }
}

run "a_deleted_upload_is_heard_of_where_photos_are_erased_with_it" {
  command = plan

  variables {
    erase_with_uploads = true
  }

  assert {
    condition     = toset([for each in google_eventarc_trigger.deletions : one([for c in each.matching_criteria : c.value if c.attribute == "type"])]) == toset(["google.cloud.storage.object.v1.archived", "google.cloud.storage.object.v1.deleted"])
    error_message = "A trigger for each way in which an upload goes."
  }
  assert {
    condition     = { for name, settings in local.environment : name => settings["ERASE_WITH_UPLOADS"] if can(settings["ERASE_WITH_UPLOADS"]) } == { ingest = "true" }
    error_message = "Ingest alone is told."
  }
  assert {
    condition     = toset(output.grants) == toset(split("\n", trimspace(file("tests/iam.txt"))))
    error_message = "It takes no grant more: the sweep may delete results and copies in any case, and no upload."
  }
}

run "the_eraser_may_delete_and_do_nothing_else" {
  command = plan

  assert {
    condition     = google_project_iam_custom_role.eraser.permissions == toset(["storage.objects.delete"]) && length(google_eventarc_trigger.deletions) == 0
    error_message = "Whoever erases must not be able to write."
  }
}

run "nobody_may_mark_uploads_unless_that_is_asked_for" {
  command = plan

  assert {
    condition     = length(google_project_iam_custom_role.marker) == 0 && length(google_storage_bucket_iam_member.marker) == 0
    error_message = "Uploads are only read."
  }
}

run "conditions_are_within_what_iam_takes" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for grant in values(google_storage_bucket_iam_member.function) : [
        for c in grant.condition : length(split(" || ", c.expression)) <= 13 && length(c.title) <= 100 && length(c.description) <= 256
      ]
    ]))
    error_message = "IAM takes twelve || in a condition, a title of 100 characters and a description of 256."
  }
}

run "nothing_is_granted_to_everybody" {
  command = plan

  assert {
    condition     = alltrue([for grant in output.grants : !strcontains(grant, "allUsers") && !strcontains(grant, "allAuthenticatedUsers")])
    error_message = "Something is public."
  }
}

run "no_role_on_the_project_is_a_broad_one" {
  command = plan

  assert {
    condition = alltrue([
      for grant in concat(values(google_project_iam_member.project), [google_project_iam_member.build_sources]) :
      !contains(["roles/owner", "roles/editor", "roles/viewer"], grant.role) && (!startswith(grant.role, "roles/storage.") || length(grant.condition) == 1)
    ])
    error_message = "A role on the whole project must not be owner, editor or viewer, and one for storage must be bounded by a condition."
  }
}

run "with_a_key_workers_may_read_that_one_secret_and_ask_nothing_of_vertex_ai" {
  command = plan

  variables {
    gemini = { api_key_secret = "gemini-key", api_key_version = "3" }
  }

  assert {
    condition     = keys(google_secret_manager_secret_iam_member.function) == ["describe secretAccessor gemini-key", "detect secretAccessor gemini-key", "segment secretAccessor gemini-key"]
    error_message = "The three workers read the key, and nobody else."
  }
  assert {
    condition     = length(google_project_iam_custom_role.asker) == 0 && !anytrue([for key in keys(google_project_iam_member.project) : endswith(key, " model")])
    error_message = "Nobody needs Vertex AI then."
  }
}

run "secrets_of_webhooks_are_read_by_notify_alone" {
  command = plan

  variables {
    webhook_secrets = {
      SHOP_SECRET   = { secret = "shop-webhook" }
      SHOP_SECRET_2 = { secret = "shop-webhook", version = "2" }
    }
  }

  assert {
    condition     = keys(google_secret_manager_secret_iam_member.function) == ["notify secretAccessor shop-webhook"]
    error_message = "One grant for the one secret, to notify."
  }
}

run "a_key_of_ones_own_is_used_by_storage_and_pubsub_alone" {
  command = plan

  variables {
    kms_key = "projects/keys/locations/us-central1/keyRings/r/cryptoKeys/k"
  }

  assert {
    condition = toset(values(google_kms_crypto_key_iam_member.agent)[*].member) == toset([
      "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
      "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com",
    ])
    error_message = "The agents of Cloud Storage and Pub/Sub use the key."
  }
}
