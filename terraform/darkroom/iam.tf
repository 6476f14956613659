# The grants: each account gets only what its code needs. tests/iam.txt has the whole table, as a plan makes it.
# Members are added, never set: a project's other grants stay.

locals {
  # By function: roles on the four buckets (roles/storage.*) and the topics it publishes to. A recorder creates objects and can replace
  # none. A reader may also list: otherwise Cloud Storage answers 403, not 404, for an object that does not exist.
  _reader   = ["objectViewer"]
  _recorder = ["objectViewer", "objectCreator"]
  _keeper   = ["objectUser"]
  _writer   = ["objectViewer", "objectUser"]

  rights = {
    ingest      = { uploads = local._reader, results = local._recorder, copies = [], state = local._writer, topics = concat(local.workers, ["results"]) }
    detect      = { uploads = local._reader, results = local._recorder, copies = local._recorder, state = local._writer, topics = ["results"] }
    segment     = { uploads = local._reader, results = local._recorder, copies = local._recorder, state = local._writer, topics = ["results"] }
    describe    = { uploads = local._reader, results = local._recorder, copies = [], state = local._writer, topics = ["results"] }
    dead_letter = { uploads = [], results = local._recorder, copies = [], state = local._writer, topics = concat(local.workers, ["results"]) }
    notify      = { uploads = [], results = [], copies = [], state = local._writer, topics = ["results"] }
    submit      = { uploads = local._recorder, results = [], copies = [], state = local._keeper, topics = [] }
    gallery     = { uploads = local._recorder, results = local._reader, copies = local._reader, state = local._writer, topics = [] }
    sweep       = { uploads = local._reader, results = local._recorder, copies = local._reader, state = local._keeper, topics = concat(local.workers, ["results"]) }
  }

  # Who ends jobs, and so marks their uploads, if that is asked for.
  _markers = var.mark_uploads ? [for function, rights in local.rights : function if contains(rights.results, "objectCreator")] : []

  # What a function may write of the state bucket, by prefixes. The sweep mends and erases all of it, so it may write all. A worker opens
  # photos of strangers: it can forge neither what webhooks say nor which jobs an upload has.
  _ends_jobs = ["announced/", "index/", "index-late/", "leases/"]
  _brakes    = ["brakes/", "pauses-ended/", "signs/"] # the breaker runs where jobs are queued and asked
  _asks      = concat(local._ends_jobs, local._brakes, ["answers-by-content/", "budget/", "files/", "jobs/", "pictures/", "plans/", "shadows/", "spend/", "throttle/"])
  _own_state = {
    ingest      = concat(local._ends_jobs, local._brakes, ["erased/", "erasures/", "intake/", "job-files/"])
    detect      = local._asks
    segment     = local._asks
    describe    = local._asks
    dead_letter = concat(local._ends_jobs, ["poison/"])
    notify      = ["webhooks/"]
    submit      = ["submissions/"]
    gallery     = ["submissions/", "views/"]
  }

  # What a function may read of the state bucket beside what it writes, if that is not all: the page what it shows. Of all else they may
  # list the names.
  _seen_state = {
    gallery = ["brakes/", "erased/", "index/", "index-late/", "index-parts/", "intake/", "job-files/", "jobs/", "leases/", "spend/"]
    notify  = ["erased/"]
  }

  # By function and role: the prefixes that a role on the state bucket is for; none: all. IAM takes twelve || in a condition, so more
  # than a dozen prefixes are in a second grant.
  _only = merge(
    { for function, prefixes in local._own_state : "${function} objectUser state" => chunklist(prefixes, 12) },
    { for function, prefixes in local._seen_state : "${function} objectViewer state" => chunklist(prefixes, 12) },
  )

  _bucket_rights = merge(flatten([
    for function, rights in local.rights : [
      for bucket in ["uploads", "results", "copies", "state"] : [
        for role in rights[bucket] : {
          for place, only in lookup(local._only, "${function} ${role} ${bucket}", [[]]) : join(" ", compact([function, role, bucket, place == 0 ? "" : place + 1])) => {
            function = function
            bucket   = bucket
            role     = role
            only     = only
            lists    = contains(rights[bucket], "objectViewer") && !contains(keys(local._only), "${function} objectViewer ${bucket}")
          }
        }
      ]
    ]
  ])...)

  _topic_rights = merge([
    for function, rights in local.rights : { for topic in rights.topics : "${function} publisher ${topic}" => { function = function, topic = topic } }
  ]...)

  _secret_rights = merge([
    for function, secrets in local.secrets : {
      for secret in toset([for each in values(secrets) : each.secret]) : "${function} secretAccessor ${secret}" => { function = function, secret = secret }
    }
  ]...)

  _project_rights = merge(
    {
      "trigger eventReceiver" = { member = local.members["trigger"], role = "roles/eventarc.eventReceiver" }
      "build logWriter"       = { member = local.members["build"], role = "roles/logging.logWriter" }
      "storage agent publish" = { member = data.google_storage_project_service_account.agent.member, role = "roles/pubsub.publisher" }
    },
    var.docker_repository == null ? { "build writer" = { member = local.members["build"], role = "roles/artifactregistry.writer" } } : {},
    { for name in local.workers : "${name} model" => { member = local.members[name], role = "projects/${var.project}/roles/${google_project_iam_custom_role.asker[0].role_id}" } if local.on_vertex },
  )

  # Who builds, stores, calls and runs functions that a key encrypts.
  _building_agents = { functions = "gcf-admin-robot", registry = "gcp-sa-artifactregistry", eventarc = "gcp-sa-eventarc", run = "serverless-robot-prod" }

  _pubsub_agent = "serviceAccount:service-${data.google_project.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_storage_bucket_iam_member" "function" {
  for_each = local._bucket_rights

  bucket = local.existing[each.value.bucket]
  role   = "roles/storage.${each.value.role}"
  member = local.members[each.value.function]

  # Who lists by another role needs no clause for it.
  dynamic "condition" {
    for_each = length(each.value.only) > 0 ? [each.value.only] : []
    content {
      title       = "only some objects"
      description = "Those whose names begin with ${join(" ", condition.value)}; and the list of names."
      expression = join(" || ", concat(
        each.value.lists ? [] : ["resource.type == \"storage.googleapis.com/Bucket\""],
        [for prefix in condition.value : "resource.name.startsWith(\"projects/_/buckets/${local.buckets[each.value.bucket]}/objects/${prefix}\")"],
      ))
    }
  }

  # A grant with another condition is another grant: the new one comes first, so that no job fails in between.
  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_service_account.function]
}

