# The page for people: they sign in with their Google accounts, and need no gcloud. Identity-Aware Proxy is an argument of a Cloud Run
# service and not of a function. So a service runs the image that was built for the function `gallery`, with its account and settings.

locals {
  has_page = length(var.iap_members) > 0
  _page    = "${var.prefix}-page"
  _seen_by = { all = "INGRESS_TRAFFIC_ALL", internal = "INGRESS_TRAFFIC_INTERNAL_ONLY", load_balancer = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" }
}

# Read after the functions are as they shall be: then the page follows with the same image.
data "google_cloud_run_v2_service" "gallery" {
  count = local.has_page ? 1 : 0

  project    = var.project
  location   = var.region
  name       = google_cloudfunctions2_function.function["gallery"].name
  depends_on = [google_cloudfunctions2_function.function]
}

resource "google_cloud_run_v2_service" "page" {
  count = local.has_page ? 1 : 0

  project             = var.project
  location            = var.region
  name                = local._page
  description         = "The page, for people who sign in."
  labels              = var.labels
  ingress             = local._seen_by[var.ingress.page]
  iap_enabled         = true
  deletion_protection = false

  template {
    service_account                  = google_service_account.function["gallery"].email
    timeout                          = "${local.functions["gallery"].timeout_seconds}s"
    max_instance_request_concurrency = local.functions["gallery"].concurrency
    encryption_key                   = var.docker_repository == null ? null : var.kms_key

    scaling {
      min_instance_count = local.functions["gallery"].min_instances
      max_instance_count = local.functions["gallery"].max_instances
    }

    containers {
      image          = data.google_cloud_run_v2_service.gallery[0].template[0].containers[0].image
      base_image_uri = data.google_cloud_run_v2_service.gallery[0].template[0].containers[0].base_image_uri

      resources {
        limits   = { cpu = local.functions["gallery"].cpu, memory = local.functions["gallery"].memory }
        cpu_idle = true
      }

      dynamic "env" {
        for_each = merge(local.environment["gallery"], { FUNCTION_TARGET = "gallery" })
        content {
          name  = env.key
          value = env.value
        }
      }
    }

    dynamic "vpc_access" {
      for_each = try([local._out["gallery"]], [])
      content {
        connector = vpc_access.value.connector
        egress    = vpc_access.value.all_traffic ? "ALL_TRAFFIC" : "PRIVATE_RANGES_ONLY"

        dynamic "network_interfaces" {
          for_each = local._direct["gallery"]
          content {
            network    = network_interfaces.value.network
            subnetwork = network_interfaces.value.subnetwork
            tags       = network_interfaces.value.tags
          }
        }
      }
    }
  }
}

# The proxy lets its members through to this host alone, and calls the service with its own account.
resource "google_iap_web_iam_member" "page" {
  for_each = var.iap_members

  project = var.project
  role    = "roles/iap.httpsResourceAccessor"
  member  = each.key

  condition {
    title      = "only the page of ${var.prefix}"
    expression = "request.host.startsWith(\"${local._page}-\")"
  }

  depends_on = [google_project_service.service]
}

resource "google_cloud_run_v2_service_iam_member" "iap" {
  count = local.has_page ? 1 : 0

  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.page[0].name
  role     = "roles/run.invoker"
  member   = "serviceAccount:service-${data.google_project.project.number}@gcp-sa-iap.iam.gserviceaccount.com"
}
