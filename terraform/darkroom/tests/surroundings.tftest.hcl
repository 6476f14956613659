# What a platform team asks for: ways in and out, sign-in, keys, registries, regions.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
  mock_data "google_storage_bucket" {
    defaults = { location = "US-CENTRAL1", project_number = 123456789012, uniform_bucket_level_access = true, versioning = [{ enabled = true }] }
  }
  mock_resource "google_cloudfunctions2_function" {
    defaults = { service_config = { uri = "https://function.example" } }
  }
}
mock_provider "time" {}

variables {
  project  = "my-photos"
  packages = "tests/packages"
}

run "the_outward_functions_are_reached_from_where_that_is_said" {
  command = plan

  variables {
    ingress = { gallery = "internal", submit = "load_balancer" }
  }

  assert {
    condition = { for name, f in google_cloudfunctions2_function.function : name => f.service_config[0].ingress_settings if f.service_config[0].ingress_settings != "ALLOW_INTERNAL_ONLY" } == {
      submit = "ALLOW_INTERNAL_AND_GCLB"
    }
    error_message = "The gallery is internal, submit is behind a load balancer, and nothing else is outward."
  }
}

run "without_members_there_is_no_page_to_sign_in_to" {
  command = plan

  assert {
    condition     = length(google_cloud_run_v2_service.page) == 0 && length(google_iap_web_iam_member.page) == 0 && !contains(keys(google_project_service.service), "iap") && output.page == null
    error_message = "Nothing is made that is not used."
  }
}

run "members_sign_in_to_the_page" {
  command = plan

  variables {
    iap_members = ["group:shop@example.com", "domain:example.com"]
    ingress     = { page = "load_balancer" }
    functions   = { gallery = { memory = "4Gi", min_instances = 1 } }
  }

  assert {
    condition     = google_cloud_run_v2_service.page[0].iap_enabled && google_cloud_run_v2_service.page[0].name == "darkroom-page" && google_cloud_run_v2_service.page[0].ingress == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
    error_message = "Identity-Aware Proxy stands in front."
  }
  assert {
    condition     = one(google_cloud_run_v2_service.page[0].template[0].containers).resources[0].limits["memory"] == "4Gi" && google_cloud_run_v2_service.page[0].template[0].scaling[0].min_instance_count == 1
    error_message = "The page has the sizes of the gallery."
  }
  assert {
    condition     = { for e in one(google_cloud_run_v2_service.page[0].template[0].containers).env : e.name => e.value } == merge(local.environment["gallery"], { FUNCTION_TARGET = "gallery" })
    error_message = "The page has the settings of the gallery."
  }
  assert {
    condition = [for grant in output.grants : grant if strcontains(grant, "iap")] == [
      "domain:example.com roles/iap.httpsResourceAccessor pages my-photos if request.host.startsWith(\"darkroom-page-\")",
      "group:shop@example.com roles/iap.httpsResourceAccessor pages my-photos if request.host.startsWith(\"darkroom-page-\")",
      "serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com roles/run.invoker service darkroom-page",
    ]
    error_message = "Members pass the proxy for this page alone, and only the proxy calls it."
  }
}

run "browsers_of_these_websites_may_upload" {
  command = plan

  variables {
    cors_origins = ["https://shop.example.com", "http://localhost:3000"]
  }

  assert {
    condition     = jsonencode({ for role, bucket in google_storage_bucket.bucket : role => one(bucket.cors).origin if length(bucket.cors) > 0 }) == jsonencode({ uploads = ["http://localhost:3000", "https://shop.example.com"] })
    error_message = "Only the uploads bucket answers to other websites."
  }
  assert {
    condition     = one(google_storage_bucket.bucket["uploads"].cors).method == tolist(["POST", "PUT"])
    error_message = "They write, and read nothing."
  }
}

run "without_origins_no_website_may" {
  command = plan

  assert {
    condition     = alltrue([for bucket in values(google_storage_bucket.bucket) : length(bucket.cors) == 0])
    error_message = "No bucket answers to other websites."
  }
}

