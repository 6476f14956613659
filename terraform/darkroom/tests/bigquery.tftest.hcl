# Results in BigQuery: off unless asked for; then a table that takes everything, and views that sort it out.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
  mock_resource "google_cloudfunctions2_function" {
    defaults = { service_config = { uri = "https://function.example" } }
  }
}
mock_provider "time" {}

variables {
  project  = "my-photos"
  packages = "tests/packages"
  bigquery = { dataset = "darkroom" }
}

run "nothing_of_it_is_there_unless_asked_for" {
  command = plan

  variables {
    bigquery = null
  }

  assert {
    condition = length(concat(
      google_bigquery_dataset.results, google_bigquery_table.raw, google_bigquery_table.records, values(google_bigquery_table.view),
      google_bigquery_dataset_iam_member.pubsub_agent, google_pubsub_subscription.bigquery, google_pubsub_topic.bigquery_dead_letter, google_project_service.bigquery,
    )) == 0 && output.bigquery == null
    error_message = "The default is off."
  }
}

run "the_dataset_lies_where_the_buckets_lie" {
  command = plan

  variables {
    region = "europe-west1"
  }

  assert {
    condition     = google_bigquery_dataset.results[0].location == "europe-west1" && google_bigquery_dataset.results[0].location == google_storage_bucket.bucket["results"].location
    error_message = "Photos of Europe stay there unless somebody says otherwise."
  }
  assert {
    condition     = google_bigquery_dataset.results[0].max_time_travel_hours == "48" && !google_bigquery_dataset.results[0].delete_contents_on_destroy
    error_message = "What is erased can be restored for the shortest time; destroy keeps data."
  }
}

run "it_lies_elsewhere_if_told" {
  command = plan

  variables {
    bigquery = { dataset = "photos", location = "EU", days = 30 }
  }

  assert {
    condition     = google_bigquery_dataset.results[0].location == "EU" && google_bigquery_table.raw[0].time_partitioning[0].expiration_ms == 2592000000
    error_message = "Location and days are as they were set."
  }
}

run "the_raw_table_has_the_columns_that_a_subscription_writes" {
  command = plan

  assert {
    condition = { for column in jsondecode(google_bigquery_table.raw[0].schema) : column.name => column.type } == {
      subscription_name = "STRING", message_id = "STRING", publish_time = "TIMESTAMP", data = "STRING", attributes = "STRING",
    }
    error_message = "These are fixed; with another name or type nothing is written."
  }
  assert {
    condition     = google_bigquery_table.raw[0].time_partitioning[0].type == "DAY" && google_bigquery_table.raw[0].time_partitioning[0].field == "publish_time" && google_bigquery_table.raw[0].time_partitioning[0].expiration_ms == 34560000000
    error_message = "A partition is a day, and goes after 400 days."
  }
  assert {
    condition     = google_bigquery_table.raw[0].deletion_protection
    error_message = "A plan that replaced the table would lose all rows."
  }
}

run "the_subscription_writes_whatever_comes_and_gives_up_what_it_cannot" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.bigquery[0].bigquery_config[0].table == "my-photos.darkroom.raw" && google_pubsub_subscription.bigquery[0].bigquery_config[0].write_metadata && !google_pubsub_subscription.bigquery[0].bigquery_config[0].use_table_schema && !google_pubsub_subscription.bigquery[0].bigquery_config[0].use_topic_schema
    error_message = "A schema on the wire would stop the subscription at the first new member."
  }
  assert {
    condition     = google_pubsub_subscription.bigquery[0].expiration_policy[0].ttl == "" && google_pubsub_subscription.bigquery[0].retry_policy[0].minimum_backoff == "10s" && google_pubsub_subscription.bigquery[0].dead_letter_policy[0].max_delivery_attempts == 100
    error_message = "It outlives quiet months, and an outage of hours."
  }
  assert {
    condition     = google_pubsub_topic.bigquery_dead_letter[0].name == "darkroom-bigquery-dead-letter" && google_pubsub_subscription.bigquery_dead_letter[0].message_retention_duration == "2678400s" && google_pubsub_subscription.bigquery_dead_letter[0].expiration_policy[0].ttl == ""
    error_message = "What was given up is kept as long as can be."
  }
}

