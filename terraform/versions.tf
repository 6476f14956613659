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

  # `make deploy` passes the bucket; by hand: terraform init -backend-config=bucket=...
  backend "gcs" {}
}

provider "google" {
  project = var.project
  region  = var.region

  # The API of budgets needs a project for its quota.
  billing_project       = var.project
  user_project_override = var.monthly_budget != null
}
