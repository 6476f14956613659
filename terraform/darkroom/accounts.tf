# An account per function, and one for each service that calls functions or builds them.

locals {
  _callers = {
    build     = "Builds the functions."
    push      = "Pub/Sub, as it pushes jobs and results."
    scheduler = "Cloud Scheduler, as it calls the sweep."
    tasks     = "Cloud Tasks, as it calls notify."
    trigger   = "Eventarc, as it tells ingest of uploads."
  }
  _accounts = merge({ for name, function in local.functions : name => function.service }, { for name in keys(local._callers) : name => "${var.prefix}-${name}" })

  # Built from the names, not read from the accounts: a plan then shows every member.
  emails  = { for name, account in local._accounts : name => "${account}@${var.project}.iam.gserviceaccount.com" }
  members = { for name, email in local.emails : name => "serviceAccount:${email}" }
}

resource "google_service_account" "function" {
  for_each = local.functions

  project      = var.project
  account_id   = each.value.service
  display_name = "Darkroom: ${each.key}"
  description  = each.value.description
  depends_on   = [google_project_service.service]
}

resource "google_service_account" "caller" {
  for_each = local._callers

  project      = var.project
  account_id   = "${var.prefix}-${each.key}"
  display_name = "Darkroom: ${each.key}"
  description  = each.value
  depends_on   = [google_project_service.service]
}
