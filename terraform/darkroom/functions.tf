# The functions: one table, from which accounts, packages, grants and triggers follow.

locals {
  runtime = "python313"
  workers = ["detect", "segment", "describe"]

  # Longer than a worker's timeout, which is longer than a lease (540 s for a flex job), which is longer than a call of the model (480 s by the
  # flex tier: FLEX_TIMEOUT_SECONDS). It is Pub/Sub's maximum.
  ack_deadline_seconds = 600

  # A worker decodes as many photos at once as it has CPUs, each in a child process of up to 1 GiB; other requests wait for the model, with a picture of
  # 2,048 pixels each (docs/limits.md has the memory of both). The gallery decodes as they do.
  _worker = { memory = "2Gi", cpu = "1", concurrency = 40, max_instances = 8, min_instances = 0, timeout_seconds = 590, public = false }
  _small  = { memory = "512Mi", cpu = "1", concurrency = 16, max_instances = 10, min_instances = 0, timeout_seconds = 120, public = false }

  _sizes = {
    ingest      = merge(local._small, { description = "Upload event: queue a job per task.", max_instances = 20 })
    detect      = merge(local._worker, { description = "Job: boxes." })
    segment     = merge(local._worker, { description = "Job: masks.", concurrency = 24 })
    describe    = merge(local._worker, { description = "Job: caption, classify, answer, compare, read text." })
    dead_letter = merge(local._small, { description = "A dead letter: record the job that was given up." })
    notify      = merge(local._small, { description = "Result event: fan-out to signed webhooks." })
    submit      = merge(local._small, { description = "HTTP: take bytes or a URL into the uploads bucket.", public = true })
    gallery     = merge(local._small, { description = "HTTP: the page.", memory = "2Gi", public = true })
    sweep = merge(local._small, {
      description = "HTTP, by Cloud Scheduler: queue lost jobs again, go on with backfills.", memory = "1Gi", concurrency = 2, max_instances = 1, timeout_seconds = 540,
    })
  }

  functions = {
    for name, size in local._sizes : name => merge(
      size,
      { for field, value in try(var.functions[name], {}) : field => value if value != null },
      { service = "${var.prefix}-${replace(name, "_", "-")}" },
    )
  }

  # Cloud Run's deterministic URL: a function can know its own without depending on itself.
  notify_url = "https://${local.functions["notify"].service}-${data.google_project.project.number}.${var.region}.run.app"

  environment = {
    for name, function in local.functions : name => merge(
      contains(concat(local.workers, ["gallery"]), name) ? local._photos : {},
      var.environment,
      local._common,
      { THREADS = tostring(function.concurrency) },                         # the framework's default is 4 for each CPU
      contains(concat(local.workers, ["sweep"]), name) ? local._model : {}, # the sweep logs retiring models, which differ on Vertex AI
      name == "notify" ? local._notify : {},
      name == "ingest" && var.erase_with_uploads ? { ERASE_WITH_UPLOADS = "true" } : {},
      name == "gallery" && var.corrections != "off" ? { CORRECTIONS = var.corrections } : {},
      name == "sweep" ? { SWEEP_LIMIT_SECONDS = tostring(function.timeout_seconds - 60) } : {},
      name == "sweep" ? local.uploads_since : {},
    )
  }

  # By function, environment variable and secret.
  secrets = {
    for name in keys(local.functions) : name => merge(
      { for variable, secret in local._model_secrets : variable => secret if contains(local.workers, name) },
      { for variable, secret in var.webhook_secrets : variable => secret if name == "notify" },
    )
  }

  _common = merge(
    {
      COPIES_BUCKET         = local.buckets["copies"]
      GOOGLE_CLOUD_PROJECT  = var.project
      LEASE_SECONDS         = tostring(var.timing.lease_seconds)
      LOG_FORMAT            = "json"
      MODEL                 = var.model
      MODEL_TIMEOUT_SECONDS = tostring(var.timing.model_timeout_seconds)
      RESULTS_BUCKET        = local.buckets["results"]
      STATE_BUCKET          = local.buckets["state"]
      TOPIC_PREFIX          = var.prefix
      UPLOADS_BUCKET        = local.buckets["uploads"]
    },
    var.daily_budget_usd == null ? {} : { DAILY_BUDGET_USD = tostring(var.daily_budget_usd) },
    var.monthly_budget_usd == null ? {} : { MONTHLY_BUDGET_USD = tostring(var.monthly_budget_usd) },
  )
  # Photos of Europe are read in Europe, unless another place is named.
  gemini_location = coalesce(var.gemini.location, startswith(var.region, "europe-") ? "eu" : "global")
  _model          = local.on_vertex ? { GOOGLE_GENAI_USE_VERTEXAI = "true", GOOGLE_CLOUD_LOCATION = local.gemini_location } : {}
  _model_secrets  = local.on_vertex ? {} : { GEMINI_API_KEY = { secret = var.gemini.api_key_secret, version = var.gemini.api_key_version } }
  _photos         = { MALLOC_ARENA_MAX = "2" } # of glibc: by default eight for each CPU, of which each keeps what its largest photo took
  _notify = {
    NOTIFY_URL    = local.notify_url
    TASKS_ACCOUNT = local.emails["tasks"]
    TASKS_QUEUE   = local.queue
  }
}

