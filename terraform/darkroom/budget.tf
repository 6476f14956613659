# A budget of the whole project, by Google's bill: it only warns. daily_budget_usd is what stops calls.

resource "google_project_service" "budgets" {
  count = var.monthly_budget == null ? 0 : 1

  project            = var.project
  service            = "billingbudgets.googleapis.com"
  disable_on_destroy = false # others in the project may need it
}

resource "google_billing_budget" "month" {
  count = var.monthly_budget == null ? 0 : 1

  billing_account = var.monthly_budget.billing_account
  display_name    = "Darkroom (${var.prefix})"

  amount {
    specified_amount {
      units         = tostring(var.monthly_budget.amount)
      currency_code = var.monthly_budget.currency
    }
  }

  budget_filter {
    calendar_period = "MONTH"
    projects        = ["projects/${data.google_project.project.number}"]
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  # Administrators of the billing account get the e-mails in any case.
  dynamic "all_updates_rule" {
    for_each = length(var.notification_emails) > 0 ? [1] : []
    content {
      monitoring_notification_channels = slice([for channel in values(google_monitoring_notification_channel.email) : channel.id], 0, min(5, length(var.notification_emails)))
    }
  }

  depends_on = [google_project_service.budgets]
}
