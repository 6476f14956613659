# The alerts and their recipients; and that no query names a metric that does not exist.

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

run "every_metric_that_is_asked_for_is_there" {
  command = plan

  variables {
    prefix           = "dr-staging"
    daily_budget_usd = 20
  }

  # Logs-based: sums, counts and buckets are those of distributions.
  assert {
    condition = length(setsubtract(
      flatten([
        for text in concat([google_monitoring_dashboard.darkroom.dashboard_json], [for a in values(google_monitoring_alert_policy.alert) : a.conditions[0].condition_prometheus_query_language[0].query]) :
        regexall("logging_googleapis_com:[a-z_]+", text)
      ]),
      concat(
        [for m in values(google_logging_metric.metric) : "logging_googleapis_com:user_${replace(m.name, "/[^a-z0-9]/", "_")}" if m.metric_descriptor[0].value_type == "INT64"],
        flatten([
          for m in values(google_logging_metric.metric) : [
            for part in ["sum", "count", "bucket"] : "logging_googleapis_com:user_${replace(m.name, "/[^a-z0-9]/", "_")}_${part}"
          ] if m.metric_descriptor[0].value_type == "DISTRIBUTION"
        ]),
      ),
    )) == 0
    error_message = "A chart or an alert asks for a metric that metrics.tf does not make."
  }

  # Google's: https://cloud.google.com/monitoring/api/metrics_gcp
  assert {
    condition = setunion(
      flatten([
        for text in concat([google_monitoring_dashboard.darkroom.dashboard_json], [for a in values(google_monitoring_alert_policy.alert) : a.conditions[0].condition_prometheus_query_language[0].query]) :
        regexall("(?:run|pubsub)_googleapis_com:[a-z_]+", text)
      ]),
      ) == toset([
        "pubsub_googleapis_com:subscription_dead_letter_message_count",
        "pubsub_googleapis_com:subscription_num_undelivered_messages",
        "pubsub_googleapis_com:subscription_oldest_unacked_message_age",
        "run_googleapis_com:container_instance_count",
        "run_googleapis_com:request_count",
    ])
    error_message = "See that Google has the metric, and add it here."
  }

  assert {
    condition = alltrue([
      for series in values(local.series) : strcontains(join(" ", concat([google_monitoring_dashboard.darkroom.dashboard_json], values(local.alerts)[*].query)), series)
      && startswith(series, "logging_googleapis_com:user_dr_staging_")
    ])
    error_message = "What nobody looks at need not be counted."
  }
}

run "a_metric_counts_the_lines_of_its_own_environment" {
  command = plan

  variables {
    prefix = "dr-staging"
  }

  assert {
    condition = alltrue([
      for m in values(google_logging_metric.metric) : startswith(m.name, "dr-staging/")
      && strcontains(m.filter, "resource.type = \"cloud_run_revision\"") && length(regexall("\"dr-staging-[a-z-]+\"", m.filter)) == length(local.functions)
    ])
    error_message = "Environments that share a project are told apart by the names of their functions."
  }
  assert {
    condition     = endswith(google_logging_metric.metric["cost_usd"].filter, " AND jsonPayload.event = \"result\" AND jsonPayload.cost_usd >= 0")
    error_message = "What cost nothing that is known is not summed up."
  }
  assert {
    condition     = google_logging_metric.metric["cost_usd"].value_extractor == "EXTRACT(jsonPayload.cost_usd)" && google_logging_metric.metric["results"].label_extractors == tomap({ task = "EXTRACT(jsonPayload.task)", status = "EXTRACT(jsonPayload.status)" })
    error_message = "Numbers and labels come from the line."
  }
  assert {
    condition     = alltrue([for m in values(google_logging_metric.metric) : (m.value_extractor == null) == (m.metric_descriptor[0].value_type == "INT64") && length(m.bucket_options) == (m.value_extractor == null ? 0 : 1)])
    error_message = "A number that is taken from the line makes a distribution."
  }
  assert {
    condition     = alltrue([for m in values(google_logging_metric.metric) : join(" ", sort([for l in m.metric_descriptor[0].labels : l.key])) == join(" ", try(keys(m.label_extractors), []))])
    error_message = "Every label is extracted."
  }
}

run "the_dashboard_is_a_page_without_gaps_or_overlaps" {
  command = plan

  assert {
    condition     = toset([for tile in jsondecode(google_monitoring_dashboard.darkroom.dashboard_json).mosaicLayout.tiles : "${tile.xPos} ${tile.yPos}"]) == toset([for n in range(length(local._charts)) : "${n % 2 * 24} ${floor(n / 2) * 14}"])
    error_message = "Two columns."
  }
  assert {
    condition     = alltrue([for tile in jsondecode(google_monitoring_dashboard.darkroom.dashboard_json).mosaicLayout.tiles : length(tile.widget.xyChart.dataSets) > 0 && tile.widget.title != ""])
    error_message = "Each chart shows something."
  }
  assert {
    condition     = length(regexall("\\$\\$", google_monitoring_dashboard.darkroom.dashboard_json)) == 0 && length(regexall("\\$\\{__interval\\}", google_monitoring_dashboard.darkroom.dashboard_json)) > 20
    error_message = "The width of a point is written as the page reads it."
  }
}

