# Scheduled work: the attempts of webhooks (Cloud Tasks), the sweep and the backfills (Cloud Scheduler).

locals {
  queue     = "projects/${var.project}/locations/${var.region}/queues/${var.prefix}-webhooks"
  sweep_job = "projects/${var.project}/locations/${var.region}/jobs/${var.prefix}-sweep"
}

resource "google_cloud_tasks_queue" "webhooks" {
  project  = var.project
  location = var.region
  name     = "${var.prefix}-webhooks"

  # The queue retries our own failures only; a failure of a receiver makes a new attempt with its own backoff. If the queue gave up a
  # task, its delivery would end silently.
  retry_config {
    max_attempts = -1
    min_backoff  = "5s"
    max_backoff  = "600s"
  }

  rate_limits {
    max_concurrent_dispatches = local.functions["notify"].concurrency * local.functions["notify"].max_instances
    max_dispatches_per_second = 100
  }

  depends_on = [time_sleep.agents]
}

resource "google_cloud_scheduler_job" "sweep" {
  project          = var.project
  region           = var.region
  name             = "${var.prefix}-sweep"
  description      = "Find lost jobs, and queue them again."
  schedule         = var.sweep_schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "600s" # above the timeout of the sweep, which is above its own limit

  http_target {
    http_method = "POST"
    uri         = google_cloudfunctions2_function.function["sweep"].service_config[0].uri

    oidc_token {
      service_account_email = google_service_account.caller["scheduler"].email
      audience              = google_cloudfunctions2_function.function["sweep"].service_config[0].uri
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.scheduler]
}

# Each minute the jobs of a backfill that its rate allows are queued. Without a backfill it costs a listing.
resource "google_cloud_scheduler_job" "backfill" {
  project          = var.project
  region           = var.region
  name             = "${var.prefix}-backfill"
  description      = "Go on with the backfills that run."
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "600s"

  http_target {
    http_method = "POST"
    uri         = "${google_cloudfunctions2_function.function["sweep"].service_config[0].uri}/backfill"

    oidc_token {
      service_account_email = google_service_account.caller["scheduler"].email
      audience              = google_cloudfunctions2_function.function["sweep"].service_config[0].uri
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.scheduler]
}
