# Every invalid value is refused, with a sentence. Each run has one bad value of each variable.

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
  packages = "tests/packages"
}

run "bad_values_are_refused_first_round" {
  command = plan

  variables {
    copies_readers     = ["allUsers"]
    daily_budget_usd   = -1
    delivery_attempts  = 19
    environment        = { lower = "x" }
    functions          = { ingst = {} }
    gallery_members    = ["allUsers"]
    gemini             = { location = "US" }
    kms_key            = "my-key"
    model              = "a model"
    monthly_budget_usd = -1
    prefix             = "dr"
    project            = "My Photos"
    region             = "us"
    retention_days     = { jobs = 44 }
    submit_members     = ["allAuthenticatedUsers"]
    sweep_schedule     = "hourly"
    timing             = { lease_seconds = 159 }
    upload_members     = ["allUsers"]
    webhook_secrets    = { shop = { secret = "s" } }
  }

  expect_failures = [
    var.copies_readers,
    var.daily_budget_usd,
    var.delivery_attempts,
    var.environment,
    var.functions,
    var.gallery_members,
    var.gemini,
    var.kms_key,
    var.model,
    var.monthly_budget_usd,
    var.prefix,
    var.project,
    var.region,
    var.retention_days,
    var.submit_members,
    var.sweep_schedule,
    var.timing,
    var.upload_members,
    var.webhook_secrets,
  ]
}

run "bad_values_are_refused_second_round" {
  command = plan

  variables {
    copies_readers    = ["ann@example.com"]
    delivery_attempts = 101
    environment       = { MODEL = "x" }
    functions         = { detect = { memory = "2 GB" } }
    gallery_members   = ["ann@example.com"]
    gemini            = { api_key_secret = "projects/p/secrets/s" }
    prefix            = "a-prefix-too-long"
    project           = "123456"
    retention_days    = { overwritten = 6 }
    submit_members    = ["ann@example.com"]
    timing            = { model_timeout_seconds = 0 }
    upload_members    = ["ann@example.com"]
    webhook_secrets   = { SHOP = { secret = "whsec_MfKQ9r8G/KYq==" } }
  }

  expect_failures = [
    var.copies_readers,
    var.delivery_attempts,
    var.environment,
    var.functions,
    var.gallery_members,
    var.gemini,
    var.prefix,
    var.project,
    var.retention_days,
    var.submit_members,
    var.timing,
    var.upload_members,
    var.webhook_secrets,
  ]
}

run "bad_values_are_refused_third_round" {
  command = plan

  variables {
    copies_readers    = ["allAuthenticatedUsers"]
    delivery_attempts = 20.5
    environment       = { COPIES_BUCKET = "x" }
    functions         = { detect = { timeout_seconds = 591 } }
    gemini            = { api_key_secret = "s", api_key_version = "latest" }
    prefix            = "dark-"
    retention_days    = { uploads = 8 }
    timing            = { lease_seconds = 540 }
    webhook_secrets   = { SHOP = { secret = "s", version = "latest" } }
  }

  expect_failures = [
    var.copies_readers,
    var.delivery_attempts,
    var.environment,
    var.functions,
    var.gemini,
    var.prefix,
    var.retention_days,
    var.timing,
    var.webhook_secrets,
  ]
}

run "bad_values_are_refused_fourth_round" {
  command = plan

  variables {
    functions       = { detect = { max_instances = 0 } }
    gallery_members = ["principalSet://goog/public:all"]
    prefix          = "1dark"
    retention_days  = { webhooks = 6 }
  }

  expect_failures = [
    var.functions,
    var.gallery_members,
    var.prefix,
    var.retention_days,
  ]
}

run "bad_values_are_refused_fifth_round" {
  command = plan

  variables {
    functions      = { detect = { concurrency = 0 } }
    retention_days = { restorable = 3 }
  }

  expect_failures = [
    var.functions,
    var.retention_days,
  ]
}

run "bad_values_are_refused_sixth_round" {
  command = plan

  variables {
    retention_days = { copies = 0 }
  }

  expect_failures = [
    var.retention_days,
  ]
}

run "good_values_at_the_edges_are_taken" {
  command = plan

  variables {
    daily_budget_usd   = 0
    monthly_budget_usd = 0
    delivery_attempts  = 20
    prefix             = "abc"
    retention_days     = { uploads = 9, overwritten = 7, results = 9, copies = 1, jobs = 45, webhooks = 7, restorable = 90 }
    timing             = { model_timeout_seconds = 479, lease_seconds = 539 }
    functions          = { sweep = { timeout_seconds = 120 }, ingest = { cpu = "0.33", concurrency = 1 } }
    gallery_members    = ["principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*", "domain:example.com", "user:ann@example.com"]
  }

  assert {
    condition     = local.environment["sweep"]["SWEEP_LIMIT_SECONDS"] == "60" && local.environment["detect"]["DAILY_BUDGET_USD"] == "0"
    error_message = "Edges are inside."
  }
}