# The page may create corrections, if that is asked for: no record, no picture, and nothing may be replaced or deleted.
resource "google_storage_bucket_iam_member" "corrector" {
  count = var.corrections == "off" ? 0 : 1

  bucket = local.existing["results"]
  role   = "roles/storage.objectCreator"
  member = local.members["gallery"]

  condition {
    title       = "only corrections"
    description = "correction-NUMBER.json in the folder of a record."
    expression = join(" && ", [
      "resource.name.startsWith(\"projects/_/buckets/${local.buckets["results"]}/objects/\")",
      "resource.name.extract(\"/correction-{number}.json\") != \"\"",
      "resource.name.endsWith(\".json\")",
      "!resource.name.endsWith(\"/result.json\")",
    ])
  }

  depends_on = [google_service_account.function]
}

# Whoever saves a correction announces it.
resource "google_pubsub_topic_iam_member" "corrector" {
  count = var.corrections == "off" ? 0 : 1

  project    = var.project
  topic      = google_pubsub_topic.topic["results"].name
  role       = "roles/pubsub.publisher"
  member     = local.members["gallery"]
  depends_on = [google_service_account.function]
}

resource "google_storage_bucket_iam_member" "uploader" {
  for_each = var.upload_members

  bucket = local.existing["uploads"]
  role   = "roles/storage.objectCreator"
  member = each.key
}

