# What `make trial` deploys: tests/trial/cloud/test_stage.py compares the variables with trial/cloud/stage.py.

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
  prefix   = "dt-1231-x7k"
  region   = "europe-west1"
  packages = "tests/packages"
}

run "a_trial_is_small_and_goes_without_a_trace" {
  command = plan

  variables {
    bigquery            = { "dataset" : "dt_1231_x7k" }
    daily_budget_usd    = 1.0
    destroy_data        = true
    functions           = { "ingest" : { "max_instances" : 2 }, "detect" : { "max_instances" : 2 }, "segment" : { "max_instances" : 2 }, "describe" : { "max_instances" : 2 }, "dead_letter" : { "max_instances" : 2 }, "notify" : { "max_instances" : 2 }, "submit" : { "max_instances" : 2 } }
    gallery_members     = ["serviceAccount:dt-1231-x7k-push@my-photos.iam.gserviceaccount.com"]
    labels              = { "darkroom-trial" : "dt-1231-x7k" }
    notification_emails = ["ann@example.com"]
    retention_days      = { "restorable" : 0 }
    sweep_schedule      = "* * * * *"
  }

  assert {
    condition     = alltrue([for bucket in values(google_storage_bucket.bucket) : bucket.force_destroy && bucket.soft_delete_policy[0].retention_duration_seconds == 0])
    error_message = "Every bucket is destroyed with what it holds, and nothing can be restored."
  }
  assert {
    condition     = google_bigquery_dataset.results[0].delete_contents_on_destroy && !google_bigquery_table.raw[0].deletion_protection
    error_message = "The dataset is destroyed with its rows."
  }
  assert {
    condition     = alltrue([for name, function in google_cloudfunctions2_function.function : function.service_config[0].max_instance_count <= (name == "gallery" ? 10 : 2)])
    error_message = "A trial takes few instances."
  }
  assert {
    condition     = google_cloud_scheduler_job.sweep.schedule == "* * * * *" && output.settings.environment["DAILY_BUDGET_USD"] == "1"
    error_message = "Jobs that were put aside are looked at each minute, and the budget is what the trial may cost."
  }
  assert {
    condition     = contains(output.grants, "serviceAccount:dt-1231-x7k-push@my-photos.iam.gserviceaccount.com roles/run.invoker service dt-1231-x7k-gallery")
    error_message = "The account by which the page is tried is its member."
  }
}
