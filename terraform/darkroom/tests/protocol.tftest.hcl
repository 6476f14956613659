# What the protocol needs from the cloud: docs/decisions/0003 and 0010 say why.

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

run "a_refused_message_waits_and_comes_again" {
  command = plan

  assert {
    condition = alltrue([
      for s in values(google_pubsub_subscription.subscription) :
      s.retry_policy[0].minimum_backoff == "10s" && s.retry_policy[0].maximum_backoff == "600s"
    ])
    error_message = "A subscription without a retry policy delivers again at once."
  }
  assert {
    condition     = alltrue([for s in values(google_pubsub_subscription.subscription) : s.expiration_policy[0].ttl == ""])
    error_message = "A subscription that expires loses what is published after 31 quiet days."
  }
  assert {
    condition     = length(google_eventarc_trigger.uploads.retry_policy) == 0
    error_message = "Eventarc retries for a day by itself; a retry policy would only end that."
  }
}

run "a_job_is_given_up_late_and_to_where_it_is_recorded" {
  command = plan

  assert {
    condition     = alltrue([for name in local.workers : google_pubsub_subscription.subscription[name].dead_letter_policy[0].max_delivery_attempts >= 20])
    error_message = "Fewer than 20 deliveries give up a job that only waits."
  }
  assert {
    condition     = toset([for name, s in google_pubsub_subscription.subscription : name if length(s.dead_letter_policy) > 0]) == toset(local.workers)
    error_message = "Jobs are given up; results and what was given up are not."
  }
  assert {
    condition     = google_pubsub_subscription.subscription["dead-letter"].message_retention_duration == "2678400s"
    error_message = "What was given up is kept as long as can be."
  }
}

run "each_time_is_longer_than_the_one_inside_it" {
  command = plan

  assert {
    condition = alltrue([
      for name in local.workers :
      google_pubsub_subscription.subscription[name].ack_deadline_seconds > google_cloudfunctions2_function.function[name].service_config[0].timeout_seconds
      && google_cloudfunctions2_function.function[name].service_config[0].timeout_seconds > tonumber(local.environment[name]["LEASE_SECONDS"])
      && tonumber(local.environment[name]["LEASE_SECONDS"]) >= tonumber(local.environment[name]["MODEL_TIMEOUT_SECONDS"]) + 60
    ])
    error_message = "The queue waits longer than a function may run, that is longer than a lease, and that is longer than a call."
  }
  assert {
    condition = (
      tonumber(trimsuffix(google_cloud_scheduler_job.sweep.attempt_deadline, "s")) > google_cloudfunctions2_function.function["sweep"].service_config[0].timeout_seconds
      && google_cloudfunctions2_function.function["sweep"].service_config[0].timeout_seconds > tonumber(local.environment["sweep"]["SWEEP_LIMIT_SECONDS"])
    )
    error_message = "The schedule waits longer than the sweep may run, and that is longer than its own limit."
  }
  assert {
    condition     = google_cloud_tasks_queue.webhooks.retry_config[0].max_attempts == -1
    error_message = "A task that is given up ends its delivery without a word."
  }
}

run "who_decodes_has_memory_for_the_largest_photo" {
  command = plan

  assert {
    condition     = alltrue([for name in concat(local.workers, ["gallery"]) : google_cloudfunctions2_function.function[name].service_config[0].available_memory == "2Gi" && local.functions[name].cpu == "1"])
    error_message = "A child that decodes may take 1 GiB, and there is one per CPU."
  }
  assert {
    condition = alltrue([
      for name, f in google_cloudfunctions2_function.function :
      f.service_config[0].max_instance_request_concurrency == tonumber(f.service_config[0].environment_variables["THREADS"])
    ])
    error_message = "An instance that is sent more requests than it has threads lets some wait."
  }
}

run "every_message_goes_to_its_function_with_a_token" {
  command = apply

  assert {
    condition = { for name, s in google_pubsub_subscription.subscription : name => s.push_config[0].push_endpoint } == {
      "dead-letter" = "https://function.example/projects/my-photos/topics/darkroom-dead-letter"
      "describe"    = "https://function.example/projects/my-photos/topics/darkroom-describe"
      "detect"      = "https://function.example/projects/my-photos/topics/darkroom-detect"
      "notify"      = "https://function.example/"
      "segment"     = "https://function.example/projects/my-photos/topics/darkroom-segment"
    }
    error_message = "The endpoints are: ${jsonencode({ for name, s in google_pubsub_subscription.subscription : name => s.push_config[0].push_endpoint })}"
  }
  assert {
    condition = alltrue([
      for s in values(google_pubsub_subscription.subscription) :
      s.push_config[0].oidc_token[0].audience == "https://function.example" && s.push_config[0].oidc_token[0].service_account_email != ""
    ])
    error_message = "A push without a token for the function's own address is refused."
  }
  assert {
    condition     = google_pubsub_subscription.subscription["notify"].topic == google_pubsub_topic.topic["results"].id
    error_message = "notify hears of results."
  }
  assert {
    condition     = google_cloud_scheduler_job.sweep.http_target[0].uri == "https://function.example" && google_cloud_scheduler_job.sweep.http_target[0].oidc_token[0].audience == "https://function.example"
    error_message = "The schedule calls the sweep with a token."
  }

  assert {
    condition     = google_cloud_scheduler_job.backfill.http_target[0].uri == "https://function.example/backfill" && google_cloud_scheduler_job.backfill.http_target[0].oidc_token[0].audience == "https://function.example" && google_cloud_scheduler_job.backfill.schedule == "* * * * *"
    error_message = "Each minute a schedule lets backfills go on, with a token."
  }
}