# The way out, and the way in, as the services write them.
locals {
  _out     = { for name in keys(local.functions) : name => var.egress if try(contains(coalesce(var.egress.functions, keys(local.functions)), name), false) }
  _direct  = { for name in keys(local.functions) : name => [for out in try([local._out[name]], []) : out if out.connector == null] }
  _ingress = { all = "ALLOW_ALL", internal = "ALLOW_INTERNAL_ONLY", load_balancer = "ALLOW_INTERNAL_AND_GCLB" }
  _from    = { for name, function in local.functions : name => function.public ? var.ingress[name] : "internal" }
}

resource "google_cloudfunctions2_function" "function" {
  #checkov:skip=CKV_GCP_124:submit and gallery are for people and services outside; IAM admits only their members
  for_each = local.functions

  project     = var.project
  location    = var.region
  name        = each.value.service
  description = each.value.description
  labels      = var.labels

  # A function with a key needs a repository with the same one.
  kms_key_name = var.docker_repository == null ? null : var.kms_key

  build_config {
    runtime           = local.runtime
    entry_point       = each.key
    service_account   = google_service_account.caller["build"].name
    docker_repository = var.docker_repository

    source {
      storage_source {
        bucket = google_storage_bucket.bucket["source"].name
        object = google_storage_bucket_object.package[each.key].name
      }
    }

    automatic_update_policy {} # patches of the base image come without a deployment
  }

  service_config {
    available_memory                 = each.value.memory
    available_cpu                    = each.value.cpu
    max_instance_request_concurrency = each.value.concurrency
    max_instance_count               = each.value.max_instances
    min_instance_count               = each.value.min_instances
    timeout_seconds                  = each.value.timeout_seconds
    ingress_settings                 = local._ingress[local._from[each.key]]
    all_traffic_on_latest_revision   = true
    service_account_email            = google_service_account.function[each.key].email
    environment_variables            = local.environment[each.key]
    vpc_connector                    = try(local._out[each.key].connector, null)
    vpc_connector_egress_settings    = try(local._out[each.key].connector, null) == null ? null : var.egress.all_traffic ? "ALL_TRAFFIC" : "PRIVATE_RANGES_ONLY"
    direct_vpc_egress                = length(local._direct[each.key]) == 0 ? null : var.egress.all_traffic ? "VPC_EGRESS_ALL_TRAFFIC" : "VPC_EGRESS_PRIVATE_RANGES_ONLY"

    dynamic "direct_vpc_network_interface" {
      for_each = local._direct[each.key]
      content {
        network    = direct_vpc_network_interface.value.network
        subnetwork = direct_vpc_network_interface.value.subnetwork
        tags       = direct_vpc_network_interface.value.tags
      }
    }

    dynamic "secret_environment_variables" {
      for_each = local.secrets[each.key]
      content {
        key        = secret_environment_variables.key
        project_id = var.project
        secret     = secret_environment_variables.value.secret
        version    = secret_environment_variables.value.version
      }
    }
  }

  # The grants that an instance needs to start, and the build account to build, must exist before.
  depends_on = [time_sleep.grants]

  lifecycle {
    precondition {
      condition     = each.value.concurrency == 1 || can(regex("^[1-9]", each.value.cpu))
      error_message = "${each.key}: more than one request at once in an instance takes at least one CPU."
    }
  }
}
