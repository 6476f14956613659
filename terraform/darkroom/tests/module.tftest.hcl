# The module is called with for_each: nothing of two deployments is the same, but what the project has once.

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


run "two_deployments_by_one_call" {
  command = plan

  module {
    source = "./tests/twice"
  }

  assert {
    condition     = { for name, each in output.settings : name => each["UPLOADS_BUCKET"] } == { darkroom = "my-photos-darkroom-uploads", dr-europe = "my-photos-dr-europe-uploads" }
    error_message = "Names begin with project and prefix."
  }
  assert {
    condition     = { for name, each in output.settings : name => each["GOOGLE_CLOUD_LOCATION"] } == { darkroom = "global", dr-europe = "eu" }
    error_message = "Each has its region."
  }
  assert {
    condition     = [for grant in output.grants : grant if length([for other in output.grants : other if other == grant]) > 1] == [for _ in range(2) : "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com roles/pubsub.publisher project my-photos"]
    error_message = "Only the grant of the project's own Cloud Storage is in both."
  }
}
