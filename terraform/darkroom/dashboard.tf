# The dashboard: uploads, results, time and cost.

locals {
  # In the order of the dashboard. A chart has a query per line or bar; $${__interval} is the width of one point.
  _charts = [
    {
      title = "Uploads", unit = "uploads", plot = "STACKED_BAR", queries = [
        "sum(increase(${local.series.uploads_queued}[$${__interval}]))",
        "sum by (reason) (increase(${local.series.uploads_rejected}[$${__interval}]))",
      ]
    },
    {
      title = "Results by status and task", unit = "jobs", plot = "STACKED_BAR", queries = [
        "sum by (status, task) (increase(${local.series.results}[$${__interval}]))",
      ]
    },
    {
      title = "Failures by reason", unit = "jobs", plot = "STACKED_BAR", queries = [
        "sum by (reason, task) (increase(${local.series.failures}[$${__interval}]))",
      ]
    },
    {
      title = "Given up by the queue", unit = "messages", plot = "STACKED_BAR", queries = [
        "sum by (outcome) (increase(${local.series.dead_letters}[$${__interval}]))",
        "sum by (subscription_id) (increase(pubsub_googleapis_com:subscription_dead_letter_message_count{${local._push}}[$${__interval}]))",
      ]
    },
    {
      title = "Time per job, median", unit = "ms", plot = "LINE", queries = [
        for step in local._steps : local._percentile[step]["0.5"]
      ]
    },
    {
      title = "Time per job, 95 of 100 are faster", unit = "ms", plot = "LINE", queries = [
        for step in local._steps : local._percentile[step]["0.95"]
      ]
    },
    {
      title = "Messages that wait", unit = "messages", plot = "STACKED_AREA", queries = [
        "sum by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{${local._push}})",
      ]
    },
    {
      title = "Oldest message that waits", unit = "s", plot = "LINE", queries = [
        "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{${local._push}})",
      ]
    },
    {
      title = "Paid calls", unit = "calls", plot = "STACKED_BAR", queries = [
        "sum by (task, model) (increase(${local.series.paid_calls}_sum[$${__interval}]))",
      ]
    },
    {
      title = "Calls turned down by the model or the budget", unit = "calls", plot = "STACKED_BAR", queries = [
        "sum by (model) (increase(${local.series.throttled}[$${__interval}]))",
        "sum by (scope) (increase(${local.series.budget_reached}[$${__interval}]))",
      ]
    },
    {
      title = "Tokens", unit = "tokens", plot = "STACKED_BAR", queries = [
        for kind in ["prompt", "output", "thought"] : "label_replace(sum(increase(${local.series["${kind}_tokens"]}_sum[$${__interval}])), \"kind\", \"${kind}\", \"\", \"\")"
      ]
    },
    {
      title = "Cost", unit = "USD", plot = "STACKED_BAR", queries = [
        "sum by (task, model) (increase(${local.series.cost_usd}_sum[$${__interval}]))",
      ]
    },
    {
      title = "Spent of the daily budget, by UTC", unit = "USD", plot = "LINE", queries = [
        "sum(increase(${local.series.spent_today_usd}_sum[30m])) / sum(increase(${local.series.spent_today_usd}_count[30m]))",
      ]
    },
    {
      title = "Days until a model is shut down", unit = "days", plot = "LINE", queries = [
        "sum by (model) (increase(${local.series.model_days_left}_sum[1h])) / sum by (model) (increase(${local.series.model_days_left}_count[1h]))",
      ]
    },
    {
      title = "Webhooks by outcome", unit = "turns", plot = "STACKED_BAR", queries = [
        "sum by (endpoint, outcome) (increase(${local.series.webhook_turns}[$${__interval}]))",
      ]
    },
    {
      title = "Mended by the sweep", unit = "jobs", plot = "STACKED_BAR", queries = [
        "sum(increase(${local.series.mended}_sum[$${__interval}]))",
      ]
    },
    {
      title = "Faults of functions (5xx)", unit = "requests", plot = "STACKED_BAR", queries = [
        "sum by (service_name) (increase(${local._faults}[$${__interval}]))",
      ]
    },
    {
      title = "Instances", unit = "instances", plot = "STACKED_AREA", queries = [
        "sum by (service_name, state) (run_googleapis_com:container_instance_count{${local._run}})",
      ]
    },
  ]

  _percentile = {
    for step in local._steps : step => {
      for share in ["0.5", "0.95"] : share =>
      "label_replace(histogram_quantile(${share}, sum by (le) (rate(${local.series["${step}_ms"]}_bucket[$${__interval}]))), \"step\", \"${step}\", \"\", \"\")"
    }
  }
}

resource "google_monitoring_dashboard" "darkroom" {
  project = var.project

  dashboard_json = jsonencode({
    displayName = "Darkroom (${var.prefix})"
    mosaicLayout = {
      columns = 48
      tiles = [
        for number, chart in local._charts : {
          xPos   = number % 2 * 24
          yPos   = floor(number / 2) * 14
          width  = 24
          height = 14
          widget = {
            title = chart.title
            xyChart = {
              yAxis = { label = chart.unit }
              dataSets = [
                for query in chart.queries : { plotType = chart.plot, timeSeriesQuery = { prometheusQuery = query } }
              ]
            }
          }
        }
      ]
    }
  })

  depends_on = [google_project_service.service]
}
