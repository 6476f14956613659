# The four buckets of the pipeline, and one for the functions' packages.
# What may be shown (redacted copies, crops) has a bucket of its own: who may read it can list and read nothing else.

locals {
  _bucket_names = { for role in ["uploads", "results", "copies", "state", "source"] : role => "${var.project}-${var.prefix}-${role}" }
  buckets       = merge(local._bucket_names, local.has_own_bucket ? { uploads = var.uploads_bucket } : {})

  # The names of buckets that exist: what uses one waits for it.
  existing = merge(
    { for role, bucket in google_storage_bucket.bucket : role => bucket.name },
    { for bucket in data.google_storage_bucket.uploads : "uploads" => bucket.name },
  )

  # Lifecycle rules: by bucket, a list of days and name prefixes (none: all objects).
  _expiry = {
    uploads = var.retention_days.uploads == null ? [] : [{ days = var.retention_days.uploads, prefixes = null }]
    results = var.retention_days.results == null ? [] : [{ days = var.retention_days.results, prefixes = null }]
    copies  = var.retention_days.copies == null ? [] : [{ days = var.retention_days.copies, prefixes = null }]
    source  = []
    # Kept for ever: webhooks/endpoints/ and webhooks/told/ (which endpoints are disabled, and that this was announced). The sweep clears
    # leases/ and erasures/. Below: what is kept as long as uploads or results.
    state = [
      { days = 1, prefixes = ["signs/"] },              # what the breaker counts, over minutes
      { days = 3, prefixes = ["files/", "pictures/"] }, # uploads to the Files API, which expire after 2 days
      { days = 7, prefixes = ["pauses-ended/", "submissions/", "views/"] },
      { days = 40, prefixes = ["budget/", "spend/2"] },                # by the day or the month, "spend/2026-12-31/", which is shorter
      { days = 400, prefixes = ["erased/", "plans/", "spend/plan-"] }, # backfills: a report is read long after; erased/ outlives them
      { days = var.retention_days.jobs, prefixes = ["answers-by-content/", "jobs/", "shadows/", "spend/photo-"] },
      { days = var.retention_days.webhooks, prefixes = ["poison/", "webhooks/dead/", "webhooks/deliveries/", "webhooks/events/"] },
    ]
  }

  # State that is kept as long as something else. index/ has a list entry per result, with words read in the photo;
  # index-late/ and index-parts/ have what a search compares of them. intake/ has the jobs of
  # an upload, job-files/ that of a job file, and announced/ the mark that a job was announced: without them a sweep takes an upload that exists, or can be restored, for lost.
  _expiry_with_others = concat(
    var.retention_days.results == null ? [] : [{ days = var.retention_days.results, prefixes = ["index/", "index-late/", "index-parts/"] }],
    var.retention_days.uploads == null ? [] : [{ days = var.retention_days.uploads + 120, prefixes = ["announced/", "intake/", "job-files/"] }],
  )
}

resource "google_storage_bucket" "bucket" {
  #checkov:skip=CKV_GCP_62:Access logs in a bucket are an older form of audit logs, which cost money; the project decides about them
  #checkov:skip=CKV_GCP_63:As above
  #checkov:skip=CKV_GCP_78:Others overwrite uploads only; results and copies are create-only, and state changes by compare-and-swap
  for_each = { for role, name in local._bucket_names : role => name if role != "uploads" || !local.has_own_bucket }

  project                     = var.project
  location                    = var.region
  name                        = each.value
  labels                      = var.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.destroy_data || each.key == "source"

  # A job is about one version of a photo: it can still read a photo that was overwritten while it waited.
  versioning {
    enabled = each.key == "uploads"
  }

  # State changes all the time, and earlier versions are of no use.
  soft_delete_policy {
    retention_duration_seconds = contains(["uploads", "results", "copies"], each.key) ? var.retention_days.restorable * 86400 : 0
  }

  # For browsers that upload by a signed URL: in one request, or in several (resumable).
  dynamic "cors" {
    for_each = each.key == "uploads" && length(var.cors_origins) > 0 ? [sort(var.cors_origins)] : []
    content {
      origin          = cors.value
      method          = ["POST", "PUT"]
      response_header = ["Content-Type", "Location", "Range", "x-goog-content-length-range", "x-goog-generation", "x-goog-if-generation-match", "x-goog-resumable"]
      max_age_seconds = 3600
    }
  }

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }

  dynamic "lifecycle_rule" {
    for_each = local._expiry[each.key]
    content {
      action {
        type = "Delete"
      }
      condition {
        age            = lifecycle_rule.value.days
        matches_prefix = lifecycle_rule.value.prefixes
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.key == "state" ? local._expiry_with_others : []
    content {
      action {
        type = "Delete"
      }
      condition {
        age            = lifecycle_rule.value.days
        matches_prefix = lifecycle_rule.value.prefixes
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = each.key == "uploads" ? [var.retention_days.overwritten] : []
    content {
      action {
        type = "Delete"
      }
      condition {
        days_since_noncurrent_time = lifecycle_rule.value
        with_state                 = "ARCHIVED"
      }
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  depends_on = [time_sleep.agents, google_kms_crypto_key_iam_member.agent]
}
