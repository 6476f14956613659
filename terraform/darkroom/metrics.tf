# Logs-based metrics: each counts the lines of one event, or sums up a number in them. The code's calls of `log` say what a line
# holds; tests/terraform/test_operations.py checks that the running pipeline logs every field named here.

locals {
  _steps = ["decode", "draw", "model", "read", "total", "write"]

  # By name: the event; the fields that become labels; a filter of lines, if not all count; and the field with a distribution's number.
  metrics = merge(
    {
      uploads_queued    = { event = "queued", description = "Uploads that were accepted." }
      uploads_rejected  = { event = "rejected", labels = ["reason"], description = "Uploads that were rejected." }
      results           = { event = "result", labels = ["task", "status"], description = "Records, by how the job ended." }
      failures          = { event = "result", labels = ["task", "reason"], where = "status = \"failed\"", description = "Jobs that failed, by why." }
      paid_calls        = { event = "result", labels = ["task", "model"], where = "paid_calls > 0", value = "paid_calls", description = "Paid calls of finished jobs." }
      prompt_tokens     = { event = "result", labels = ["task", "model"], where = "paid_calls > 0", value = "prompt_tokens", description = "Tokens asked, the photos' among them." }
      output_tokens     = { event = "result", labels = ["task", "model"], where = "paid_calls > 0", value = "output_tokens", description = "Tokens answered." }
      thought_tokens    = { event = "result", labels = ["task", "model"], where = "paid_calls > 0", value = "thought_tokens", description = "Tokens of thought, billed as answered." }
      cost_usd          = { event = "result", labels = ["task", "model"], where = "cost_usd >= 0", value = "cost_usd", unit = "{USD}", description = "What finished jobs cost, by the price table." }
      spent_today_usd   = { event = "spent", where = "today_usd >= 0", value = "today_usd", unit = "{USD}", description = "What the day's calls have cost so far, by UTC; only where there is a daily budget." }
      budget_used       = { event = "spent", where = "budget_used >= 0", value = "budget_used", description = "The part of the budget that is used: of the day's or the month's, the larger one." }
      budget_reached    = { event = "budget_reached", labels = ["scope"], description = "Calls that were not made because a budget is used up: that of all work, or a recipe's." }
      breaker_tripped   = { event = "breaker_tripped", labels = ["sign"], description = "Brakes that the breaker pulled, by its sign." }
      throttled         = { event = "throttled", labels = ["model"], description = "Calls that the model refused by its rate limit (429)." }
      model_days_left   = { event = "model_retiring", labels = ["model"], value = "days_left", unit = "d", description = "Days until a model is shut down." }
      dead_letters      = { event = "dead_letter", labels = ["outcome"], description = "Dead letters: messages that the queue gave up, by outcome." }
      webhook_turns     = { event = "webhook", labels = ["endpoint", "outcome"], description = "Attempts of webhooks, by outcome." }
      webhooks_disabled = { event = "webhook_disabled", labels = ["endpoint", "reason"], description = "Endpoints that were disabled." }
      sweeps            = { event = "swept", description = "Sweeps that ended." }
      sweeps_mending    = { event = "swept", where = "mended > 0", description = "Sweeps that found lost jobs." }
      mended            = { event = "swept", value = "mended", description = "Lost jobs that sweeps found and queued again." }
    },
    {
      for step in local._steps : "${step}_ms" => {
        event = "result", labels = ["task"], where = "timing_ms.${step} >= 0", value = "timing_ms.${step}", unit = "ms", description = "A job's milliseconds: ${step}."
      }
    },
  )

  # Exponential buckets. They matter only to percentiles; sums and means are exact.
  _buckets = {
    "1"     = { scale = 1, growth_factor = 1.5, num_finite_buckets = 50 }
    "d"     = { scale = 1, growth_factor = 1.5, num_finite_buckets = 20 }
    "ms"    = { scale = 10, growth_factor = 1.2, num_finite_buckets = 64 } # to 20 minutes
    "{USD}" = { scale = 0.00001, growth_factor = 1.5, num_finite_buckets = 50 }
  }

  _ours = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = (${join(" OR ", [for function in values(local.functions) : "\"${function.service}\""])})"

  # Their names in PromQL, which allows neither hyphens nor slashes.
  series = { for name in keys(local.metrics) : name => "logging_googleapis_com:user_${replace(var.prefix, "-", "_")}_${name}" }
}

resource "google_logging_metric" "metric" {
  for_each = local.metrics

  project     = var.project
  name        = "${var.prefix}/${each.key}"
  description = each.value.description
  filter = join(" AND ", concat(
    [local._ours, "jsonPayload.event = \"${each.value.event}\""],
    [for condition in [try(each.value.where, null)] : "jsonPayload.${condition}" if condition != null],
  ))
  label_extractors = { for label in try(each.value.labels, []) : label => "EXTRACT(jsonPayload.${label})" }
  value_extractor  = can(each.value.value) ? "EXTRACT(jsonPayload.${each.value.value})" : null

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = can(each.value.value) ? "DISTRIBUTION" : "INT64"
    unit        = try(each.value.unit, "1")

    dynamic "labels" {
      for_each = try(each.value.labels, [])
      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }

  dynamic "bucket_options" {
    for_each = can(each.value.value) ? [local._buckets[try(each.value.unit, "1")]] : []
    content {
      exponential_buckets {
        scale              = bucket_options.value.scale
        growth_factor      = bucket_options.value.growth_factor
        num_finite_buckets = bucket_options.value.num_finite_buckets
      }
    }
  }

  depends_on = [google_project_service.service]
}
