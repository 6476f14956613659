# One deployment of the module in darkroom/: its provider, where its state is, and its settings (inputs.tf is darkroom/variables.tf).

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = { source = "hashicorp/google" }
    time   = { source = "hashicorp/time" }
  }

  # `make deploy` passes the bucket; by hand: terraform init -backend-config=bucket=...
  backend "gcs" {}
}

provider "google" {
  project = var.project
  region  = var.region

  # The API of budgets needs a project for its quota.
  billing_project       = var.project
  user_project_override = var.monthly_budget != null
}

module "darkroom" {
  source = "./darkroom"

  backlog_minutes      = var.backlog_minutes
  bigquery             = var.bigquery
  copies_readers       = var.copies_readers
  corrections          = var.corrections
  cors_origins         = var.cors_origins
  daily_budget_usd     = var.daily_budget_usd
  delivery_attempts    = var.delivery_attempts
  destroy_data         = var.destroy_data
  docker_repository    = var.docker_repository
  egress               = var.egress
  environment          = var.environment
  erase_with_uploads   = var.erase_with_uploads
  functions            = var.functions
  gallery_members      = var.gallery_members
  gemini               = var.gemini
  iap_members          = var.iap_members
  ingress              = var.ingress
  kms_key              = var.kms_key
  labels               = var.labels
  mark_uploads         = var.mark_uploads
  model                = var.model
  monthly_budget       = var.monthly_budget
  monthly_budget_usd   = var.monthly_budget_usd
  notification_emails  = var.notification_emails
  packages             = var.packages
  prefix               = var.prefix
  project              = var.project
  region               = var.region
  results_subscription = var.results_subscription
  retention_days       = var.retention_days
  submit_members       = var.submit_members
  sweep_schedule       = var.sweep_schedule
  timing               = var.timing
  upload_members       = var.upload_members
  uploads_bucket       = var.uploads_bucket
  webhook_secrets      = var.webhook_secrets
}

output "bigquery" {
  description = "Where results are in BigQuery: the dataset, the table of events, a query to begin with, and a report in Looker Studio; null if `bigquery` is off."
  value       = module.darkroom.bigquery
}

output "buckets" {
  description = "The buckets by role. Photos go to `uploads`; their results go to `results`, and what may be shown of them to `copies`."
  value       = module.darkroom.buckets
}

output "functions" {
  description = "The address of each function. Only submit and gallery can be reached from outside, by their members."
  value       = module.darkroom.functions
}

output "grants" {
  description = "Who may do what, one line per grant, for reviews."
  value       = module.darkroom.grants
}

output "next" {
  description = "Commands to type next: upload a photo, open the gallery, check the deployment."
  value       = module.darkroom.next
}

output "page" {
  description = "The address of the page for iap_members; null if there are none."
  value       = module.darkroom.page
}

output "settings" {
  description = "Where the cloud is, for the operator's command: `./darkroom --settings`."
  value       = module.darkroom.settings
}

output "topics" {
  description = "The topics by their content; `results` has a CloudEvent for every record."
  value       = module.darkroom.topics
}