resource "google_storage_bucket_iam_member" "copies_reader" {
  for_each = var.copies_readers

  bucket = local.existing["copies"]
  role   = "roles/storage.objectViewer"
  member = each.key
}

resource "google_storage_bucket_iam_member" "marker" {
  for_each = toset(local._markers)

  bucket     = local.existing["uploads"]
  role       = "projects/${var.project}/roles/${google_project_iam_custom_role.marker[0].role_id}"
  member     = local.members[each.key]
  depends_on = [google_service_account.function]
}

# The sweep looks once more for what an erased photo has left: docs/erasing.md. It can delete no upload.
resource "google_storage_bucket_iam_member" "eraser" {
  for_each = toset(["results", "copies"])

  bucket     = local.existing[each.key]
  role       = "projects/${var.project}/roles/${google_project_iam_custom_role.eraser.role_id}"
  member     = local.members["sweep"]
  depends_on = [google_service_account.function]
}

resource "google_pubsub_topic_iam_member" "function" {
  for_each = local._topic_rights

  project    = var.project
  topic      = google_pubsub_topic.topic[each.value.topic].name
  role       = "roles/pubsub.publisher"
  member     = local.members[each.value.function]
  depends_on = [google_service_account.function]
}

resource "google_secret_manager_secret_iam_member" "function" {
  for_each = local._secret_rights

  project    = var.project
  secret_id  = each.value.secret
  role       = "roles/secretmanager.secretAccessor"
  member     = local.members[each.value.function]
  depends_on = [google_service_account.function, google_project_service.service]
}

resource "google_project_iam_member" "project" {
  for_each = local._project_rights

  project    = var.project
  role       = each.value.role
  member     = each.value.member
  depends_on = [google_service_account.caller, google_service_account.function, time_sleep.agents]
}

# May call a model, and do nothing else on Vertex AI.
resource "google_project_iam_custom_role" "asker" {
  count = local.on_vertex ? 1 : 0

  project     = var.project
  role_id     = "${replace(var.prefix, "-", "_")}_asker"
  title       = "Asks models (${var.prefix})"
  description = "May ask the models of Vertex AI."
  permissions = ["aiplatform.endpoints.predict"]
  depends_on  = [google_project_service.service]
}

# May set an upload's metadata and its hold, and can neither replace nor delete it. objectUser, the least of Google's own roles that
# may update an object, may also delete it.
resource "google_project_iam_custom_role" "marker" {
  count = var.mark_uploads ? 1 : 0

  project     = var.project
  role_id     = "${replace(var.prefix, "-", "_")}_marker"
  title       = "Marks uploads (${var.prefix})"
  description = "May set the metadata and the hold of objects."
  permissions = ["storage.objects.get", "storage.objects.update"]
  depends_on  = [google_project_service.service]
}

# May delete an object, and neither write nor replace one.
resource "google_project_iam_custom_role" "eraser" {
  project     = var.project
  role_id     = "${replace(var.prefix, "-", "_")}_eraser"
  title       = "Erases results (${var.prefix})"
  description = "May delete objects."
  permissions = ["storage.objects.delete"]
  depends_on  = [google_project_service.service]
}

# Cloud Functions copies the packages into a bucket of its own, which is created with the first function: only its prefix is known.
resource "google_project_iam_member" "build_sources" {
  project = var.project
  role    = "roles/storage.objectUser"
  member  = local.members["build"]

  condition {
    title       = "only the sources of functions"
    description = "Buckets that Cloud Functions makes for sources and uploads of functions."
    expression  = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-\")"
  }

  depends_on = [google_service_account.caller]
}

resource "google_storage_bucket_iam_member" "build" {
  bucket     = google_storage_bucket.bucket["source"].name
  role       = "roles/storage.objectViewer"
  member     = local.members["build"]
  depends_on = [google_service_account.caller]
}

