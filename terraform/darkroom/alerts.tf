# Alerts. Each has a section of the same name in docs/operations.md, with more than an e-mail holds.

locals {
  _run = "monitored_resource=\"cloud_run_revision\", service_name=~\"${join("|", [for function in values(local.functions) : function.service])}\""
  # Eventarc names the subscription of uploads itself: eventarc-REGION-TRIGGER-sub-NUMBER.
  _push = "monitored_resource=\"pubsub_subscription\", subscription_id=~\"${join("|", [for name in keys(local.pushes) : "${var.prefix}-${name}"])}|eventarc-.+-${var.prefix}-uploads-sub-.+\""

  # "Not now" is 429: all of 5xx is a fault, also the 503 that Cloud Run answers for an instance that was killed.
  _requests      = "run_googleapis_com:request_count{${local._run}}"
  _faults        = "run_googleapis_com:request_count{${local._run}, response_code=~\"5..\"}"
  _ingest        = "monitored_resource=\"cloud_run_revision\", service_name=\"${local.functions["ingest"].service}\""
  _ingest_all    = "run_googleapis_com:request_count{${local._ingest}}"
  _ingest_faults = "run_googleapis_com:request_count{${local._ingest}, response_code=~\"5..\"}"

  # No sweep within this time is an outage: four are due in an hour by the default schedule.
  _sweep_silence = can(regex("^\\S*[*]\\S* [*] [*] [*] [*]$", var.sweep_schedule)) ? "1h" : can(regex("^\\S+ [*] [*] [*] [*]$", var.sweep_schedule)) ? "3h" : "25h"

  # By name. `budget` marks those that need a budget; `query` must hold for `minutes` before an alert.
  alerts = { for name, alert in local._alerts : name => alert if !alert.budget || var.daily_budget_usd != null || var.monthly_budget_usd != null }

  _alerts = {
    no-results = {
      title    = "Photos come in, and no results go out"
      severity = "CRITICAL"
      minutes  = 30
      budget   = false
      query    = <<-EOT
        (sum(increase(${local.series.uploads_queued}[45m])) > 0)
        unless (sum(increase(${local.series.results}[30m])) > 0)
        unless (sum(increase(${local.series.budget_reached}[1h])) > 0)
      EOT
      text     = <<-EOT
        For half an hour uploads were queued and not one job ended. Nothing is lost: jobs wait in their queues.

        `./darkroom doctor` checks settings, topics, subscriptions and the model. `./darkroom explain gs://BUCKET/NAME` says what one
        photo waits for.
      EOT
    }
    ingest-down = {
      title    = "Uploads do not come in"
      severity = "CRITICAL"
      minutes  = 10
      budget   = false
      query    = <<-EOT
        sum(increase(${local._ingest_faults}[30m])) / sum(increase(${local._ingest_all}[30m])) > 0.5
        and sum(increase(${local._ingest_faults}[30m])) >= 5
      EOT
      text     = <<-EOT
        Most requests to ingest end in a fault: photos land in the bucket, and nothing is queued for them. Their events are retried for a
        day; after that the sweep finds the photos.

        `./darkroom doctor` finds missing settings and rights. The log of ingest has the traceback, or says why its instances end.
      EOT
    }
    function-errors = {
      title    = "A function fails"
      severity = "ERROR"
      minutes  = 20
      budget   = false
      query    = <<-EOT
        sum by (service_name) (increase(${local._faults}[1h])) / sum by (service_name) (increase(${local._requests}[1h])) > 0.05
        and sum by (service_name) (increase(${local._faults}[1h])) >= 5
        and sum by (service_name) (increase(${local._faults}[15m])) > 0
      EOT
      text     = <<-EOT
        More than a twentieth of the requests to $${metric_or_resource.label.service_name} end in a fault of ours, and it goes on. Its log
        has the traceback, or says that an instance ran out of memory. Messages and events are retried.

        `./darkroom doctor` finds missing settings and rights.
      EOT
    }
    failed-jobs = {
      title    = "Jobs end as failed"
      severity = "ERROR"
      minutes  = 5
      budget   = false
      query    = <<-EOT
        (
          sum by (task) (increase(${local.series.results}{status="failed"}[1h])) / sum by (task) (increase(${local.series.results}[1h])) > 0.2
          and sum by (task) (increase(${local.series.results}{status="failed"}[1h])) >= 5
        ) or (
          sum by (task) (increase(${local.series.results}{status="failed"}[6h])) / sum by (task) (increase(${local.series.results}[6h])) > 0.5
          and sum by (task) (increase(${local.series.results}{status="failed"}[6h])) >= 3
        )
      EOT
      text     = <<-EOT
        More than a fifth of an hour's jobs of $${metric_or_resource.label.task} ended as failed, or most of six hours'. The model may have
        changed what it answers, or refuse these photos; or workers are killed over them.

        `./darkroom redrive --dry-run` counts them by reason, and says what a retry would cost. Find the fault before the retry.
      EOT
    }
    rejected-uploads = {
      title    = "Uploads are rejected"
      severity = "ERROR"
      minutes  = 5
      budget   = false
      query    = <<-EOT
        sum by (task) (increase(${local.series.results}{status="rejected"}[1h])) / sum by (task) (increase(${local.series.results}[1h])) > 0.5
        and sum by (task) (increase(${local.series.results}{status="rejected"}[1h])) >= 5
      EOT
      text     = <<-EOT
        Most photos of an hour were rejected by $${metric_or_resource.label.task}: they are no photos, or nobody can read them. Nothing was
        paid for them.

        `./darkroom redrive --status rejected --dry-run` lists them. Look at who uploads first.
      EOT
    }
    waiting-jobs = {
      title    = "Messages wait too long"
      severity = "WARNING"
      minutes  = 5
      budget   = false
      query    = "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{${local._push}}) > ${var.backlog_minutes * 60}"
      text     = <<-EOT
        The oldest message of $${metric_or_resource.label.subscription_id} has waited for more than ${var.backlog_minutes} minutes: for a
        rate limited model, for tomorrow's budget, for more instances, or for a function that fails.

        `./darkroom doctor` says which; `./darkroom explain gs://BUCKET/NAME` says it for one photo.
      EOT
    }
    dead-letters = {
      title    = "Jobs were given up"
      severity = "ERROR"
      minutes  = 0
      budget   = false
      query    = "sum by (outcome) (increase(${local.series.dead_letters}{outcome=~\"given_up|no_job\"}[1h])) > 0"
      text     = <<-EOT
        Dead letters: messages failed ${var.delivery_attempts} deliveries ($${metric_or_resource.label.outcome}).
        `given_up`: the jobs ended as failed, with the reason dead_lettered. `no_job`: the message is not a job; it is kept in poison/
        of the state bucket.

        Find the fault first: `./darkroom doctor` and the log of the worker. Then `./darkroom redrive --reason dead_lettered --dry-run` shows
        the cost of a retry, and `./darkroom redrive --reason dead_lettered` does it.
      EOT
    }
    budget-nearly-used = {
      title    = "The budget of the day or the month is nearly used up"
      severity = "WARNING"
      minutes  = 0
      budget   = true
      query    = "sum(increase(${local.series.budget_used}_sum[30m])) / sum(increase(${local.series.budget_used}_count[30m])) > 0.8"
      text     = <<-EOT
        More than four fifths of it are spent or reserved. Once it is reached, jobs wait until the day or the month (UTC) is over.

        `./darkroom status` has the sums. To raise it: daily_budget_usd or monthly_budget_usd, and deploy.
      EOT
    }
    budget-reached = {
      title    = "The budget of the day or the month is used up, and jobs wait"
      severity = "ERROR"
      minutes  = 0
      budget   = true
      query    = "sum(increase(${local.series.budget_reached}{scope=\"all\"}[15m])) > 0"
      text     = <<-EOT
        No call is made until the day or the month (UTC) is over, or until the budget is raised: daily_budget_usd or monthly_budget_usd, and
        deploy. Nothing is lost; the sweep queues the jobs again by itself. A recipe's own budget sets off no alert.

        `./darkroom status` has the sums.
      EOT
    }
    breaker-tripped = {
      title    = "The breaker paused work"
      severity = "ERROR"
      minutes  = 0
      budget   = false
      query    = "sum by (sign) (increase(${local.series.breaker_tripped}[15m])) > 0"
      text     = <<-EOT
        Uploads came in a loop or in a flood, a task was asked again and again, or most calls failed: $${metric_or_resource.label.sign}. What
        it is about is paused. Nothing is lost: jobs are put aside.

        `./darkroom status` says what and why, and when it is tried again. `./darkroom resume` goes on at once.
      EOT
    }
    model-retiring = {
      title    = "A model will be shut down"
      severity = "WARNING"
      minutes  = 0
      budget   = false
      query    = "sum by (model) (increase(${local.series.model_days_left}_sum[1d])) / sum by (model) (increase(${local.series.model_days_left}_count[1d])) < 60"
      text     = <<-EOT
        $${metric_or_resource.label.model} is shut down within 60 days. Jobs that name it will use their fallback models, or be given
        up.

        `./darkroom doctor` has the day. Name another model: the variable `model`, or `model` and `fallback_models` in recipes.toml.
      EOT
    }
    webhook-failing = {
      title    = "A webhook endpoint takes nothing"
      severity = "ERROR"
      minutes  = 40
      budget   = false
      query    = <<-EOT
        sum by (endpoint) (increase(${local.series.webhook_turns}{outcome=~"failed|dead"}[1h])) >= 3
        unless sum by (endpoint) (increase(${local.series.webhook_turns}{outcome="delivered"}[1h])) > 0
      EOT
      text     = <<-EOT
        For an hour every attempt to reach $${metric_or_resource.label.endpoint} has failed. Its events are tried again for three days; after
        five days without an answer the endpoint is disabled.

        `./darkroom webhooks list` shows what waits, and `./darkroom webhooks test ENDPOINT` what it answers now.
      EOT
    }
    webhook-disabled = {
      title    = "A webhook endpoint was disabled"
      severity = "ERROR"
      minutes  = 0
      budget   = false
      query    = "sum by (endpoint) (increase(${local.series.webhooks_disabled}[1h])) > 0"
      text     = <<-EOT
        $${metric_or_resource.label.endpoint} answered 410, or nothing has reached it for five days. Its events are given up from now on.

        Once it works again: `./darkroom webhooks enable ENDPOINT`, then `./darkroom webhooks replay ENDPOINT --all-dead`.
      EOT
    }
    sweep-mending = {
      title    = "Sweeps keep finding lost jobs"
      severity = "WARNING"
      minutes  = 0
      budget   = false
      query    = "sum(increase(${local.series.sweeps_mending}[6h])) > 3"
      text     = <<-EOT
        More than three sweeps within six hours found lost jobs: events, messages or processes are lost all the time. The lost jobs were
        queued again.

        `./darkroom doctor` checks the topics and subscriptions. Then look at the trigger of the uploads bucket, and at instances that ran
        out of memory.
      EOT
    }
    sweep-silent = {
      title    = "No sweep has ended: everything may be down"
      severity = "CRITICAL"
      minutes  = 30
      budget   = false
      query    = "(sum(increase(${local.series.sweeps}[${local._sweep_silence}])) or vector(0)) < 1"
      text     = <<-EOT
        The sweep is this pipeline's pulse: it ends every quarter of an hour, whether photos come in or not. Either its schedule or its
        function fails, or all functions do. Lost jobs stay lost until it runs again.

        `./darkroom doctor` says how the last sweep ended, and what else is wrong.
      EOT
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.notification_emails

  project      = var.project
  display_name = "Darkroom (${var.prefix}): ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
  user_labels  = var.labels
  depends_on   = [google_project_service.service]
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  project               = var.project
  display_name          = "${each.value.title} (${var.prefix})"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for channel in values(google_monitoring_notification_channel.email) : channel.id]
  user_labels           = merge(var.labels, { alert = each.key })

  conditions {
    display_name = each.value.title

    condition_prometheus_query_language {
      query               = each.value.query
      duration            = "${each.value.minutes * 60}s"
      evaluation_interval = "60s"
      # A logs-based metric is known minutes after its creation, and has no data before its first line.
      disable_metric_validation = true
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "${each.value.text}\nMore: docs/operations.md, ${each.key}."
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_logging_metric.metric]
}
