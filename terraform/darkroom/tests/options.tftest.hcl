# Every option does what its description says.

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
}

run "several_environments_share_a_project" {
  command = plan

  variables {
    prefix = "dr-staging"
    region = "europe-west1"
  }

  assert {
    condition     = output.settings.environment["TOPIC_PREFIX"] == "dr-staging" && output.settings.environment["NOTIFY_URL"] == "https://dr-staging-notify-123456789012.europe-west1.run.app"
    error_message = "Names begin with the prefix, and notify knows its own address."
  }
  assert {
    condition = alltrue([
      for name in concat(
        values(google_cloudfunctions2_function.function)[*].name, values(google_pubsub_topic.topic)[*].name,
        values(google_pubsub_subscription.subscription)[*].name, values(google_service_account.function)[*].account_id,
        values(google_service_account.caller)[*].account_id,
        [google_eventarc_trigger.uploads.name, google_cloud_tasks_queue.webhooks.name, google_cloud_scheduler_job.sweep.name],
      ) : startswith(name, "dr-staging-")
    ])
    error_message = "A name without the prefix would be the same in all environments."
  }
  assert {
    condition     = alltrue([for b in values(google_storage_bucket.bucket) : startswith(b.name, "my-photos-dr-staging-") && b.location == "europe-west1"])
    error_message = "Names of buckets are the world's: project and prefix go in front."
  }
}

run "a_key_for_the_developer_api_takes_the_place_of_vertex_ai" {
  command = plan

  variables {
    gemini = { api_key_secret = "gemini-key", api_key_version = "3" }
  }

  assert {
    condition     = [for name, f in google_cloudfunctions2_function.function : name if length(f.service_config[0].secret_environment_variables) > 0] == ["describe", "detect", "segment"]
    error_message = "The workers have the key."
  }
  assert {
    condition = alltrue([
      for name in local.workers : alltrue([
        for s in google_cloudfunctions2_function.function[name].service_config[0].secret_environment_variables :
        s.key == "GEMINI_API_KEY" && s.secret == "gemini-key" && s.version == "3"
      ])
    ])
    error_message = "It comes from the secret, in the version that was named."
  }
  assert {
    condition     = !anytrue([for settings in values(local.environment) : contains(keys(settings), "GOOGLE_GENAI_USE_VERTEXAI")]) && !contains(keys(google_project_service.service), "aiplatform")
    error_message = "Vertex AI is not used then."
  }
}

run "webhook_secrets_reach_notify" {
  command = plan

  variables {
    webhook_secrets = { SHOP_SECRET = { secret = "shop-webhook", version = "2" } }
  }

  assert {
    condition     = { for name, f in google_cloudfunctions2_function.function : name => one(f.service_config[0].secret_environment_variables).key if length(f.service_config[0].secret_environment_variables) > 0 } == { notify = "SHOP_SECRET" }
    error_message = "notify alone signs."
  }
}

run "sizes_settings_and_limits_can_be_other_ones" {
  command = plan

  variables {
    daily_budget_usd   = 12.5
    delivery_attempts  = 20
    environment        = { MAX_MEGAPIXELS = "20" }
    functions          = { segment = { memory = "4Gi", max_instances = 3 }, gallery = { min_instances = 1 } }
    model              = "gemini-3.5-flash-lite"
    monthly_budget_usd = 250
    sweep_schedule     = "0 * * * *"
    timing             = { model_timeout_seconds = 200, lease_seconds = 300 }
  }

  assert {
    condition     = local.functions["segment"].memory == "4Gi" && local.functions["segment"].concurrency == 24 && google_cloudfunctions2_function.function["segment"].service_config[0].max_instance_count == 3
    error_message = "What is not said stays as it was."
  }
  assert {
    condition     = google_cloudfunctions2_function.function["gallery"].service_config[0].min_instance_count == 1
    error_message = "One instance of the gallery waits."
  }
  assert {
    condition     = alltrue([for s in values(local.environment) : s["DAILY_BUDGET_USD"] == "12.5" && s["MONTHLY_BUDGET_USD"] == "250" && s["MAX_MEGAPIXELS"] == "20" && s["MODEL"] == "gemini-3.5-flash-lite" && s["LEASE_SECONDS"] == "300"])
    error_message = "Settings reach every function."
  }
  assert {
    condition     = google_pubsub_subscription.subscription["detect"].dead_letter_policy[0].max_delivery_attempts == 20 && google_cloud_scheduler_job.sweep.schedule == "0 * * * *"
    error_message = "Deliveries and schedule are as they were set."
  }
}