# In a repository of your own the build account writes there alone.
resource "google_artifact_registry_repository_iam_member" "build" {
  count = var.docker_repository == null ? 0 : 1

  project    = split("/", var.docker_repository)[1]
  location   = split("/", var.docker_repository)[3]
  repository = split("/", var.docker_repository)[5]
  role       = "roles/artifactregistry.writer"
  member     = local.members["build"]
  depends_on = [google_service_account.caller, time_sleep.agents]
}

# notify queues webhook attempts; the account `tasks` makes them.
resource "google_cloud_tasks_queue_iam_member" "notify" {
  project    = var.project
  location   = var.region
  name       = google_cloud_tasks_queue.webhooks.name
  role       = "roles/cloudtasks.enqueuer"
  member     = local.members["notify"]
  depends_on = [google_service_account.function]
}

resource "google_service_account_iam_member" "notify" {
  service_account_id = "projects/${var.project}/serviceAccounts/${local.emails["tasks"]}"
  role               = "roles/iam.serviceAccountUser"
  member             = local.members["notify"]
  depends_on         = [google_service_account.caller, google_service_account.function]
}

# Pub/Sub itself: it signs its pushes, and publishes dead letters.
resource "google_service_account_iam_member" "pubsub_agent" {
  service_account_id = "projects/${var.project}/serviceAccounts/${local.emails["push"]}"
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local._pubsub_agent
  depends_on         = [google_service_account.caller, time_sleep.agents]
}

resource "google_pubsub_topic_iam_member" "pubsub_agent" {
  project    = var.project
  topic      = google_pubsub_topic.topic["dead-letter"].name
  role       = "roles/pubsub.publisher"
  member     = local._pubsub_agent
  depends_on = [time_sleep.agents]
}

resource "google_pubsub_subscription_iam_member" "pubsub_agent" {
  for_each = toset(local.workers)

  project      = var.project
  subscription = google_pubsub_subscription.subscription[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local._pubsub_agent
}

# The callers of each function. A replaced function has lost its grants, so they are replaced with it.
resource "google_cloud_run_v2_service_iam_member" "push" {
  for_each = toset(values(local.pushes)[*].function)

  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.function[each.key].name
  role     = "roles/run.invoker"
  member   = local.members["push"]

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.function[each.key].id]
  }
}

resource "google_cloud_run_v2_service_iam_member" "trigger" {
  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.function["ingest"].name
  role     = "roles/run.invoker"
  member   = local.members["trigger"]

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.function["ingest"].id]
  }
}

resource "google_cloud_run_v2_service_iam_member" "tasks" {
  project    = var.project
  location   = var.region
  name       = google_cloudfunctions2_function.function["notify"].name
  role       = "roles/run.invoker"
  member     = local.members["tasks"]
  depends_on = [google_service_account.caller]

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.function["notify"].id]
  }
}

resource "google_cloud_run_v2_service_iam_member" "scheduler" {
  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.function["sweep"].name
  role     = "roles/run.invoker"
  member   = local.members["scheduler"]

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.function["sweep"].id]
  }
}

resource "google_cloud_run_v2_service_iam_member" "submit" {
  for_each = var.submit_members

  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.function["submit"].name
  role     = "roles/run.invoker"
  member   = each.key

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.function["submit"].id]
  }
}

resource "google_cloud_run_v2_service_iam_member" "gallery" {
  for_each = var.gallery_members

  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.function["gallery"].name
  role     = "roles/run.invoker"
  member   = each.key

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.function["gallery"].id]
  }
}

# Google's services use the key with their own service agents.
resource "google_kms_crypto_key_iam_member" "agent" {
  for_each = var.kms_key == null ? {} : merge(
    {
      storage = data.google_storage_project_service_account.agent.member
      pubsub  = local._pubsub_agent
    },
    { for name, domain in local._building_agents : name => "serviceAccount:service-${data.google_project.project.number}@${domain}.iam.gserviceaccount.com" if var.docker_repository != null },
  )

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
  depends_on    = [time_sleep.agents]
}

