# A topic per worker, one for results and one for dead letters; and their push subscriptions.

locals {
  topics = { for name in concat(local.workers, ["results", "dead-letter"]) : name => "${var.prefix}-${name}" }

  # `path` gives an event its source; notify distinguishes its callers by it and takes events at the root.
  pushes = merge(
    { for name in local.workers : name => { topic = name, function = name, path = "/projects/${var.project}/topics/${local.topics[name]}", gives_up = true, days = 7 } },
    {
      "dead-letter" = { topic = "dead-letter", function = "dead_letter", path = "/projects/${var.project}/topics/${local.topics["dead-letter"]}", gives_up = false, days = 31 }
      "notify"      = { topic = "results", function = "notify", path = "/", gives_up = false, days = 7 }
    },
  )
  _pulls = { for name in ["results"] : name => { topic = name, function = null, path = "", gives_up = false, days = 7 } if var.results_subscription }
}

resource "google_pubsub_topic" "topic" {
  #checkov:skip=CKV_GCP_83:A customer-managed key is optional: kms_key
  for_each = local.topics

  project      = var.project
  name         = each.value
  labels       = var.labels
  kms_key_name = var.kms_key

  # Prompts and names of photos stay in the region.
  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [time_sleep.agents, google_kms_crypto_key_iam_member.agent]
}

resource "google_pubsub_subscription" "subscription" {
  for_each = merge(local.pushes, local._pulls)

  project                    = var.project
  name                       = "${var.prefix}-${each.key}"
  topic                      = google_pubsub_topic.topic[each.value.topic].id
  labels                     = var.labels
  ack_deadline_seconds       = local.ack_deadline_seconds
  message_retention_duration = "${each.value.days * 86400}s"

  # The backoff. Without it Pub/Sub would redeliver a refused message at once.
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  # Otherwise the subscription expires after 31 quiet days, and then loses messages.
  expiration_policy {
    ttl = ""
  }

  dynamic "push_config" {
    for_each = each.value.function == null ? [] : [google_cloudfunctions2_function.function[each.value.function].service_config[0].uri]
    content {
      push_endpoint = "${push_config.value}${each.value.path}"

      oidc_token {
        service_account_email = google_service_account.caller["push"].email
        audience              = push_config.value
      }
    }
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.gives_up ? [google_pubsub_topic.topic["dead-letter"].id] : []
    content {
      dead_letter_topic     = dead_letter_policy.value
      max_delivery_attempts = var.delivery_attempts
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.push]
}