run "functions_go_out_by_a_subnetwork" {
  command = plan

  variables {
    egress      = { subnetwork = "projects/my-photos/regions/us-central1/subnetworks/out", tags = ["out"], all_traffic = true, functions = ["notify", "submit"] }
    iap_members = ["domain:example.com"]
  }

  assert {
    condition     = [for name, f in google_cloudfunctions2_function.function : name if length(f.service_config[0].direct_vpc_network_interface) == 1] == ["notify", "submit"]
    error_message = "Only those that were named."
  }
  assert {
    condition     = google_cloudfunctions2_function.function["notify"].service_config[0].direct_vpc_egress == "VPC_EGRESS_ALL_TRAFFIC" && google_cloudfunctions2_function.function["notify"].service_config[0].direct_vpc_network_interface[0].tags == tolist(["out"])
    error_message = "All traffic goes that way."
  }
  assert {
    condition     = google_cloudfunctions2_function.function["notify"].service_config[0].vpc_connector == null && length(google_cloud_run_v2_service.page[0].template[0].vpc_access) == 0
    error_message = "There is no connector, and the page goes out as the gallery does."
  }
}

run "functions_go_out_by_a_connector" {
  command = plan

  variables {
    egress      = { connector = "projects/my-photos/locations/us-central1/connectors/out" }
    iap_members = ["domain:example.com"]
  }

  assert {
    condition = alltrue([
      for f in values(google_cloudfunctions2_function.function) :
      f.service_config[0].vpc_connector == var.egress.connector && f.service_config[0].vpc_connector_egress_settings == "PRIVATE_RANGES_ONLY" && length(f.service_config[0].direct_vpc_network_interface) == 0
    ])
    error_message = "All of them, and for private addresses only."
  }
  assert {
    condition     = google_cloud_run_v2_service.page[0].template[0].vpc_access[0].connector == var.egress.connector
    error_message = "The page goes out as the gallery does."
  }
}

run "images_are_kept_in_a_repository_of_ones_own" {
  command = plan

  variables {
    docker_repository = "projects/images/locations/us-central1/repositories/darkroom"
  }

  assert {
    condition     = alltrue([for f in values(google_cloudfunctions2_function.function) : f.build_config[0].docker_repository == var.docker_repository && f.kms_key_name == null])
    error_message = "Every image goes there."
  }
  assert {
    condition = [for grant in output.grants : grant if strcontains(grant, "artifactregistry")] == [
      "serviceAccount:darkroom-build@my-photos.iam.gserviceaccount.com roles/artifactregistry.writer repository darkroom",
    ]
    error_message = "The build account writes there, and nowhere else in the project."
  }
}

run "functions_are_encrypted_where_key_and_repository_are_ones_own" {
  command = plan

  variables {
    docker_repository = "projects/my-photos/locations/us-central1/repositories/darkroom"
    kms_key           = "projects/keys/locations/us-central1/keyRings/r/cryptoKeys/k"
  }

  assert {
    condition     = alltrue([for f in values(google_cloudfunctions2_function.function) : f.kms_key_name == var.kms_key])
    error_message = "Every function has the key."
  }
  assert {
    condition     = keys(google_kms_crypto_key_iam_member.agent) == ["eventarc", "functions", "pubsub", "registry", "run", "storage"]
    error_message = "All agents that handle functions use the key."
  }
}

run "photos_of_europe_are_read_in_europe" {
  command = plan

  variables {
    region = "europe-west1"
  }

  assert {
    condition     = alltrue([for name in concat(local.workers, ["sweep"]) : local.environment[name]["GOOGLE_CLOUD_LOCATION"] == "eu"])
    error_message = "They would leave Europe."
  }
}

run "elsewhere_they_are_read_anywhere" {
  command = plan

  assert {
    condition     = output.settings.environment["GOOGLE_CLOUD_LOCATION"] == "global"
    error_message = "The default place is global."
  }
}

run "another_place_is_a_choice" {
  command = plan

  variables {
    region = "europe-west1"
    gemini = { location = "global" }
  }

  assert {
    condition     = output.settings.environment["GOOGLE_CLOUD_LOCATION"] == "global"
    error_message = "It was told."
  }
}

run "bad_surroundings_are_refused" {
  command = plan

  variables {
    cors_origins      = ["*"]
    docker_repository = "darkroom"
    egress            = { connector = "c", subnetwork = "s" }
    iap_members       = ["allUsers"]
    ingress           = { page = "none" }
  }

  expect_failures = [var.cors_origins, var.docker_repository, var.egress, var.iap_members, var.ingress]
}

run "bad_surroundings_are_refused_too" {
  command = plan

  variables {
    cors_origins   = ["https://shop.example.com"]
    egress         = { connector = "c", functions = ["ingst"] }
    iap_members    = ["ann@example.com"]
    uploads_bucket = "my-archive"
  }

  expect_failures = [var.cors_origins, var.egress, var.iap_members]
}

run "an_egress_leads_somewhere" {
  command = plan

  variables {
    egress = { all_traffic = true }
  }

  expect_failures = [var.egress]
}