# A grant takes effect within about a minute; a function that starts earlier fails.
resource "time_sleep" "grants" {
  create_duration = "90s"

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_cloud_tasks_queue_iam_member.notify,
    google_kms_crypto_key_iam_member.agent,
    google_project_iam_member.build_sources,
    google_project_iam_member.project,
    google_pubsub_topic_iam_member.corrector,
    google_pubsub_topic_iam_member.function,
    google_secret_manager_secret_iam_member.function,
    google_service_account_iam_member.notify,
    google_service_account_iam_member.pubsub_agent,
    google_storage_bucket_iam_member.build,
    google_storage_bucket_iam_member.corrector,
    google_storage_bucket_iam_member.eraser,
    google_storage_bucket_iam_member.function,
    google_storage_bucket_iam_member.marker,
  ]
}

# All grants above, as a list of lines.
locals {
  _invokers = concat(
    values(google_cloud_run_v2_service_iam_member.push),
    [google_cloud_run_v2_service_iam_member.trigger, google_cloud_run_v2_service_iam_member.tasks, google_cloud_run_v2_service_iam_member.scheduler],
    values(google_cloud_run_v2_service_iam_member.submit),
    values(google_cloud_run_v2_service_iam_member.gallery),
    google_cloud_run_v2_service_iam_member.iap,
  )

  grants = concat(
    [for g in concat(
      values(google_storage_bucket_iam_member.function),
      values(google_storage_bucket_iam_member.eraser),
      values(google_storage_bucket_iam_member.marker),
      values(google_storage_bucket_iam_member.uploader),
      values(google_storage_bucket_iam_member.copies_reader),
      google_storage_bucket_iam_member.corrector,
      [google_storage_bucket_iam_member.build],
      ) :
      join(" ", concat([g.member, g.role, "bucket", g.bucket], flatten([for c in g.condition : ["if", c.expression]])))
    ],
    [for g in concat(values(google_project_iam_member.project), [google_project_iam_member.build_sources]) :
      join(" ", concat([g.member, g.role, "project", g.project], flatten([for c in g.condition : ["if", c.expression]])))
    ],
    [for g in concat(values(google_pubsub_topic_iam_member.function), google_pubsub_topic_iam_member.corrector, [google_pubsub_topic_iam_member.pubsub_agent], google_pubsub_topic_iam_member.bigquery_dead_letter) : "${g.member} ${g.role} topic ${g.topic}"],
    [for g in concat(values(google_pubsub_subscription_iam_member.pubsub_agent), google_pubsub_subscription_iam_member.bigquery) : "${g.member} ${g.role} subscription ${g.subscription}"],
    [for g in values(google_secret_manager_secret_iam_member.function) : "${g.member} ${g.role} secret ${g.secret_id}"],
    [for g in [google_cloud_tasks_queue_iam_member.notify] : "${g.member} ${g.role} queue ${g.name}"],
    [for g in [google_service_account_iam_member.notify, google_service_account_iam_member.pubsub_agent] : "${g.member} ${g.role} account ${basename(g.service_account_id)}"],
    [for g in google_artifact_registry_repository_iam_member.build : "${g.member} ${g.role} repository ${g.repository}"],
    [for g in values(google_iap_web_iam_member.page) : join(" ", concat([g.member, g.role, "pages", g.project], flatten([for c in g.condition : ["if", c.expression]])))],
    [for g in local._invokers : "${g.member} ${g.role} service ${g.name}"],
    [for g in concat(values(google_kms_crypto_key_iam_member.agent), google_kms_crypto_key_iam_member.bigquery) : "${g.member} ${g.role} key ${g.crypto_key_id}"],
    [for g in google_bigquery_dataset_iam_member.pubsub_agent : "${g.member} ${g.role} dataset ${g.dataset_id}"],
  )
}