run "alerts_are_made_without_anybody_to_tell" {
  command = plan

  assert {
    condition     = length(google_monitoring_alert_policy.alert) == 13 && length(google_monitoring_notification_channel.email) == 0
    error_message = "Alerts stand in the console; those of the day's budget need a budget."
  }
  assert {
    condition     = length(google_billing_budget.month) == 0 && length(google_project_service.budgets) == 0
    error_message = "The bill is not looked at unless that is asked for."
  }
}

run "alerts_are_told_by_mail" {
  command = apply

  variables {
    notification_emails = ["ann@example.com", "bob@example.com"]
    daily_budget_usd    = 20
  }

  assert {
    condition     = alltrue([for a in values(google_monitoring_alert_policy.alert) : toset(a.notification_channels) == toset(values(google_monitoring_notification_channel.email)[*].id)]) && length(google_monitoring_alert_policy.alert) == 15
    error_message = "Everybody is told of everything."
  }
  assert {
    condition = alltrue([
      for name, a in google_monitoring_alert_policy.alert :
      strcontains(a.documentation[0].content, "./darkroom ") && endswith(a.documentation[0].content, "docs/operations.md, ${name}.") && !strcontains(a.documentation[0].content, "$$")
    ])
    error_message = "What is told says what to do, and where more is written."
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.alert["webhook-disabled"].documentation[0].content, "$${metric_or_resource.label.endpoint} answered 410")
    error_message = "What is told names the endpoint."
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.alert["waiting-jobs"].conditions[0].condition_prometheus_query_language[0].query, "subscription_id=~\"darkroom-dead-letter|darkroom-describe|darkroom-detect|darkroom-notify|darkroom-segment|eventarc-.+-darkroom-uploads-sub-.+\"}) > 1800")
    error_message = "Half an hour, for each subscription that pushes, Eventarc's among them."
  }
}

run "a_sweep_is_missed_after_an_hour" {
  command = plan

  assert {
    condition     = strcontains(google_monitoring_alert_policy.alert["sweep-silent"].conditions[0].condition_prometheus_query_language[0].query, "[1h]")
    error_message = "By the default schedule four sweeps are due in an hour."
  }
}

run "a_sweep_that_runs_every_hour_is_missed_after_three" {
  command = plan

  variables {
    sweep_schedule = "5 * * * *"
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.alert["sweep-silent"].conditions[0].condition_prometheus_query_language[0].query, "[3h]")
    error_message = "Three hours."
  }
}

run "a_sweep_that_runs_at_night_is_missed_after_a_day" {
  command = plan

  variables {
    sweep_schedule = "0 3 * * *"
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.alert["sweep-silent"].conditions[0].condition_prometheus_query_language[0].query, "[25h]")
    error_message = "A day and an hour."
  }
}

run "every_fault_counts_and_not_now_does_not" {
  command = plan

  assert {
    condition = alltrue([
      for name in ["function-errors", "ingest-down"] :
      strcontains(google_monitoring_alert_policy.alert[name].conditions[0].condition_prometheus_query_language[0].query, "response_code=~\"5..\"}")
      && !strcontains(google_monitoring_alert_policy.alert[name].conditions[0].condition_prometheus_query_language[0].query, "503")
    ])
    error_message = "503 is an instance that was killed; not now is 429."
  }
}

run "a_backlog_may_be_longer_where_that_is_usual" {
  command = plan

  variables {
    backlog_minutes = 240
  }

  assert {
    condition     = endswith(google_monitoring_alert_policy.alert["waiting-jobs"].conditions[0].condition_prometheus_query_language[0].query, "> 14400") && strcontains(google_monitoring_alert_policy.alert["waiting-jobs"].documentation[0].content, "240 minutes")
    error_message = "Four hours."
  }
}

run "the_bill_is_watched_where_there_is_a_budget" {
  command = plan

  variables {
    monthly_budget      = { billing_account = "012345-6789AB-CDEF01", amount = 500, currency = "EUR" }
    notification_emails = ["a@example.com", "b@example.com", "c@example.com", "d@example.com", "e@example.com", "f@example.com"]
  }

  assert {
    condition     = google_billing_budget.month[0].amount[0].specified_amount[0].units == "500" && google_billing_budget.month[0].amount[0].specified_amount[0].currency_code == "EUR"
    error_message = "What was asked for."
  }
  assert {
    condition     = google_billing_budget.month[0].budget_filter[0].projects == toset(["projects/123456789012"])
    error_message = "The bill of this project alone."
  }
  assert {
    condition     = length(google_billing_budget.month[0].threshold_rules) == 4 && length(google_project_service.budgets) == 1
    error_message = "Told at a half, nine tenths, all of it, and when all of it is to be expected."
  }
}

run "what_makes_no_sense_is_refused" {
  command = plan

  variables {
    backlog_minutes     = 0
    monthly_budget      = { billing_account = "billingAccounts/012345-6789AB-CDEF01", amount = 0.5 }
    notification_emails = ["photos"]
  }

  expect_failures = [var.backlog_minutes, var.monthly_budget, var.notification_emails]
}
