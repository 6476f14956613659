output "buckets" {
  description = "The buckets by role. Photos go to `uploads`; their results go to `results`, and what may be shown of them to `copies`."
  value       = { for role in ["uploads", "results", "copies", "state"] : role => local.existing[role] }
}

output "functions" {
  description = "The address of each function. Only submit and gallery can be reached from outside, by their members."
  value       = { for name, function in google_cloudfunctions2_function.function : name => function.service_config[0].uri }
}

output "grants" {
  description = "Who may do what, one line per grant, for reviews."
  value       = sort(local.grants)
}

output "next" {
  description = "Commands to type next: upload a photo, open the gallery, check the deployment."
  value = {
    settings = "terraform -chdir=terraform output -json settings > darkroom.json"
    doctor   = "./darkroom doctor --settings darkroom.json"
    upload   = "gcloud storage cp samples/duck.jpg gs://${local.existing["uploads"]}/samples/"
    results  = "gcloud storage ls --recursive gs://${google_storage_bucket.bucket["results"].name}"
    gallery  = local.has_page ? "open ${google_cloud_run_v2_service.page[0].uri}" : "gcloud run services proxy ${local.functions["gallery"].service} --project=${var.project} --region=${var.region}"
  }
}

output "page" {
  description = "The address of the page for iap_members; null if there are none."
  value       = one(google_cloud_run_v2_service.page[*].uri)
}

output "settings" {
  description = "Where the cloud is, for the operator's command: `./darkroom --settings`."
  value       = { environment = local.settings }
}

output "topics" {
  description = "The topics by their content; `results` has a CloudEvent for every record."
  value       = { for name, topic in google_pubsub_topic.topic : name => topic.id }
}

locals {
  settings = merge(
    var.environment,
    { for name, value in local._common : name => value if name != "LOG_FORMAT" },
    local._model,
    local._notify,
    local.uploads_since,
    { SWEEP_JOB = local.sweep_job },
  )
}
