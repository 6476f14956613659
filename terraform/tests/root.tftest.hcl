# The root hands its settings to the module, and the module's outputs on.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
  mock_resource "google_cloudfunctions2_function" {
    defaults = { service_config = { uri = "https://function.example" } }
  }
}
mock_provider "time" {}

variables {
  project  = "my-photos"
  packages = "darkroom/tests/packages"
}

run "what_is_set_reaches_the_module" {
  command = plan

  variables {
    prefix           = "dr-staging"
    region           = "europe-west1"
    daily_budget_usd = 5
    labels           = { team = "shop" }
  }

  assert {
    condition     = output.settings.environment["TOPIC_PREFIX"] == "dr-staging" && output.settings.environment["DAILY_BUDGET_USD"] == "5"
    error_message = "The settings are those of the module."
  }
  assert {
    condition     = output.buckets["uploads"] == "my-photos-dr-staging-uploads" && length(output.functions) == 9
    error_message = "The outputs are those of the module."
  }
}