run "pubsub_may_write_to_this_dataset_and_to_no_other" {
  command = plan

  assert {
    condition = [for grant in output.grants : grant if strcontains(grant, "bigquery")] == [
      "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com roles/bigquery.dataEditor dataset darkroom",
      "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com roles/pubsub.publisher topic darkroom-bigquery-dead-letter",
      "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com roles/pubsub.subscriber subscription darkroom-bigquery",
    ]
    error_message = "Nothing is granted on the project, and nothing to a function."
  }
}

run "each_view_reads_the_dataset_by_its_full_name" {
  command = plan

  assert {
    condition     = strcontains(google_bigquery_table.records[0].view[0].query, "FROM `my-photos.darkroom.raw`") && google_bigquery_table.records[0].table_id == "results"
    error_message = "results reads raw."
  }
  assert {
    condition     = toset([for name, view in google_bigquery_table.view : name if strcontains(view.view[0].query, "FROM `my-photos.darkroom.results`")]) == toset(["objects", "fields", "costs", "failures"])
    error_message = "The others read results."
  }
  assert {
    condition     = alltrue([for view in concat(google_bigquery_table.records, values(google_bigquery_table.view)) : !view.deletion_protection && !view.view[0].use_legacy_sql && !strcontains(view.view[0].query, "$${")])
    error_message = "A view can be made again; nothing in it is left to fill in."
  }
}

run "it_is_under_ones_own_key_too" {
  command = plan

  variables {
    kms_key = "projects/keys/locations/us-central1/keyRings/r/cryptoKeys/k"
  }

  assert {
    condition     = google_bigquery_dataset.results[0].default_encryption_configuration[0].kms_key_name == var.kms_key && google_pubsub_topic.bigquery_dead_letter[0].kms_key_name == var.kms_key
    error_message = "Dataset and topic use the key."
  }
  assert {
    condition     = contains(output.grants, "serviceAccount:bq-123456789012@bigquery-encryption.iam.gserviceaccount.com roles/cloudkms.cryptoKeyEncrypterDecrypter key projects/keys/locations/us-central1/keyRings/r/cryptoKeys/k")
    error_message = "BigQuery uses it by its own account."
  }
}

run "a_key_of_the_multi_region_is_called_otherwise" {
  command = plan

  variables {
    region   = "europe-west1"
    bigquery = { dataset = "darkroom", location = "EU" }
    kms_key  = "projects/keys/locations/europe/keyRings/r/cryptoKeys/k"
  }

  assert {
    condition     = google_bigquery_dataset.results[0].location == "EU"
    error_message = "Keys for EU are in europe."
  }
}

run "a_key_from_elsewhere_is_refused" {
  command = plan

  variables {
    bigquery = { dataset = "darkroom", location = "EU" }
    kms_key  = "projects/keys/locations/us-central1/keyRings/r/cryptoKeys/k"
  }

  expect_failures = [var.bigquery]
}

run "a_dataset_with_its_project_is_refused" {
  command = plan

  variables {
    bigquery = { dataset = "my-photos.darkroom" }
  }

  expect_failures = [var.bigquery]
}

run "no_days_are_refused" {
  command = plan

  variables {
    bigquery = { dataset = "darkroom", days = 0 }
  }

  expect_failures = [var.bigquery]
}

run "a_location_that_is_none_is_refused" {
  command = plan

  variables {
    bigquery = { dataset = "darkroom", location = "Europe" }
  }

  expect_failures = [var.bigquery]
}

run "data_can_be_destroyed_where_that_was_said" {
  command = plan

  variables {
    destroy_data = true
  }

  assert {
    condition     = !google_bigquery_table.raw[0].deletion_protection && google_bigquery_dataset.results[0].delete_contents_on_destroy
    error_message = "destroy_data is for all data."
  }
}