run "uploads_set_off_ingest" {
  command = plan

  assert {
    condition     = { for c in google_eventarc_trigger.uploads.matching_criteria : c.attribute => c.value } == { type = "google.cloud.storage.object.v1.finalized", bucket = "my-photos-darkroom-uploads" }
    error_message = "The trigger hears of objects that are complete, in the uploads bucket."
  }
  assert {
    condition     = google_eventarc_trigger.uploads.destination[0].cloud_run_service[0].service == "darkroom-ingest"
    error_message = "And tells ingest."
  }
}

run "only_submit_and_gallery_can_be_reached_from_outside" {
  command = plan

  assert {
    condition     = [for name, f in google_cloudfunctions2_function.function : name if f.service_config[0].ingress_settings != "ALLOW_INTERNAL_ONLY"] == ["gallery", "submit"]
    error_message = "All others are called by the project's own services."
  }
}

run "each_function_has_an_account_of_its_own" {
  command = plan

  assert {
    condition     = length(distinct(values(google_service_account.function)[*].account_id)) == 9
    error_message = "Nine functions, nine accounts."
  }
}

run "functions_get_the_settings_that_the_reviewed_table_has" {
  command = plan

  assert {
    condition     = { for name, f in google_cloudfunctions2_function.function : name => f.service_config[0].environment_variables } == { for name, settings in jsondecode(file("tests/environment.json")) : name => tomap(settings) }
    error_message = "The settings are other than tests/environment.json says:\n${jsonencode({ for name, f in google_cloudfunctions2_function.function : name => f.service_config[0].environment_variables })}"
  }
}

run "buckets_are_private_and_forget_what_is_of_no_more_use" {
  command = plan

  assert {
    condition     = alltrue([for b in values(google_storage_bucket.bucket) : b.uniform_bucket_level_access && b.public_access_prevention == "enforced"])
    error_message = "No bucket may ever be public."
  }
  assert {
    condition     = [for role, b in google_storage_bucket.bucket : role if b.force_destroy] == ["source"]
    error_message = "What users own is not destroyed unless they say so."
  }
  assert {
    condition     = [for role, b in google_storage_bucket.bucket : role if b.versioning[0].enabled] == ["uploads"]
    error_message = "A photo that is overwritten while its job waits must still be readable."
  }
  assert {
    condition = { for prefix, days in merge([
      for rule in google_storage_bucket.bucket["state"].lifecycle_rule : {
        for prefix in coalesce(one(rule.condition).matches_prefix, []) : prefix => one(rule.condition).age
      }
      ]...) : prefix => days } == {
      "answers-by-content/" = 90,
      "shadows/"            = 90, "signs/" = 1, "pauses-ended/" = 7, "erased/" = 400, "poison/" = 30,
      "budget/"             = 40, "files/" = 3, "jobs/" = 90, "pictures/" = 3, "plans/" = 400, "spend/2" = 40, "spend/photo-" = 90, "spend/plan-" = 400, "submissions/" = 7, "views/" = 7,
      "webhooks/dead/"      = 30, "webhooks/deliveries/" = 30, "webhooks/events/" = 30,
    }
    error_message = "The state bucket keeps announced/, intake/, job-files/, index/, index-late/, index-parts/, leases/, erasures/ and webhooks/endpoints/ for ever, and the rest for its time."
  }
  assert {
    condition = alltrue([
      for role in ["uploads", "results", "copies"] : alltrue([for rule in google_storage_bucket.bucket[role].lifecycle_rule : one(rule.condition).age == null || one(rule.action).type != "Delete"])
    ])
    error_message = "Uploads, results and copies are kept for ever unless a time is set."
  }
  assert {
    condition     = { for role, b in google_storage_bucket.bucket : role => b.soft_delete_policy[0].retention_duration_seconds } == { uploads = 604800, results = 604800, copies = 604800, state = 0, source = 0 }
    error_message = "Uploads, results and copies can be restored for a week."
  }
}
