# Uploads trigger ingest, and with erase_with_uploads their deletions, too. The trigger retries for a day, which is Eventarc's default; the sweep finds what is lost after that.

resource "google_eventarc_trigger" "uploads" {
  project         = var.project
  location        = local.trigger_location
  name            = "${var.prefix}-uploads"
  labels          = var.labels
  service_account = google_service_account.caller["trigger"].email

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.storage.object.v1.finalized"
  }

  matching_criteria {
    attribute = "bucket"
    value     = local.existing["uploads"]
  }

  destination {
    cloud_run_service {
      service = google_cloudfunctions2_function.function["ingest"].name
      region  = var.region
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.trigger, time_sleep.grants]
}

# A deleted object is archived first where the bucket keeps versions.
resource "google_eventarc_trigger" "deletions" {
  for_each = var.erase_with_uploads ? toset(["archived", "deleted"]) : toset([])

  project         = var.project
  location        = local.trigger_location
  name            = "${var.prefix}-${each.key}"
  labels          = var.labels
  service_account = google_service_account.caller["trigger"].email

  matching_criteria {
    attribute = "type"
    value     = "google.cloud.storage.object.v1.${each.key}"
  }

  matching_criteria {
    attribute = "bucket"
    value     = local.existing["uploads"]
  }

  destination {
    cloud_run_service {
      service = google_cloudfunctions2_function.function["ingest"].name
      region  = var.region
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.trigger, time_sleep.grants]
}
