terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.0, < 9.0"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.13"
    }
  }

  # Which bucket, `make deploy` says; by hand: terraform init -backend-config=bucket=...
  backend "gcs" {}
}

provider "google" {
  project = var.project
  region  = var.region

  # The API of budgets wants to know whose quota it uses.
  billing_project       = var.project
  user_project_override = var.monthly_budget != null
}
