# Results in BigQuery, if `bigquery` asks for it: events as they come in the table `raw`, and views over it. See docs/bigquery.md.
# The SQL is in bigquery/, and `darkroom query` runs the same on records.

locals {
  has_bigquery = var.bigquery != null

  _bigquery_location = local.has_bigquery ? coalesce(var.bigquery.location, var.region) : ""
  _bigquery_dataset  = local.has_bigquery ? "${var.project}.${var.bigquery.dataset}" : ""
  _bigquery_views    = { for name in ["objects", "fields", "costs", "failures"] : name => "${path.module}/bigquery/${name}.sql" if local.has_bigquery }

  # The account by which BigQuery uses keys.
  _bigquery_agent = "serviceAccount:bq-${data.google_project.project.number}@bigquery-encryption.iam.gserviceaccount.com"
}

resource "google_project_service" "bigquery" {
  count = local.has_bigquery ? 1 : 0

  project            = var.project
  service            = "bigquery.googleapis.com"
  disable_on_destroy = false # others in the project may need it
}

resource "google_bigquery_dataset" "results" {
  #checkov:skip=CKV_GCP_81:A customer-managed key is optional: kms_key
  count = local.has_bigquery ? 1 : 0

  project                    = var.project
  dataset_id                 = var.bigquery.dataset
  location                   = local._bigquery_location
  description                = "Results of Darkroom (${var.prefix}). Labels and texts are what a model read in photos: never trust them as names, markup or code."
  labels                     = var.labels
  delete_contents_on_destroy = var.destroy_data
  max_time_travel_hours      = "48" # the least: what is erased can be restored for so long

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      kms_key_name = default_encryption_configuration.value
    }
  }

  depends_on = [google_project_service.bigquery, google_kms_crypto_key_iam_member.bigquery]
}

resource "google_bigquery_table" "raw" {
  #checkov:skip=CKV_GCP_80:A customer-managed key is optional, and the dataset's
  #checkov:skip=CKV_GCP_121:It is protected unless destroy_data is set, which checkov does not compute
  count = local.has_bigquery ? 1 : 0

  project             = var.project
  dataset_id          = google_bigquery_dataset.results[0].dataset_id
  table_id            = "raw"
  description         = "Events as they were published, some of them twice. The views leave out duplicates and what was erased."
  labels              = var.labels
  schema              = file("${path.module}/bigquery/raw.json")
  deletion_protection = !var.destroy_data

  time_partitioning {
    type          = "DAY"
    field         = "publish_time"
    expiration_ms = var.bigquery.days * 86400000
  }
}

resource "google_bigquery_table" "records" {
  #checkov:skip=CKV_GCP_80:A view holds no data
  #checkov:skip=CKV_GCP_121:A view is made again from its SQL
  count = local.has_bigquery ? 1 : 0

  project             = var.project
  dataset_id          = google_bigquery_dataset.results[0].dataset_id
  table_id            = "results"
  description         = "One row per record."
  labels              = var.labels
  deletion_protection = false

  view {
    query          = templatefile("${path.module}/bigquery/results.sql", { dataset = local._bigquery_dataset })
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.raw]
}

# The views over `results`.
resource "google_bigquery_table" "view" {
  #checkov:skip=CKV_GCP_80:A view holds no data
  #checkov:skip=CKV_GCP_121:A view is made again from its SQL
  for_each = local._bigquery_views

  project             = var.project
  dataset_id          = google_bigquery_dataset.results[0].dataset_id
  table_id            = each.key
  description         = "Results by ${each.key}."
  labels              = var.labels
  deletion_protection = false

  view {
    query          = templatefile(each.value, { dataset = local._bigquery_dataset })
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.records]
}

# No schema on the wire: a member that a later version adds to an event stops nothing.
resource "google_pubsub_subscription" "bigquery" {
  count = local.has_bigquery ? 1 : 0

  project                    = var.project
  name                       = "${var.prefix}-bigquery"
  topic                      = google_pubsub_topic.topic["results"].id
  labels                     = var.labels
  message_retention_duration = "604800s"

  bigquery_config {
    table            = "${local._bigquery_dataset}.${google_bigquery_table.raw[0].table_id}"
    write_metadata   = true
    use_table_schema = false
    use_topic_schema = false
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  expiration_policy {
    ttl = ""
  }

  # By the backoff, 100 attempts last for most of a day.
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.bigquery_dead_letter[0].id
    max_delivery_attempts = 100
  }

  depends_on = [time_sleep.bigquery]
}

resource "google_pubsub_topic" "bigquery_dead_letter" {
  #checkov:skip=CKV_GCP_83:A customer-managed key is optional: kms_key
  count = local.has_bigquery ? 1 : 0

  project      = var.project
  name         = "${var.prefix}-bigquery-dead-letter"
  labels       = var.labels
  kms_key_name = var.kms_key

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [time_sleep.agents, google_kms_crypto_key_iam_member.agent]
}

# A topic without a subscription keeps nothing.
resource "google_pubsub_subscription" "bigquery_dead_letter" {
  count = local.has_bigquery ? 1 : 0

  project                    = var.project
  name                       = google_pubsub_topic.bigquery_dead_letter[0].name
  topic                      = google_pubsub_topic.bigquery_dead_letter[0].id
  labels                     = var.labels
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

# What Pub/Sub may do: write to this dataset, and give up what cannot be written.
resource "google_bigquery_dataset_iam_member" "pubsub_agent" {
  count = local.has_bigquery ? 1 : 0

  project    = var.project
  dataset_id = google_bigquery_dataset.results[0].dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = local._pubsub_agent
  depends_on = [time_sleep.agents]
}

resource "google_pubsub_topic_iam_member" "bigquery_dead_letter" {
  count = local.has_bigquery ? 1 : 0

  project    = var.project
  topic      = google_pubsub_topic.bigquery_dead_letter[0].name
  role       = "roles/pubsub.publisher"
  member     = local._pubsub_agent
  depends_on = [time_sleep.agents]
}

resource "google_pubsub_subscription_iam_member" "bigquery" {
  count = local.has_bigquery ? 1 : 0

  project      = var.project
  subscription = google_pubsub_subscription.bigquery[0].name
  role         = "roles/pubsub.subscriber"
  member       = local._pubsub_agent
}

resource "google_kms_crypto_key_iam_member" "bigquery" {
  count = local.has_bigquery && var.kms_key != null ? 1 : 0

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = local._bigquery_agent
  depends_on    = [google_project_service.bigquery]
}

# Pub/Sub tries the table when the subscription is made: the grant must have taken effect.
resource "time_sleep" "bigquery" {
  count = local.has_bigquery ? 1 : 0

  create_duration = "90s"
  depends_on      = [google_bigquery_dataset_iam_member.pubsub_agent, google_pubsub_topic_iam_member.bigquery_dead_letter]
}

output "bigquery" {
  description = "Where results are in BigQuery: the dataset, the table of events, a query to begin with, and a report in Looker Studio; null if `bigquery` is off."
  value = local.has_bigquery ? {
    dataset = local._bigquery_dataset
    raw     = "${local._bigquery_dataset}.${google_bigquery_table.raw[0].table_id}"
    query   = "bq query --use_legacy_sql=false --project_id=${var.project} --dataset_id=${var.bigquery.dataset} 'SELECT day, task, COUNT(*) AS records FROM results GROUP BY day, task'"
    report  = "https://lookerstudio.google.com/reporting/create?c.mode=edit&ds.connector=bigQuery&ds.type=TABLE&ds.projectId=${var.project}&ds.datasetId=${var.bigquery.dataset}&ds.tableId=results"
  } : null
}
