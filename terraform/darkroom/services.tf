# The APIs, and a wait for Google's service agents to appear.

locals {
  on_vertex = var.gemini.api_key_secret == null

  _services = concat(
    [
      "artifactregistry", "cloudbuild", "cloudfunctions", "cloudresourcemanager", "cloudscheduler", "cloudtasks", "eventarc", "iam",
      "logging", "monitoring", "pubsub", "run", "secretmanager", "storage",
    ],
    local.on_vertex ? ["aiplatform"] : [],
    var.kms_key == null ? [] : ["cloudkms"],
    local.has_page ? ["iap"] : [],
  )
}

data "google_project" "project" {
  project_id = var.project
}

# Reading it creates Cloud Storage's service agent, if there is none yet.
data "google_storage_project_service_account" "agent" {
  project = var.project
}

resource "google_project_service" "service" {
  for_each = toset(local._services)

  project            = var.project
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false # others in the project may need it
}

# A new project's service agents appear minutes after their APIs.
resource "time_sleep" "agents" {
  create_duration = "120s"
  depends_on      = [google_project_service.service]
}