run "retention_is_a_choice" {
  command = plan

  variables {
    retention_days = { uploads = 30, results = 365, copies = 1, restorable = 0 }
    destroy_data   = true
  }

  assert {
    condition = { for role in ["uploads", "results", "copies"] : role => [
      for rule in google_storage_bucket.bucket[role].lifecycle_rule : one(rule.condition).age
      if one(rule.action).type == "Delete" && one(rule.condition).days_since_noncurrent_time == null
    ] } == { uploads = [30], results = [365], copies = [1] }
    error_message = "Uploads, results and copies are deleted after their time."
  }
  assert {
    condition = { for prefix, days in merge([
      for rule in google_storage_bucket.bucket["state"].lifecycle_rule : {
        for prefix in coalesce(one(rule.condition).matches_prefix, []) : prefix => one(rule.condition).age
      }
    ]...) : prefix => days if contains(["announced/", "intake/", "index/", "index-late/", "index-parts/"], prefix) } == { "announced/" = 150, "intake/" = 150, "index/" = 365, "index-late/" = 365, "index-parts/" = 365 }
    error_message = "What lists show of a result goes with it, and what uploads came to when they cannot be restored any more."
  }
  assert {
    condition     = alltrue([for b in values(google_storage_bucket.bucket) : b.force_destroy && b.soft_delete_policy[0].retention_duration_seconds == 0])
    error_message = "Data can be destroyed where that was said."
  }
}

run "data_can_be_under_a_key_of_ones_own" {
  command = plan

  variables {
    kms_key = "projects/keys/locations/us-central1/keyRings/r/cryptoKeys/k"
  }

  assert {
    condition     = alltrue([for b in values(google_storage_bucket.bucket) : b.encryption[0].default_kms_key_name == var.kms_key]) && alltrue([for t in values(google_pubsub_topic.topic) : t.kms_key_name == var.kms_key])
    error_message = "Buckets and topics use the key."
  }
}

run "results_can_be_pulled" {
  command = plan

  variables {
    results_subscription = true
  }

  assert {
    condition     = google_pubsub_subscription.subscription["results"].name == "darkroom-results" && length(google_pubsub_subscription.subscription["results"].push_config) == 0
    error_message = "One more subscription, which pushes nothing."
  }
}

run "labels_are_on_everything_that_takes_some" {
  command = plan

  variables {
    labels = { team = "photos" }
  }

  assert {
    condition = alltrue([
      for each in concat(
        values(google_storage_bucket.bucket)[*].labels, values(google_pubsub_topic.topic)[*].labels, values(google_pubsub_subscription.subscription)[*].labels,
        values(google_cloudfunctions2_function.function)[*].labels, [google_eventarc_trigger.uploads.labels],
      ) : each["team"] == "photos"
    ])
    error_message = "Costs are told apart by labels."
  }
}

run "without_packages_nothing_is_planned" {
  command = plan

  variables {
    packages = "tests"
  }

  expect_failures = [google_storage_bucket_object.package]
}

run "many_requests_at_once_take_a_whole_cpu" {
  command = plan

  variables {
    functions = { ingest = { cpu = "0.33" } }
  }

  expect_failures = [google_cloudfunctions2_function.function]
}
